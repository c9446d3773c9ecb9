#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "bridge/app/cli/invocation.hpp"
#include "bridge/gateway/one_line.hpp"

namespace omegate::app {
namespace {

constexpr const char* reload_examples =
    "Examples:\n"
    "  omegate check && omegate reload\n"
    "  systemctl reload omegate\n"
    "\n"
    "Accounts, contacts, policies, plugins with their code and settings, hooks with their tokens and the log "
    "are taken on while\n"
    "everything runs; an account whose login changed connects anew. A config with a mistake changes nothing. "
    "What needs a\n"
    "restart is said. Exit code 1 if something could not be taken on.";

void print_lines(Screen& screen, const boost::json::object& answer, std::string_view name,
                 std::string_view before, Tone tone) {
  for (const auto& line : answer.at(name).as_array()) {
    screen.line(screen.tint(tone, before) + gateway::one_line(line.as_string()));
  }
}

}  // namespace

void add_reload(CLI::App& parser, Invocation& invocation) {
  auto* verb = parser.add_subcommand("reload", "Take on the config while everything runs");
  add_gateway_options(*verb, invocation);
  verb->footer(reload_examples);
  verb->callback([&invocation] {
    invocation.action = [&invocation] {
      const auto answer = invocation.ask("reload", {});
      const bool ok = answer.at("problems").as_array().empty();
      if (invocation.printed_as_json(answer)) return ok ? ExitCode::ok : ExitCode::failed;
      Screen& screen = invocation.screen;
      print_lines(screen, answer, "changes", "", Tone::good);
      print_lines(screen, answer, "problems", "failed: ", Tone::bad);
      print_lines(screen, answer, "needs_restart", "only after a restart: ", Tone::warning);
      screen.line(ok ? "reloaded" : "reloaded in part");
      return ok ? ExitCode::ok : ExitCode::failed;
    };
  });
}

}  // namespace omegate::app
