// plugin.yaml as a struct: what a plugin is, how it is configured, what it may do.
//
// Not here: reading YAML (edge/config), judging effects (grants.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/core/plugin/schema.hpp"

namespace omegate::plugin {

/// A plugin that is not written in Lua: a program of its own, which speaks the frames (docs/plugin-frames.md).
struct WorkerProgram {
  std::vector<std::string> command;  // its absolute path, then its arguments; empty: the plugin is written in Lua
  std::vector<std::string> reads;    // what it may read besides the plugin's folder: absolute, below `program_places`
};

/// Where a manifest may let a program read: what the system installs, and nobody's secrets.
inline constexpr std::string_view program_places[] = {"/usr/", "/lib/", "/lib64/", "/opt/"};

/// Denied unless it stands here.
struct Grants {
  bool send_to_sender = false;        // whoever caused the event
  bool send_to_config = false;        // the JIDs in the plugin's configuration
  bool send_to_anyone = false;        // "*"
  std::vector<std::string> send_to;   // these bare JIDs
  bool hooks = false;                 // may register HTTP hooks
  std::vector<std::string> http;      // and endpoints below these paths, outside of /hooks
  bool bridge = false;                // brings messages from elsewhere: they are marked, and marked ones do not reach it
  bool messages = false;              // hears messages that are no command of its own
  bool typing = false;                // hears who is typing
  bool moderate = false;              // may have taken back what others say in rooms
  bool keys = false;                  // hears of contacts' keys
  bool mail = false;                  // hears mail for the addresses in its configuration
  std::size_t kv_mib = 0;             // may keep so much; 0: nothing
  bool fetch_from_config = false;     // may call the hosts in the plugin's configuration
  std::vector<std::string> fetch;     // and these, by the names that the operator gives them
  std::size_t fetch_rate = default_fetch_rate;  // times a minute
  bool fetch_files = false;           // may send them files, and keep what they answer as files
  bool avatars = false;               // may ask for the pictures that people show of themselves
  bool mail_to_config = false;        // may write mails to the addresses in its configuration
  std::vector<std::string> mail_to;   // and to these: "name@example.org", "*@example.org", "*"
  bool run_any = false;               // "*": may have those programs run that the operator listed for it
  std::vector<std::string> run;       // and these of them, by name
  bool accounts_from_config = false;  // may send from accounts in the plugin's configuration
  bool any_account = false;           // "*"
  std::vector<std::string> accounts;  // by name
  std::vector<std::string> publish = {};    // may tell other plugins of these topics
  std::vector<std::string> subscribe = {};  // and hears of these

  bool has_mail_to() const { return mail_to_config || !mail_to.empty(); }
};

struct Manifest {
  std::string name;
  std::string version;
  int api = 1;
  std::string description;
  std::vector<Field> config;
  Grants grants;
  WorkerProgram program = {};
};

/// What is wrong with it apart from its syntax: the name, the API level. Empty means usable.
std::vector<Problem> check(const Manifest& manifest);

/// The grants as a list for people: "send to the JIDs of its configuration", …
std::vector<std::string> describe(const Grants& grants);

/// What its process is and may read, likewise; nothing to say of a plugin in Lua.
std::vector<std::string> describe(const WorkerProgram& program);

}  // namespace omegate::plugin
