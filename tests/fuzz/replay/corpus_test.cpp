// What the fuzzers found, and what they started from, holds in every build.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/target.hpp"
#include "test_places.hpp"

namespace omegate::fuzz {
namespace {

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

/// Runs the target on each file of its corpus, whole and cut at some places.
void replay(const std::string& name, void (*target)(ByteView)) {
  EXPECT_TRUE(std::filesystem::exists(OMEGATE_SOURCE_DIR "/tests/fuzz/dictionaries/" + name + ".dict"))
      << "the fuzzer of " << name << " has no words to start from";
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(OMEGATE_SOURCE_DIR "/tests/fuzz/corpus/" + name)) {
    SCOPED_TRACE(entry.path().string());
    const Bytes bytes = read_file(entry.path());
    for (std::size_t size = 0; size < bytes.size(); size += std::max<std::size_t>(1, bytes.size() / 16)) {
      target(ByteView(bytes).first(size));
    }
    target(bytes);
    ++files;
  }
  EXPECT_GT(files, 0);
}

#define OMEGATE_REPLAY_TARGET(name) \
  TEST(Corpus, Of_##name##_KeepsTheLaw) { replay(#name, &fuzz_##name); }
OMEGATE_FUZZ_TARGETS(OMEGATE_REPLAY_TARGET)
#undef OMEGATE_REPLAY_TARGET

}  // namespace
}  // namespace omegate::fuzz
