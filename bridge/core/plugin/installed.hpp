// A plugin as the operator installed it: its manifest, and what the configuration makes of it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "bridge/core/plugin/manifest.hpp"

namespace omegate::plugin {

/// Bare JIDs by the role that commands ask for.
using Roles = std::map<std::string, std::vector<std::string>>;

struct Installed {
  std::filesystem::path folder;  // with its *.lua
  Manifest manifest;
  CheckedConfig config;
  std::vector<std::string> accounts;  // names of those it may use, the default first
  std::vector<std::string> secrets;   // names of those the operator gave it
  Roles roles = {};
};

/// What does not fit together: the problems of `config`, accounts and secrets that it names and nobody
/// defined. Empty means it can be started.
std::vector<Problem> check(const Installed& installed);

}  // namespace omegate::plugin
