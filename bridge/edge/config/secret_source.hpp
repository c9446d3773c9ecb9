// Where a secret comes from: a file, a command, an environment variable, a systemd credential.
//
// Not here: the secret itself (secret_text.hpp), the key of the database (edge/store/data_key.hpp). A secret
// never comes from the command line: there every user of the machine could read it.
#pragma once

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

/// Reads the secret; one trailing line end is not part of it. May wait for a command, at most
/// `secret_command_limit`. Throws `SecretError`, also when the secret is empty.
SecretText read_secret(const SecretSource& source);

/// What an operator should mend about a secret's file, as a sentence; else empty. The key of the database has
/// stricter rules of its own (edge/store/data_key.hpp).
std::string secret_warning(const SecretSource& source);

}  // namespace omegate::config
