#include <memory>
#include <ostream>

#include "bridge/app/cli/invocation.hpp"
#include "bridge/edge/config/load.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/plugins/plugin_install.hpp"

namespace omegate::app {
namespace {

constexpr const char* run_examples =
    "Examples:\n"
    "  omegate run\n"
    "  omegate run --config ~/omegate/omegate.yaml\n"
    "\n"
    "Runs in the foreground and logs to standard error; ends on SIGTERM, SIGINT or `omegate stop`. As a "
    "service:\n"
    "systemctl enable --now omegate.";

constexpr const char* check_examples =
    "Examples:\n"
    "  omegate check\n"
    "  omegate check --login      # and log in once with each account\n"
    "\n"
    "Exit code 1 if something must be mended. Warnings do not count.";

constexpr std::chrono::seconds login_limit{30};

/// What `check` found: faults must be mended, warnings should be.
class Findings {
 public:
  explicit Findings(Invocation& invocation) : outside_(invocation.outside), screen_(invocation.screen) {}

  void fault(const std::string& text) {
    outside_.err << text << '\n';
    ++faults_;
  }
  void warning(const std::string& text) { outside_.err << "warning: " << text << '\n'; }
  void good(const std::string& text) { screen_.line(screen_.tint(Tone::good, "ok") + "  " + text); }
  bool any() const { return faults_ > 0; }

 private:
  Outside& outside_;
  Screen& screen_;
  int faults_ = 0;
};

/// The environment and systemd's credentials are the service's, not ours: their absence here proves nothing.
void check_secret(const config::SecretSource& source, Findings& findings) {
  using Kind = config::SecretSource::Kind;
  if (const auto text = config::secret_warning(source); !text.empty()) findings.warning(text);
  if (source.kind == Kind::command) return;  // it may ask a person; --login runs it
  try {
    config::read_secret(source);
  } catch (const config::SecretError& error) {
    if (source.kind == Kind::file) return findings.fault(error.what());
    findings.warning(error.what());
  }
}

void check_plugin(const config::PluginSettings& settings, const config::Settings& all, Outside& outside,
                  Findings& findings) {
  for (const auto& [name, source] : settings.secrets) check_secret(source, findings);
  try {
    const auto installed = gateway::install_plugin(all, settings);
    const auto& manifest = installed.manifest;
    if (const auto error = outside.check_plugin(installed); !error.empty()) {
      return findings.fault("plugin " + settings.name + " does not load: " + error);
    }
    findings.good("plugin " + settings.name + " " + manifest.version + " (" + settings.path.string() + ")");
    for (const auto& line : plugin::describe(manifest.program)) findings.good("    may " + line);
    for (const auto& grant : plugin::describe(manifest.grants)) findings.good("    may " + grant);
  } catch (const config::ConfigError& error) {
    findings.fault(error.what());
  }
}

void check_login(const config::AccountSettings& account, Outside& outside, Findings& findings) {
  try {
    const auto login = outside.check_login(account, config::read_secret(account.password), login_limit);
    const auto text = "account " + account.name + ": " + login.text;
    if (login.ok) return findings.good(text);
    findings.fault(text + (login.hint.empty() ? "" : "\n  " + login.hint));
  } catch (const config::SecretError& error) {
    findings.fault(error.what());
  }
}

ExitCode check(Invocation& invocation, bool login) {
  const auto settings = invocation.settings(true);
  Findings findings(invocation);
  findings.good("config " + settings.file.string());
  for (const auto& account : settings.accounts) {
    check_secret(account.password, findings);
    if (login) check_login(account, invocation.outside, findings);
  }
  for (const auto& plugin : settings.plugins) check_plugin(plugin, settings, invocation.outside, findings);
  for (const auto& client : settings.api.clients) check_secret(client.token, findings);
  return findings.any() ? ExitCode::failed : ExitCode::ok;
}

}  // namespace

void add_run(Parser parser, Invocation& invocation) {
  auto verb = parser.add_subcommand("run", "Run the gateway");
  auto options = std::make_shared<RunOptions>();
  verb.add_flag(
      "--take-over", options->take_over,
      "This copy of the database is the one to keep; after it stopped because another one was online");
  verb.footer(run_examples);
  verb.callback([&invocation, options] {
    invocation.action = [&invocation, options] {
      const auto settings = invocation.settings(true);
      gateway::set_up_log(settings.log);
      invocation.outside.run_gateway(settings, *options);
      return ExitCode::ok;
    };
  });
}

void add_check(Parser parser, Invocation& invocation) {
  auto verb = parser.add_subcommand("check", "Read the config and the plugins, and say what is wrong");
  auto login = std::make_shared<bool>(false);
  verb.add_flag("--login", *login, "Log in once with each account");
  verb.footer(check_examples);
  verb.callback([&invocation, login] {
    invocation.action = [&invocation, login] { return check(invocation, *login); };
  });
}

}  // namespace omegate::app
