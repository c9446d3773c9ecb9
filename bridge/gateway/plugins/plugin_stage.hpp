// A plugin without any account: people who are made up say something, a clock goes on when told to, and what
// the plugin does is there to see. For authors: `omegate plugin test` and `dev`.
//
// All between is the real thing: inbox rows, trust, the plugin's process in its sandbox, a transaction for
// each event, in a database that is thrown away. Not here: what a test looks like (plugin_script.hpp).
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bridge/core/base/time.hpp"
#include "bridge/core/plugin/event.hpp"
#include "bridge/core/plugin/fetch.hpp"
#include "bridge/core/plugin/installed.hpp"

namespace omegate::gateway {

class PluginStage {
 public:
  struct Sent {
    std::string to, text;
  };
  /// What came of something that happened.
  struct Played {
    std::vector<Sent> sent;
    std::vector<std::string> errors;  // of handlers, with their traceback
    std::vector<std::string> log;     // what the plugin logged
  };

  /// A request that will come, and what is answered. `*` in host, path, body (and texts of a JSON body) is whatever.
  struct Expected {
    std::string host, method, path, body;  // an empty body: whatever
    plugin::Fetched answer;
  };

  /// A program that will be run, and how it ends. `*` in the line is whatever.
  struct ExpectedRun {
    std::string line;  // "restart nginx"
    plugin::ProgramEnd::Outcome outcome = plugin::ProgramEnd::Outcome::ended;
    int status = 0;
    std::string output{};
  };

  /// `worker`: the worker program.
  PluginStage(plugin::Installed installed, const std::filesystem::path& worker, WallTime now);
  ~PluginStage();

  /// Who has which role, and which programs are on the operator's list, from the next `load` on.
  void set_up(plugin::Roles roles, std::vector<plugin::Program> programs);

  /// Why it does not load, with file and line; empty if it does. Again: the files as they are now, and what
  /// it keeps stays.
  std::string load();

  Played says(const std::string& jid, const std::string& text, plugin::TrustLevel trust);
  /// About the last message that they heard, or said (`own`), which must be there: throws `std::runtime_error`.
  Played replies(const std::string& jid, const std::string& text, plugin::TrustLevel trust, bool own = false);
  Played reacts(const std::string& jid, std::vector<std::string> emojis, plugin::TrustLevel trust, bool own = false);
  /// About the last message that they said, which must be there.
  Played edits(const std::string& jid, const std::string& text, plugin::TrustLevel trust);
  Played retracts(const std::string& jid, plugin::TrustLevel trust);
  /// They send a file of this name, with nothing in it that anybody could read.
  Played brings(const std::string& jid, const std::string& name, plugin::TrustLevel trust);
  /// They show a picture of this name from now on; an empty name: none. Nobody is told of that, a plugin asks.
  Played shows(const std::string& jid, const std::string& name);
  /// "composing", "paused" …; another word throws `std::runtime_error`.
  Played types(const std::string& jid, const std::string& state, plugin::TrustLevel trust);
  /// They have read the last message that they heard, which must be there.
  Played displays(const std::string& jid, plugin::TrustLevel trust);
  /// A request to one of its hooks or endpoints, as if somebody had shown its secret. The same delivery once more reaches nobody.
  Played posts(plugin::HookRequest request);
  /// A mail for one of its addresses, as if it had been handed in and stored. Throws `std::runtime_error`: the plugin wants
  /// no mail for it, or the message is none.
  Played receives(const std::string& address, const std::string& envelope_sender, const std::string& message);
  /// Another plugin publishes something. Throws `std::runtime_error`: the plugin may not subscribe to that, or it is no JSON.
  Played publishes(const std::string& topic, const std::string& data);
  /// Time goes by: whatever is due happens, one after the other, at its time.
  Played passes(std::chrono::milliseconds time);

  /// Of requests that fit several the first one is answered, once.
  void will_fetch(Expected expected);
  /// Requests that were expected and did not come: "GET alertmanager /status".
  std::vector<std::string> not_fetched() const;
  /// The same of programs: none is ever run.
  void will_run(ExpectedRun expected);
  std::vector<std::string> not_run() const;
  /// Requests to this host are made in earnest: what it is asked leaves this machine. Throws `std::invalid_argument`.
  void fetches_really(const std::string& host, const std::string& url);

  WallTime now() const;

 private:
  struct World;
  std::unique_ptr<World> world_;
};

}  // namespace omegate::gateway
