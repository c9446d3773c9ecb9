// A test of a plugin, written as the conversation it is:
//
//   == Rolls a die with as many sides as one likes
//   alice> roll 1
//   < alice@example.org rolls 1
//   alice (verified)> reset
//   carol< Alice reset all.
//   + 2h
//   < It is late.
//   restart
//   fetch dice GET /roll -> 200 {"number": 4}
//   mail dice@example.org from alice@example.org
//   | Subject: roll
//   |
//   | a large one
//
//   == Restarts what it was allowed to
//   role admin: alice
//   program restart <unit:nginx|postfix>: Restarts a service
//   run restart nginx -> 0 done
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

#include "bridge/gateway/plugins/plugin_stage.hpp"

namespace omegate::gateway {

struct ScriptStep {
  enum class Kind { says, replies, edits, retracts, reacts, brings, shows, types, displays, posts, mails, publishes, passes, restarts, hears, fails, logs, fetches, runs };
  Kind kind = Kind::says;
  int line = 0;
  std::string who = {};   // a JID; of what is heard: nobody named is whoever spoke last
  std::string text = {};  // said or expected, where * is whatever; of a request its body; of a reaction its emojis
  std::string path = {};  // of a hook, perhaps with a query; of a mail the address; of what is published the topic
  std::string method = "POST";
  plugin::TrustLevel trust = plugin::TrustLevel::tofu;
  bool own = false;  // replies, reacts: to what they said themselves
  std::chrono::milliseconds time{};
  PluginStage::Expected request = {};  // fetches: `text` is the body of the answer
  PluginStage::ExpectedRun run = {};   // runs: `text` is its output
};

struct ScriptCase {
  std::string name;
  int line = 0;
  std::string config = "{}";  // JSON
  WallTime start{};
  std::vector<std::string> secrets = {};
  plugin::Roles roles = {};
  std::vector<plugin::Program> programs = {};
  std::vector<ScriptStep> steps = {};
};

/// Throws `std::runtime_error`, "dice.chat:7: …", with what was expected.
std::vector<ScriptCase> parse_script(std::string_view text, const std::string& file);

/// A stage for this configuration, loaded. Throws `std::runtime_error`: it does not load, or does not fit.
using MakeStage = std::function<std::unique_ptr<PluginStage>(const ScriptCase& script)>;

/// The first thing that was not as expected, as "dice.chat:7: expected …, found …"; nothing: all was.
std::optional<std::string> play(const ScriptCase& script, const std::string& file,
                                const MakeStage& make_stage);

/// Lets a step happen that is something to happen, and nothing that is expected. Throws `std::runtime_error`: it cannot.
PluginStage::Played happen(PluginStage& stage, const ScriptStep& step);

/// Does `text` look like `pattern`, where each * is whatever?
bool looks_like(std::string_view text, std::string_view pattern);

/// The same for JSON: members in whatever order, a * in a text of the pattern is whatever. Nothing else is JSON to it.
bool json_looks_like(const std::string& text, const std::string& pattern);

/// "90s", "10m", "2h30m", "7d"; nothing: it is none.
std::optional<std::chrono::milliseconds> parse_period(std::string_view text);

}  // namespace omegate::gateway
