// Where a secret comes from: a file, a command, an environment variable, a systemd credential.
//
// Not here: the secret itself (secret_text.hpp). A secret never comes from the command line: there every
// user of the machine could read it.
#pragma once

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "bridge/edge/config/secret_text.hpp"

namespace omegate::config {

struct SecretSource {
  enum class Kind { file, command, environment, credential };

  Kind kind = Kind::file;
  std::string name;                  // the path, the variable's or the credential's name; empty for a command
  std::vector<std::string> command;  // program and arguments as they are; no shell reads them
  std::string place;                 // "omegate.yaml:12:15", for errors; empty if not from a file

  friend bool operator==(const SecretSource&, const SecretSource&) = default;
};

/// The secret could not be had. The text names the source and what to do, never the secret.
struct SecretError : std::runtime_error {
  using runtime_error::runtime_error;
};

/// What a secret file's mode must rule out. A key file opens the whole database, so it is refused where a
/// password file is only worth a warning.
enum class FileModeRule { refuse_readable_by_others, allow };

/// Reads the secret; one trailing line end is not part of it. May wait for a command, at most
/// `secret_command_limit`. Throws `SecretError`.
SecretText read_secret(const SecretSource& source, FileModeRule rule = FileModeRule::allow);

/// A sentence for the operator when the file is readable by group or others, else empty.
std::string file_mode_warning(const std::filesystem::path& file);

}  // namespace omegate::config
