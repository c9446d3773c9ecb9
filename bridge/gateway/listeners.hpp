// The plugins that may hear of what contacts say, by their grants.
#pragma once

#include <string>
#include <vector>

namespace omegate::gateway {

struct Listeners {
  std::vector<std::string> all;       // each may have commands
  std::vector<std::string> messages;  // hear all messages, and what is said about them
  std::vector<std::string> typing;    // hear who is typing
};

}  // namespace omegate::gateway
