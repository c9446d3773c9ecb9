#include <memory>

#include "bridge/app/cli/doctor_files.hpp"
#include "bridge/app/cli/invocation.hpp"
#include "bridge/app/control_client.hpp"
#include "bridge/edge/config/load.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;
using gateway::Finding;

constexpr const char* examples =
    "Examples:\n"
    "  omegate doctor\n"
    "  omegate doctor --quiet               # only what is not well\n"
    "  omegate doctor --json | jq '.findings[] | select(.level != \"ok\")'\n"
    "\n"
    "Looks at files and disk, and asks the running gateway about plugins, queues, the server's features, its "
    "clock\n"
    "and certificate, and what is published of our device. Changes nothing.\n"
    "Exit code 1: something is bad; 3: the gateway is not running, so that only files were looked at.";

struct DoctorOptions {
  std::string account;
  bool quiet = false;
};

Tone tone_of_level(const std::string& level) {
  return level == "ok" ? Tone::good : level == "warn" ? Tone::warning : Tone::bad;
}

std::size_t count(const std::vector<json::object>& findings, std::string_view level) {
  std::size_t found = 0;
  for (const auto& finding : findings) found += text(finding, "level") == level ? 1 : 0;
  return found;
}

void print(Screen& screen, const std::vector<json::object>& findings, bool quiet) {
  std::string about;
  for (const auto& finding : findings) {
    const std::string level = text(finding, "level");
    if (quiet && level == "ok") continue;
    if (about != text(finding, "about")) screen.line(screen.tint(Tone::heading, shown(finding, "about")));
    about = text(finding, "about");
    const std::string padding(level.size() < 4 ? 4 - level.size() : 0, ' ');
    screen.line("  " + screen.tint(tone_of_level(level), level) + padding + "  " + shown(finding, "check") +
                ": " + shown(finding, "evidence"));
    if (has(finding, "fix"))
      screen.line("        " + screen.tint(Tone::heading, "to do") + "  " + shown(finding, "fix"));
  }
  screen.line(std::to_string(findings.size()) + " looked at: " + std::to_string(count(findings, "bad")) +
              " bad, " + std::to_string(count(findings, "warn")) + " to look at");
}

/// Files are looked at where there is a config; a socket alone is another machine's way, or another user's.
void add_files(Invocation& invocation, json::array& rows) {
  try {
    for (const Finding& finding : examine_files(invocation.settings(false))) rows.push_back(to_json(finding));
  } catch (const config::ConfigError& error) {
    const Finding finding{"files", "config", Finding::Level::bad, error.what(),
                          "`omegate check` says it with places"};
    if (invocation.socket_option.empty()) rows.push_back(to_json(finding));
  }
}

ExitCode doctor(Invocation& invocation, const DoctorOptions& options) {
  json::array rows;
  add_files(invocation, rows);
  bool running = true;
  try {
    json::object args;
    if (!options.account.empty()) args["account"] = options.account;
    invocation.ask("status", {});  // one that answers to nothing says so in time: what follows may take a minute
    const auto answer = invocation.ask("doctor", std::move(args));
    for (auto& finding : objects(answer, "findings")) rows.push_back(std::move(finding));
  } catch (const GatewayNotRunning& error) {
    running = false;
    rows.push_back(to_json(Finding{"gateway", "running", Finding::Level::bad, error.what(),
                                   "`systemctl status omegate`, or `omegate run`"}));
  } catch (const GatewaySilent& error) {
    rows.push_back(to_json(Finding{"gateway", "running", Finding::Level::bad, error.what(),
                                   "`systemctl status omegate`, `dmesg`; if nothing else helps `systemctl kill -s KILL omegate`: nothing that was confirmed is lost"}));
  } catch (const config::ConfigError&) {  // was said above
    running = false;
  }
  json::object answer{{"findings", std::move(rows)}};
  const auto findings = objects(answer, "findings");
  const bool bad = count(findings, "bad") > 0;
  answer["ok"] = !bad;
  if (!invocation.printed_as_json(answer)) print(invocation.screen, findings, options.quiet);
  if (!running) return ExitCode::not_running;
  return bad ? ExitCode::failed : ExitCode::ok;
}

}  // namespace

void add_doctor(Parser parser, Invocation& invocation) {
  auto verb = parser.add_subcommand("doctor", "Look at everything that can be wrong, and say what to do");
  auto options = std::make_shared<DoctorOptions>();
  verb.add_option("--account", options->account, "Only this account").type_name("NAME");
  verb.add_flag("-q,--quiet", options->quiet, "Only what is not well");
  add_gateway_options(verb, invocation);
  verb.footer(examples);
  verb.callback([&invocation, options] {
    invocation.action = [&invocation, options] { return doctor(invocation, *options); };
  });
}

}  // namespace omegate::app
