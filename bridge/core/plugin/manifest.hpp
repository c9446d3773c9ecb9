// plugin.yaml as a struct: what a plugin is, how it is configured, what it may do.
//
// Not here: reading YAML (edge/config), judging effects (grants.hpp).
#pragma once

#include <string>
#include <vector>

#include "bridge/core/plugin/schema.hpp"

namespace omegate::plugin {

/// Denied unless it stands here.
struct Grants {
  bool send_to_sender = false;        // whoever caused the event
  bool send_to_config = false;        // the JIDs in the plugin's configuration
  bool send_to_anyone = false;        // "*"
  std::vector<std::string> send_to;   // these bare JIDs
  bool hooks = false;                 // may register HTTP hooks
  bool messages = false;              // hears messages that are no command of its own
  bool typing = false;                // hears who is typing
  bool keys = false;                  // hears of contacts' keys
  std::size_t kv_mib = 0;             // may keep so much; 0: nothing
  bool accounts_from_config = false;  // may send from accounts in the plugin's configuration
  bool any_account = false;           // "*"
  std::vector<std::string> accounts;  // by name
};

struct Manifest {
  std::string name;
  std::string version;
  int api = 1;
  std::string description;
  std::vector<Field> config;
  Grants grants;
};

/// What is wrong with it apart from its syntax: the name, the API level. Empty means usable.
std::vector<Problem> check(const Manifest& manifest);

/// The grants as a list for people: "send to the JIDs of its configuration", …
std::vector<std::string> describe(const Grants& grants);

}  // namespace omegate::plugin
