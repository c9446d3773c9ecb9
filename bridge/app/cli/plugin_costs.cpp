#include "bridge/app/cli/plugin_costs.hpp"

#include "bridge/app/cli/screen.hpp"

namespace omegate::app {

std::string memory_of(const boost::json::object& plugin) {
  return has(plugin, "memory") ? std::to_string(number(plugin, "memory") / (1 << 20)) + " MiB" : "";
}

std::string cpu_of(const boost::json::object& plugin) {
  return has(plugin, "cpu_ms") ? std::to_string(number(plugin, "cpu_ms") / 1000) + " s" : "";
}

}  // namespace omegate::app
