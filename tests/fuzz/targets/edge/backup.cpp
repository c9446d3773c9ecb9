// Law: a backup reads to its end if it is the one that was written, and never with anything in it changed.
//
// Input: changes to a good backup, 6 bytes each: what, where (3 bytes), how much, with what.
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "bridge/edge/store/backup_file.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/limits.hpp"
#include "tests/fuzz/random.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

namespace fs = std::filesystem;
using namespace omegate::store;

constexpr std::size_t sealed_keys = 104, content_size = backup_piece + 100;

const crypto::Secret<32>& backup_key() {
  static const auto key = crypto::Secret<32>::from(Bytes(32, Byte{9})).value();
  return key;
}

/// A folder for the process, in memory where there is some.
class Folder {
 public:
  Folder() {
    const fs::path memory = "/dev/shm";
    std::string pattern =
        ((fs::exists(memory) ? memory : fs::temp_directory_path()) / "omegate-fuzz-XXXXXX").string();
    require(::mkdtemp(pattern.data()) != nullptr, "a folder");
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

const Folder& folder() {
  static const Folder folder;
  return folder;
}

/// Two pieces. What stands in the preamble's seal is nothing: the key is known here.
std::string make_good() {
  std::string preamble = "OMEGATE-BACKUP-1\n" + std::string(16, 's') + std::string("\0\0\0\1\0\0\0\x08", 8) +
                         std::string(8, 't') + std::string(sealed_keys, 'k');
  CountingRandom random;
  BackupWriter writer(folder().file("good"), as_bytes(preamble), backup_key(), random);
  writer.add(database_entry, Bytes(content_size, Byte{5}));
  writer.add("anchor", Bytes(10, Byte{6}));
  writer.finish();
  writer.move_into_place(true);
  std::ifstream file(folder().file("good"), std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void change(std::string& bytes, ByteView how) {
  if (bytes.empty() || bytes.size() > 8 * backup_piece) return;
  const std::size_t at = (how[1] | std::size_t{how[2]} << 8 | std::size_t{how[3]} << 16) % bytes.size();
  const std::size_t count = std::min<std::size_t>(how[4], bytes.size() - at);
  switch (how[0] % 5) {
    case 0:
      bytes[at] = static_cast<char>(bytes[at] ^ how[5]);
      break;
    case 1:
      bytes.resize(at);
      break;
    case 2:
      bytes.erase(at, count);
      break;
    case 3:
      bytes.insert(at, count, static_cast<char>(how[5]));
      break;
    default:
      bytes.append(std::string(bytes, at, backup_piece + crypto::piece_overhead));  // a piece once more
      break;
  }
}

bool reads_to_its_end(const std::string& path) {
  try {
    BackupReader reader(path);
    reader.unlock_with(backup_key());
    std::size_t entries = 0;
    while (const auto entry = reader.next()) {
      require(++entries <= 2, "nothing is in it twice");
      std::size_t size = 0;
      for (auto some = reader.read(); some.size() > 0; some = reader.read()) {
        size += some.size();
        const auto bytes = some.bytes();
        const Byte wanted = entry->name == database_entry ? 5 : 6;
        require(std::all_of(bytes.begin(), bytes.end(), [&](Byte byte) { return byte == wanted; }),
                "what is handed out is what was written");
      }
      require(size == entry->size, "an entry is handed out whole");
    }
    return true;
  } catch (const BackupDamaged&) {
    return false;
  }
}

}  // namespace

void fuzz_backup(ByteView input) {
  constexpr std::size_t code_size = 6;
  static const std::string good = make_good();
  std::string bytes = good;
  for (; input.size() >= code_size; input = input.subspan(code_size)) change(bytes, input.first(code_size));
  const std::string path = folder().file("changed");
  std::ofstream(path, std::ios::binary) << bytes;
  require(reads_to_its_end(path) == (bytes == good), "it is good as it was written, and only so");
}

}  // namespace omegate::fuzz
