#include "bridge/app/cli/stale_verbs.hpp"

#include <memory>
#include <ostream>

#include "bridge/app/cli/invocation.hpp"
#include "bridge/app/cli/key_list.hpp"
#include "bridge/app/cli/key_words.hpp"
#include "bridge/gateway/plugins/plugin_script.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

constexpr const char* stale_examples =
    "Examples:\n"
    "  omegate trust stale\n"
    "  omegate trust stale alice@example.org --silent 30d";

constexpr const char* purge_examples =
    "Examples:\n"
    "  omegate trust purge alice@example.org 1338402117 --why \"she sold it\"\n"
    "  omegate trust purge alice@example.org all\n"
    "  omegate trust purge --undo alice@example.org 1338402117\n"
    "\n"
    "Nothing is encrypted to such a device any more, its level stays, and a device that writes is back by itself. A device\n"
    "that was lost or stolen: omegate trust revoke.";

struct StaleOptions {
  std::string account, jid, silent = "90d", why;
  std::vector<std::string> which;
  bool undo = false;
};

using Options = std::shared_ptr<StaleOptions>;

json::object arguments(const StaleOptions& options) {
  const auto time = gateway::parse_period(options.silent);
  if (!time) throw UsageError("'" + options.silent + "' is not a period; write 30d or 90d");
  json::object args{{"silent_ms", time->count()}};
  if (!options.account.empty()) args["account"] = options.account;
  if (!options.jid.empty()) args["jid"] = options.jid;
  return args;
}

void print_stale(Screen& screen, const json::object& device) {
  screen.line(screen.tint(Tone::heading, shown(device, "jid")) + " (account " + shown(device, "account") + ")  " +
              screen.tint(tone_of(text(device, "level")), shown(device, "level")));
  screen.line("  " + in_groups(text(device, "fingerprint")));
  screen.line("  " + shown(device, "evidence"));
  screen.line("  " + screen.tint(Tone::faint, "omegate trust purge " + shown(device, "jid") + " " + shown(device, "device") +
                                                  (flag(device, "own") ? "    # another device of the bot's own account" : "")));
}

ExitCode stale(Invocation& invocation, const StaleOptions& options) {
  const auto answer = invocation.ask("trust.stale", arguments(options));
  const auto devices = objects(answer, "devices");
  if (invocation.printed_as_json(answer)) return ExitCode::ok;
  if (devices.empty()) invocation.screen.line("no device has been silent for " + options.silent);
  for (const auto& device : devices) print_stale(invocation.screen, device);
  return ExitCode::ok;
}

ExitCode purge(Invocation& invocation, const StaleOptions& options) {
  const auto named = read_key_words(options.jid, options.which);
  json::object all;
  json::array keys;
  for (const auto& which : named.which) {
    auto args = arguments(options);
    args["jid"] = named.jid;
    args["which"] = which;
    args["undo"] = options.undo;
    if (!options.why.empty()) args["why"] = options.why;
    all = invocation.ask("trust.purge", std::move(args));
    for (const auto& key : objects(all, "keys")) keys.push_back(key);
  }
  all["keys"] = std::move(keys);
  if (!invocation.printed_as_json(all)) print_keys(invocation.screen, objects(all, "keys"));
  return ExitCode::ok;
}

Parser add(Parser trust, Invocation& invocation, const char* name, const char* about, const char* examples,
           const Options& options) {
  auto verb = trust.add_subcommand(name, about);
  verb.add_option("--account", options->account, "The account, if there are several").type_name("NAME");
  verb.add_option("--silent", options->silent, "Without a sign of life for so long; default: 90d")
      .type_name("PERIOD");
  add_gateway_options(verb, invocation);
  verb.footer(examples);
  return verb;
}

}  // namespace

void add_trust_stale(Parser trust, Invocation& invocation) {
  auto options = std::make_shared<StaleOptions>();
  auto stale_verb = add(trust, invocation, "stale", "Devices that we encrypt to and that seem dead",
                        stale_examples, options);
  stale_verb.add_option("JID", options->jid, "Only of this contact");
  stale_verb.callback([&invocation, options] {
    invocation.action = [&invocation, options] { return stale(invocation, *options); };
  });
  auto purge_verb = add(trust, invocation, "purge", "Set such a device aside, until it writes again",
                        purge_examples, options);
  purge_verb.add_option("JID", options->jid, "Whose device").required();
  purge_verb.add_option("KEY", options->which, "A fingerprint, a device id, or `all` (that are stale)");
  purge_verb.add_option("--why", options->why, "A note for the ledger").type_name("TEXT");
  purge_verb.add_flag("--undo", options->undo, "Encrypt to it again");
  purge_verb.callback([&invocation, options] {
    invocation.action = [&invocation, options] { return purge(invocation, *options); };
  });
}

}  // namespace omegate::app
