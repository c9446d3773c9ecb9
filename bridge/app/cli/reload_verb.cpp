#include <algorithm>
#include <boost/json.hpp>
#include <memory>

#include "bridge/app/cli/invocation.hpp"
#include "bridge/gateway/log/one_line.hpp"

namespace omegate::app {
namespace {

constexpr const char* reload_examples =
    "Examples:\n"
    "  omegate check && omegate reload\n"
    "  systemctl reload omegate\n"
    "  omegate reload --rehearse 20         # what would the plugins, as their files are now, make of their last 20 events?\n"
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

/// Each line of what was done and would be done, as a difference is shown.
void print_effects(Screen& screen, const boost::json::value& text, std::string_view sign, Tone tone) {
  std::string_view rest = text.as_string();
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    screen.line("    " + screen.tint(tone, std::string(sign) + " " + gateway::one_line(rest.substr(0, end))));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void print_rehearsals(Screen& screen, const boost::json::object& answer) {
  for (const auto& row : answer.at("rehearsals").as_array()) {
    const auto& differences = row.at("differences").as_array();
    screen.line("plugin " + std::string(row.at("plugin").as_string()) + ": " + std::to_string(row.at("events").to_number<std::int64_t>()) + " events, " +
                (differences.empty() ? "nothing would be different" : std::to_string(differences.size()) + " would be different"));
    if (const auto too_large = row.at("too_large").to_number<std::int64_t>(); too_large > 0)
      screen.line("  " + screen.tint(Tone::warning, std::to_string(too_large) + " since the start were too large to be kept, and are not among them"));
    for (const auto& each : differences) {
      screen.line("  event " + std::string(each.at("event").as_string()) + " (" + std::string(each.at("kind").as_string()) + ")");
      print_effects(screen, each.at("before"), "-", Tone::bad);
      print_effects(screen, each.at("now"), "+", Tone::good);
    }
  }
}

}  // namespace

void add_reload(Parser parser, Invocation& invocation) {
  auto verb = parser.add_subcommand("reload", "Take on the config while everything runs");
  add_gateway_options(verb, invocation);
  verb.footer(reload_examples);
  auto rehearse = std::make_shared<std::int64_t>(0);
  verb.add_option("--rehearse", *rehearse,
                  "Take nothing on: show so many of the last events of each plugin to the version that its "
                  "files are now, and say what it would do "
                  "otherwise")
      .type_name("N")
      .range(1, 100);
  verb.callback([&invocation, rehearse] {
    invocation.action = [&invocation, rehearse] {
      boost::json::object args;
      if (*rehearse > 0) args["rehearse"] = *rehearse;
      const auto answer = invocation.ask("reload", std::move(args));
      const bool ok = answer.at("problems").as_array().empty();
      if (invocation.printed_as_json(answer)) return ok ? ExitCode::ok : ExitCode::failed;
      Screen& screen = invocation.screen;
      print_lines(screen, answer, "changes", "", Tone::good);
      print_lines(screen, answer, "problems", "failed: ", Tone::bad);
      print_lines(screen, answer, "needs_restart", "only after a restart: ", Tone::warning);
      if (*rehearse > 0) {
        print_rehearsals(screen, answer);
        return ok ? ExitCode::ok : ExitCode::failed;
      }
      screen.line(ok ? "reloaded" : "reloaded in part");
      return ok ? ExitCode::ok : ExitCode::failed;
    };
  });
}

}  // namespace omegate::app
