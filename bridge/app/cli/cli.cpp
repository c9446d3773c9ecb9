#include "bridge/app/cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/serialize.hpp>
#include <ostream>

#include "bridge/app/cli/description.hpp"
#include "bridge/app/cli/invocation.hpp"
#include "bridge/app/control_client.hpp"
#include "bridge/gateway/log/one_line.hpp"
#include "bridge/gateway/operator/operator_error.hpp"

namespace omegate::app {
namespace {

// In the order of the help page.
constexpr AddVerb verbs_of_the_command[] = {add_init,  add_run,    add_hello,  add_check,  add_send,   add_keys,
                                            add_trust, add_why,    add_outbox, add_inbox, add_mail, add_status, add_doctor,
                                            add_reload, add_stop,  add_room,  add_hook, add_file,   add_login, add_key,    add_backup,
                                            add_restore, add_plugin, add_matrix};

constexpr const char* about =
    "omegate gives anything that can curl an end-to-end encrypted presence on XMPP.";

constexpr const char* footer =
    "Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the gateway is not running; 4 the message is held, "
    "refused or\n"
    "late, or the ledger does not verify.\n"
    "\n"
    "First steps:\n"
    "  omegate init --jid bot@example.org --admin you@example.org\n"
    "  omegate run\n"
    "  omegate hello\n"
    "\n"
    "omegate VERB --help says more, with examples.";

void complain(Outside& outside, const std::string& text, const std::string& hint = {}) {
  outside.err << "omegate: " << text << '\n';
  if (!hint.empty()) outside.err << "  " << hint << '\n';
}

ExitCode perform(Invocation& invocation) {
  Outside& outside = invocation.outside;
  try {
    return invocation.action();
  } catch (const UsageError& error) {
    complain(outside, error.what());
    return ExitCode::usage;
  } catch (const GatewayNotRunning& error) {
    complain(outside, error.what());
    return ExitCode::not_running;
  } catch (const gateway::OperatorError& error) {
    complain(outside, gateway::one_line(error.what()), gateway::one_line(error.hint()));
    return ExitCode::failed;
  } catch (const std::exception& error) {
    complain(outside, error.what());
    return ExitCode::failed;
  }
}

const CLI::App* find_verb_page(const CLI::App& page, const std::string& word) {
  const auto found = page.get_subcommands([&](const CLI::App* verb) { return verb->get_name() == word; });
  return found.empty() ? nullptr : found.front();
}

void add_help(CLI::App& parser, Invocation& invocation) {
  auto* help = parser.add_subcommand("help", "Show this page, or the page of a verb");
  auto words = std::make_shared<std::vector<std::string>>();
  auto describes = std::make_shared<bool>(false);
  help->add_option("VERB", *words, "As in `omegate help trust approve`");
  help->add_flag("--describe", *describes, "Every verb and option as JSON, for programs");
  help->callback([&parser, &invocation, words, describes] {
    invocation.action = [&parser, &invocation, words, describes] {
      if (*describes) {
        invocation.outside.out << boost::json::serialize(describe(parser)) << '\n';
        return ExitCode::ok;
      }
      const CLI::App* page = &parser;
      for (const auto& word : *words) {
        page = find_verb_page(*page, word);
        if (page == nullptr) throw UsageError("there is no verb \"" + word + "\"; `omegate help` lists them");
      }
      // Not `page->help()`: while this verb is being parsed that is the page of this verb.
      std::string name = "omegate";
      for (const auto& word : *words) name += ' ' + word;
      invocation.outside.out << page->get_formatter()->make_help(page, name, CLI::AppFormatMode::Normal);
      return ExitCode::ok;
    };
  });
}

void build(CLI::App& parser, Invocation& invocation) {
  parser.fallthrough();  // --config may stand before or after the verb
  parser.require_subcommand(0, 1);
  parser.set_version_flag("--version", "omegate " OMEGATE_VERSION, "Print the version");
  parser.set_help_flag("-h,--help", "Print this page");
  parser
      .add_option(
          "--config", invocation.config_option,
          "The config file [$OMEGATE_CONFIG, /etc/omegate/omegate.yaml, ~/.config/omegate/omegate.yaml]")
      ->type_name("FILE");
  parser.footer(footer);
  for (const AddVerb add : verbs_of_the_command) add(Parser(parser), invocation);
  add_help(parser, invocation);
}

/// What the parser has to say: help and version go to standard output, complaints to standard error.
ExitCode explain(const CLI::App& parser, const CLI::ParseError& error, Outside& outside) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    parser.exit(error, outside.out, outside.err);
    return ExitCode::ok;
  }
  complain(outside, error.what(), "`omegate help` lists the verbs, `omegate VERB --help` their options");
  return ExitCode::usage;
}

}  // namespace

int run_command_line(std::vector<std::string> words, Outside& outside) {
  Invocation invocation(outside);
  CLI::App parser(about, "omegate");
  build(parser, invocation);
  try {
    std::reverse(words.begin(), words.end());  // the parser takes them from the back
    parser.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return static_cast<int>(explain(parser, error, outside));
  }
  if (!invocation.action) {
    outside.out << parser.help();
    return static_cast<int>(ExitCode::usage);
  }
  return static_cast<int>(perform(invocation));
}

}  // namespace omegate::app
