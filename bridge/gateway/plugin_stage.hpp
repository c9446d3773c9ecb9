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

  /// `worker`: the worker program.
  PluginStage(plugin::Installed installed, const std::filesystem::path& worker, WallTime now);
  ~PluginStage();

  /// Why it does not load, with file and line; empty if it does. Again: the files as they are now, and what
  /// it keeps stays.
  std::string load();

  Played says(const std::string& jid, const std::string& text, plugin::TrustLevel trust);
  /// A request to one of its hooks, as if somebody had shown its secret.
  Played posts(plugin::HookRequest request);
  /// Time goes by: whatever is due happens, one after the other, at its time.
  Played passes(std::chrono::milliseconds time);

  WallTime now() const;

 private:
  struct World;
  std::unique_ptr<World> world_;
};

}  // namespace omegate::gateway
