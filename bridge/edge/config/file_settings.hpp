// What an operator can set about files that are sent and received.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bridge/core/trust/policy.hpp"
#include "bridge/edge/config/limits.hpp"

namespace omegate::config {

/// Whose files are fetched when they come.
enum class FileDownload {
  never,  // only when an operator asks for one
  tofu,   // everybody's who is heard
  trusted,
  verified,
};

struct FileSettings {
  std::uint64_t max_size = default_file_size;    // of one file, in both directions. Unit: bytes
  std::uint64_t max_total = default_files_size;  // of all that wait or are kept. Unit: bytes
  unsigned keep_days = default_file_days;        // a file that nobody took away
  FileDownload download = FileDownload::tofu;
  std::vector<std::string> private_hosts;  // lower case: names that may be in the own network

  friend bool operator==(const FileSettings&, const FileSettings&) = default;
};

}  // namespace omegate::config
