// A test of a plugin, written as the conversation it is:
//
//   == Rolls a die with as many sides as one likes
//   alice> roll 1
//   < alice@example.org rolls 1
//   alice (verified)> reset
//   carol< Alice reset all.
//   + 2h
//   < It is late.
//
// Not here: playing it (plugin_stage.hpp), printing what came of it (app/cli). The page for authors is
// plugins/README.md.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/gateway/plugin_stage.hpp"

namespace omegate::gateway {

struct ScriptStep {
  enum class Kind { says, posts, passes, hears, fails, logs };
  Kind kind = Kind::says;
  int line = 0;
  std::string who = {};   // a JID; of what is heard: nobody named is whoever spoke last
  std::string text = {};  // said or expected, where * is whatever; of a request its body
  std::string path = {};  // of a hook
  plugin::TrustLevel trust = plugin::TrustLevel::tofu;
  std::chrono::milliseconds time{};
};

struct ScriptCase {
  std::string name;
  int line = 0;
  std::string config = "{}";  // JSON
  WallTime start{};
  std::vector<std::string> secrets = {};
  std::vector<ScriptStep> steps = {};
};

/// Throws `std::runtime_error`, "dice.chat:7: …", with what was expected.
std::vector<ScriptCase> parse_script(std::string_view text, const std::string& file);

/// A stage for this configuration, loaded. Throws `std::runtime_error`: it does not load, or does not fit.
using MakeStage = std::function<std::unique_ptr<PluginStage>(const ScriptCase& script)>;

/// The first thing that was not as expected, as "dice.chat:7: expected …, found …"; nothing: all was.
std::optional<std::string> play(const ScriptCase& script, const std::string& file,
                                const MakeStage& make_stage);

/// Does `text` look like `pattern`, where each * is whatever?
bool looks_like(std::string_view text, std::string_view pattern);

/// "90s", "10m", "2h30m", "7d"; nothing: it is none.
std::optional<std::chrono::milliseconds> parse_period(std::string_view text);

}  // namespace omegate::gateway
