// Runs a plugin in this process and shows what it would do: the kit for tests of plugins.
//
// It plays the gateway's part (manifest, configuration, commands, grants) and skips the process: tests of the
// sandbox and of hanging plugins start real workers (hostile_test.cpp).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/plugin/event.hpp"
#include "bridge/core/plugin/installed.hpp"
#include "bridge/worker/plugin.hpp"

namespace omegate::test {

/// What a handler did.
struct Did {
  std::vector<plugin::Send> sent;
  std::string failure;    // the error, or P.fail's text
  bool expected = false;  // it was P.fail
  bool handled = true;    // false: the text was a command's, but its min_trust was not reached

  /// The text of its only message; a description of what else it did.
  std::string reply() const;
};

class PluginBench {
 public:
  /// A plugin of this repository, as an operator would configure it (JSON). Throws `std::runtime_error`: it
  /// does not load, or manifest and configuration do not fit.
  PluginBench(const std::string& name, const std::string& config,
              std::vector<std::string> secrets = {"token"});

  /// A plugin that is just this text, and may do everything.
  explicit PluginBench(const std::string& source);

  /// A message from `sender`; runs a command if it is one.
  Did says(const std::string& text);
  /// The last question's answer, or what else became of it.
  Did answers(const std::string& text, plugin::Answer::Outcome outcome = plugin::Answer::Outcome::answered);
  /// The first timer goes off, at its time.
  Did rings();
  /// A schedule's time has come.
  Did ticks(const std::string& name);
  /// A request to a hook.
  Did posts(const std::string& path, const std::string& content_type, const std::string& body,
            const std::string& query = {});
  Did posts(plugin::HookRequest request);
  Did handle(plugin::EventKind kind, std::string payload);

  plugin::Message sender{"bot",
                         "juliet@example.org",
                         {},
                         plugin::TrustLevel::tofu,
                         31415,
                         "0f0f",
                         true,
                         "urn:xmpp:omemo:2",
                         from_ms(1'790'000'000'000)};
  std::vector<std::string> log;
  plugin::Ready ready;
  std::map<std::string, std::string> kept;  // what its handlers keep: JSON by key
  std::vector<plugin::KvRead> reads;        // of the last handler
  std::vector<plugin::Sample> samples;      // likewise
  std::vector<plugin::Publish> published;   // by all handlers
  std::vector<std::pair<plugin::SetTimer, plugin::Origin>> timers;  // sorted by time
  std::optional<plugin::Ask> question;
  std::vector<plugin::Fetch> requests;     // of all handlers, to the host "shop"
  plugin::Fetched response{200};           // to each of them

 private:
  void load(std::map<std::string, std::string> sources);
  plugin::ToWorker answer(const plugin::ToGateway& call);
  void keep(const plugin::Effect& effect, const plugin::Origin& origin);

  int events_ = 0;
  plugin::Installed installed_;
  std::optional<worker::Plugin> plugin_;
};

}  // namespace omegate::test
