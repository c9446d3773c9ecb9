#include "bridge/gateway/plugins/command_gate.hpp"

#include <algorithm>

namespace omegate::gateway {

CommandGate::Verdict CommandGate::judge(const plugin::Command& command, const plugin::Message& message,
                                        const plugin::Roles& roles, WallTime now, bool again) {
  const auto needed = std::max(command.min_trust, heard_from);
  if (!plugin::reaches(message.trust, needed))
    return {false, {}, "needs trust " + std::string(to_text(needed))};
  if (!plugin::has_role(command, roles, message.from))
    return {false, "You may not use " + command.name + ".", "needs the role " + command.role};
  if (command.cooldown.count() == 0 || again) return {true};
  return wait(command, message, now);
}

CommandGate::Verdict CommandGate::wait(const plugin::Command& command, const plugin::Message& message,
                                       WallTime now) {
  std::erase_if(pauses_, [&](const auto& entry) { return entry.second.end <= now; });
  const auto [pause, is_first] =
      pauses_.try_emplace({command.name, message.from}, Pause{now + command.cooldown});
  if (is_first) return {true};
  const auto left = std::chrono::ceil<std::chrono::seconds>(pause->second.end - now);
  const bool told =
      std::exchange(pause->second.told, true);  // once: who writes often is not answered as often
  return {false, told ? "" : command.name + " can be used again in " + std::to_string(left.count()) + " s.",
          "cools down"};
}

}  // namespace omegate::gateway
