#include "bridge/app/startup_memory.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <string>

namespace omegate::app {
namespace {

/// KiB of files' code that this process has in memory.
long resident_code() {
  long sum = 0;
  bool is_code = false;
  std::ifstream maps("/proc/self/smaps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find(" r-xp ") != std::string::npos) {
      is_code = line.find('/') != std::string::npos;
    } else if (line.starts_with("Rss:") && is_code) {
      sum += std::stol(line.substr(4));
      is_code = false;
    }
  }
  return sum;
}

TEST(StartupMemory, CodeThatOnlyTheStartNeededIsGivenBackAndTheRestStillRuns) {
  const long before = resident_code();
  ASSERT_GT(before, 0);
  give_back_startup_memory();
  EXPECT_LT(resident_code(), before / 2);
}

}  // namespace
}  // namespace omegate::app
