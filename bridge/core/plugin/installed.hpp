// A plugin as the operator installed it: its manifest, and what the configuration makes of it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "bridge/core/plugin/manifest.hpp"
#include "bridge/core/plugin/program.hpp"

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
  std::vector<std::string> hosts = {};  // names of those the operator lets it call
  std::string mail_from = {};           // the address that mails come from; empty: the operator set up none
  std::vector<Program> programs = {};   // that the operator lets it have run
};

/// What does not fit together: the problems of `config`, accounts and secrets that it names and nobody
/// defined. Empty means it can be started.
std::vector<Problem> check(const Installed& installed);

}  // namespace omegate::plugin
