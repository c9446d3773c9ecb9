// The program `omegate`: the real outside, handed to the command line.
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>

#include "bridge/app/cli/cli.hpp"
#include "bridge/app/control_client.hpp"
#include "bridge/app/daemon.hpp"
#include "bridge/app/hardening.hpp"
#include "bridge/app/terminal.hpp"
#include "bridge/core/crypto/random.hpp"
#include "bridge/gateway/plugins/plugin_check.hpp"

namespace {

using namespace omegate;

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

int run(int argc, char** argv) {
  app::harden_process();
  const auto installation = app::Installation::find();
  app::Outside outside{
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .asks = ::isatty(STDIN_FILENO) != 0,
      .shows_progress = ::isatty(STDERR_FILENO) != 0,
      .colours = ::isatty(STDOUT_FILENO) != 0 && !environment("NO_COLOR"),
      .installation = installation,
      .random = crypto::system_random(),
      .now = [] { return std::chrono::time_point_cast<WallTime::duration>(std::chrono::system_clock::now()); },
      .environment = environment,
      .ask_secret = app::ask_secret,
      .ask_gateway = [](const std::filesystem::path& socket, const std::string& verb,
                        boost::json::object args) { return app::ask_gateway(socket, verb, std::move(args)); },
      .run_gateway = [&](const config::Settings& settings,
                         const app::RunOptions& options) { app::run_daemon(settings, installation, options); },
      .check_login = gateway::check_login,
      .make_account = gateway::make_account,
      .check_plugin = [&](const plugin::Installed& installed) {
        return gateway::check_plugin_loads(installed, installation.worker);
      }};
  return app::run_command_line({argv + 1, argv + argc}, outside);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "omegate: " << error.what() << '\n';
    return static_cast<int>(omegate::app::ExitCode::failed);
  }
}
