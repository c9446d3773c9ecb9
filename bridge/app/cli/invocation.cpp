#include "bridge/app/cli/invocation.hpp"

#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <ostream>

#include "bridge/app/verbs.hpp"
#include "bridge/edge/config/load.hpp"

namespace omegate::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char* system_config = "/etc/omegate/omegate.yaml";
constexpr const char* system_send_socket = "/run/omegate/send.sock";

}  // namespace

fs::path Invocation::config_file() const {
  if (!config_option.empty()) return config_option;
  if (const auto named = outside.environment("OMEGATE_CONFIG")) return *named;
  std::error_code ignored;
  if (fs::exists(system_config, ignored)) return system_config;
  const auto home = outside.environment("HOME");
  const auto base = outside.environment("XDG_CONFIG_HOME").value_or(home ? *home + "/.config" : "");
  if (!base.empty() && fs::exists(base + "/omegate/omegate.yaml", ignored))
    return base + "/omegate/omegate.yaml";
  return system_config;
}

config::Settings Invocation::settings(bool check_files) const {
  return config::load_settings(config_file(), {outside.installation.plugins_dir, check_files});
}

fs::path Invocation::socket(const std::string& verb) const {
  if (!socket_option.empty()) return socket_option;
  if (const auto named = outside.environment("OMEGATE_SOCKET")) return *named;
  std::error_code ignored;
  const bool may_use_send_socket = find_verb(verb)->on_send_socket;
  try {
    const auto control = settings(false).control;
    const bool reachable = ::access(control.socket.c_str(), R_OK | W_OK) == 0;
    return may_use_send_socket && !reachable && control.send_socket ? *control.send_socket : control.socket;
  } catch (const config::ConfigError&) {
    // A member of the group that may send need not be allowed to read the config.
    if (may_use_send_socket && fs::exists(system_send_socket, ignored)) return system_send_socket;
    throw;
  }
}

json::object Invocation::ask(const std::string& verb, json::object args) {
  const auto answer = outside.ask_gateway(socket(verb), verb, std::move(args));
  if (!answer.is_object())
    throw std::runtime_error("the gateway gave no sensible answer; is it of another version?");
  return answer.get_object();
}

bool Invocation::printed_as_json(const json::object& answer) {
  if (json) outside.out << boost::json::serialize(answer) << '\n';
  return json;
}

void add_gateway_options(Parser verb, Invocation& invocation) {
  verb.add_option("--socket", invocation.socket_option,
                  "The gateway's socket [$OMEGATE_SOCKET, else as in the config]")
      .type_name("PATH");
  verb.add_flag("--json", invocation.json, "Print the gateway's answer as JSON");
}

}  // namespace omegate::app
