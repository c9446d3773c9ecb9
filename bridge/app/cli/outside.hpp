// What the command line needs of the world; a test brings its own.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "bridge/app/daemon.hpp"
#include "bridge/app/installation.hpp"
#include "bridge/core/base/random.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/plugin/installed.hpp"
#include "bridge/edge/config/settings.hpp"
#include "bridge/gateway/stream/login_check.hpp"

namespace omegate::app {

struct Outside {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool asks = false;     // a person sits there: standard input is a terminal
  bool shows_progress = false;  // standard error is a terminal
  bool colours = false;  // standard output is a terminal, and $NO_COLOR is not set

  Installation installation;
  Random& random;
  std::function<WallTime()> now;
  std::function<std::optional<std::string>(const std::string& name)> environment;
  /// A line that is not shown while it is typed.
  std::function<config::SecretText(const std::string& question)> ask_secret;
  /// `ask_gateway`.
  std::function<boost::json::value(const std::filesystem::path& socket, const std::string& verb,
                                   boost::json::object args)>
      ask_gateway;
  /// Runs until it is told to stop. Throws what keeps it from starting.
  std::function<void(const config::Settings& settings, const RunOptions& options)> run_gateway;
  std::function<gateway::LoginCheck(const config::AccountSettings& account,
                                    const config::SecretText& password, std::chrono::seconds limit)>
      check_login;
  /// Makes the account; the answer is of the same kind.
  std::function<gateway::LoginCheck(const config::AccountSettings& account,
                                    const config::SecretText& password, std::chrono::seconds limit)>
      make_account = {};
  /// Why the plugin does not load; empty if it does.
  std::function<std::string(const plugin::Installed& installed)> check_plugin;
};

}  // namespace omegate::app
