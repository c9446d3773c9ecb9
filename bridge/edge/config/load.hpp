// Reads the configuration file.
//
// Not here: what can be set (settings.hpp), the values of secrets (secret_source.hpp: they are read when
// they are needed).
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "bridge/edge/config/settings.hpp"

namespace omegate::config {

/// One mistake in the file. Line and column count from 1; 0: the file as a whole.
struct ConfigFault {
  std::string file;
  int line = 0;
  int column = 0;
  std::string text;  // what was found, what was expected, what to do

  std::string to_string() const;  // "file:line:column: text"
};

/// All mistakes of the file at once, so that it is mended in one go. `what()` is one per line.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<ConfigFault> faults);
  const std::vector<ConfigFault>& faults() const { return faults_; }

 private:
  std::vector<ConfigFault> faults_;
};

struct LoadOptions {
  std::filesystem::path plugins_dir;  // where shipped plugins lie
  bool check_files = true;  // that files named in the config exist; a client of the sockets need not
};

/// Throws `ConfigError`. Unknown keys, wrong types, missing files, bad JIDs, duplicate accounts and bad
/// addresses are all mistakes: nothing is guessed and nothing is ignored.
Settings load_settings(const std::filesystem::path& file, const LoadOptions& options = {});

/// The same from text, as if it stood in `file`.
Settings parse_settings(const std::string& text, const std::filesystem::path& file,
                        const LoadOptions& options);

}  // namespace omegate::config
