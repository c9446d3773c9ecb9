// May this person give this command now? Asked before the plugin hears of it, so that it holds whatever its
// code does.
//
// Not here: which command a text is (core/plugin/command.hpp).
#pragma once

#include <map>
#include <string>
#include <utility>

#include "bridge/core/base/time.hpp"
#include "bridge/core/plugin/event.hpp"
#include "bridge/core/plugin/grants.hpp"

namespace omegate::gateway {

/// The least trust a message needs to be heard at all when no command asks for more.
inline constexpr plugin::TrustLevel heard_from = plugin::TrustLevel::tofu;

class CommandGate {
 public:
  struct Verdict {
    bool passes = false;
    std::string reply = {};  // what the sender is told; empty: nothing, whoever is not trusted learns nothing
    std::string why = {};    // for the log
  };

  /// A command that passes begins its cooldown. Of one that was begun before (`again`) it is not asked once
  /// more.
  Verdict judge(const plugin::Command& command, const plugin::Message& message, const plugin::Roles& roles,
                WallTime now, bool again);

 private:
  struct Pause {
    WallTime end;
    bool told = false;
  };
  Verdict wait(const plugin::Command& command, const plugin::Message& message, WallTime now);

  std::map<std::pair<std::string, std::string>, Pause> pauses_;  // by command and JID; forgotten by a restart
};

}  // namespace omegate::gateway
