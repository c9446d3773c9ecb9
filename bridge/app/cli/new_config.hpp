// The config that `omegate init` writes: short, commented, ready to run.
//
// Not here: the tour of every setting (config/omegate.yaml).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bridge/edge/config/settings.hpp"

namespace omegate::app {

struct NewConfig {
  std::filesystem::path data_dir, key_file, token_file;
  std::filesystem::path control_socket;  // empty: beside the database
  config::AccountSettings account;       // name, jid, password (a file), server, policy, admins
};

/// YAML. Without admins there is nobody to send alerts to, and the webhook stays a comment.
std::string to_yaml(const NewConfig& config);

}  // namespace omegate::app
