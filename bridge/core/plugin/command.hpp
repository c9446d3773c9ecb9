// Commands: what a plugin registers, and which one a text calls. Matched in the gateway, so that `min_trust`
// holds whatever the Lua code does.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bridge/core/plugin/trust_level.hpp"

namespace omegate::plugin {

/// So many people of a role have to agree, on verified devices, before the command runs; its giver may be one of them.
struct Approvals {
  unsigned need = 0;  // 0: nobody is asked
  std::string of = {};
  std::chrono::seconds within{600};

  friend bool operator==(const Approvals&, const Approvals&) = default;
};

struct Command {
  std::string name;   // "deploy"
  std::string usage;  // "deploy <service> [<version>]"
  std::string help;
  TrustLevel min_trust = TrustLevel::undecided;
  std::string role = {};                // who may give it, as the operator filled the role; empty: everybody
  std::chrono::seconds cooldown{0};  // between two of one person; 0: none
  Approvals approvals = {};
};

struct CommandMatch {
  std::size_t index;  // into the commands that were given
  std::string args;   // the rest of the text, trimmed
};

/// Which command does `text` call? Its first word decides, without regard to ASCII case, with or without one
/// leading
/// "!" or "/". The first registration wins. Nothing if no command fits: then it is a plain message.
std::optional<CommandMatch> match_command(std::string_view text, std::span<const Command> commands);

/// It begins with "!" or "/".
bool has_command_sign(std::string_view text);

/// Letters, digits, '-' and '_', at most 32 of them, a letter or digit first.
bool is_command_name(std::string_view name);

}  // namespace omegate::plugin
