// The picture that somebody shows of themselves, as a handler asks for it.
//
// Public data of a profile. Not here: who may ask (grants.hpp), asking the network (gateway/account/avatars), the function
// in Lua (worker/api).
#pragma once

#include <optional>
#include <string>

#include "bridge/core/plugin/event.hpp"

namespace omegate::plugin {

struct AvatarAsk {
  std::string jid;           // bare
  std::string account = {};  // by name; empty: the plugin's first
  std::string room = {};     // as that room shows them; empty: the contact
  std::string known = {};    // an id: the picture that has it is not wanted
};

struct AvatarSeen {
  std::string id = {};            // SHA-1, as hex digits; empty: none is shown, or it cannot be told
  std::optional<File> file = {};  // unless it is the known one
  std::string reason = {};        // why it cannot be told now
  bool refused = false;           // a mistake of the plugin, or its manifest grants it nothing
};

}  // namespace omegate::plugin
