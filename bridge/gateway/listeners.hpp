// The plugins that may hear of what contacts say, by their grants.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace omegate::gateway {

struct Listeners {
  std::vector<std::string> all;       // each may have commands
  std::vector<std::string> messages;  // hear all messages, and what is said about them
  std::vector<std::string> typing;    // hear who is typing

  /// Who hears what is said about a message of this plugin: it alone, while it runs. Empty, of anybody else's: who hears messages.
  std::vector<std::string> of_message(const std::string& plugin) const {
    if (plugin.empty()) return messages;
    const bool runs = std::ranges::find(all, plugin) != all.end();
    return runs ? std::vector{plugin} : std::vector<std::string>();
  }
};

}  // namespace omegate::gateway
