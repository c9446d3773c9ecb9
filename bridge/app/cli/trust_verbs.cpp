#include <memory>
#include <ostream>

#include "bridge/app/cli/import_verb.hpp"
#include "bridge/app/cli/invocation.hpp"
#include "bridge/app/cli/key_list.hpp"
#include "bridge/app/cli/key_words.hpp"
#include "bridge/app/cli/ledger_verbs.hpp"
#include "bridge/app/cli/stale_verbs.hpp"
#include "bridge/core/trust/policy.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

constexpr const char* examples =
    "Examples:\n"
    "  omegate trust list --level undecided\n"
    "  omegate trust show alice@example.org\n"
    "  omegate trust approve alice@example.org 7a688b0b 47c0856d 05bba894 d96a0487 77b2107a b558281b "
    "df0e5493 386ddd04\n"
    "  omegate trust approve alice@example.org 1338402117 --why \"she read it to me\" --verified\n"
    "  omegate trust approve 'xmpp:alice@example.org?omemo-sid-1338402117=7a68…'    # what her QR code says\n"
    "  omegate trust revoke alice@example.org 1338402117 --why \"phone stolen\"\n"
    "  omegate trust policy alice@example.org manual\n"
    "  omegate trust import alice.png       # her QR code; see `omegate trust import --help`\n"
    "  omegate trust stale                  # devices that seem dead, with the evidence\n"
    "  omegate trust purge alice@example.org 1338402117 --why \"she sold it\"\n"
    "  omegate trust log --jid alice@example.org --since 7d\n"
    "  omegate trust explain 1338402117     # why this key is used, or not\n"
    "  omegate trust export ledger.jsonl\n"
    "  omegate trust verify";

struct TrustOptions {
  std::string account, jid, level, why, policy, message_rule;
  std::vector<std::string> which;  // words: a fingerprint may be typed with spaces
  bool verified = false;
};

/// The arguments that were given, under the names of the protocol.
json::object given(std::initializer_list<std::pair<const char*, const std::string*>> texts) {
  json::object args;
  for (const auto& [name, value] : texts)
    if (!value->empty()) args[name] = *value;
  return args;
}

ExitCode list(Invocation& invocation, const TrustOptions& options) {
  const auto answer = invocation.ask(
      "trust.list", given({{"account", &options.account}, {"jid", &options.jid}, {"level", &options.level}}));
  if (invocation.printed_as_json(answer)) return ExitCode::ok;
  const auto keys = objects(answer, "keys");
  if (keys.empty()) invocation.screen.line("no keys");
  print_keys(invocation.screen, keys);
  return ExitCode::ok;
}

ExitCode show(Invocation& invocation, const TrustOptions& options) {
  const auto answer =
      invocation.ask("trust.show", given({{"account", &options.account}, {"jid", &options.jid}}));
  if (!invocation.printed_as_json(answer)) print_contact(invocation.screen, answer);
  return ExitCode::ok;
}

/// One request per key named; the last answer counts the rows that all of them set free.
ExitCode decide(Invocation& invocation, const TrustOptions& options, const std::string& verb) {
  const auto named = read_key_words(options.jid, options.which);
  const bool approves = verb == "trust.approve";
  json::object all;
  json::array keys;
  std::int64_t released = 0;
  for (const auto& which : named.which) {
    auto args =
        given({{"account", &options.account}, {"jid", &named.jid}, {"which", &which}, {"why", &options.why}});
    if (approves) args["level"] = options.verified || named.scanned ? "verified" : "trusted";
    all = invocation.ask(verb, std::move(args));
    for (const auto& key : objects(all, "keys")) keys.push_back(key);
    released += number(all, "released");
  }
  all["keys"] = std::move(keys);
  if (approves) all["released"] = released;
  if (invocation.printed_as_json(all)) return ExitCode::ok;
  print_keys(invocation.screen, objects(all, "keys"));
  if (released > 0) invocation.screen.line(std::to_string(released) + " held message(s) go out now");
  return ExitCode::ok;
}

void set_policy_words(TrustOptions& options) {
  // `trust policy manual` is about the account, `trust policy alice@example.org` asks.
  if (options.policy.empty() && trust::policy_named(options.jid)) std::swap(options.policy, options.jid);
  if (!options.policy.empty() && !trust::policy_named(options.policy))
    throw UsageError("there is no policy \"" + options.policy +
                     "\"; there are tofu, blind, configured, manual");
}

ExitCode policy(Invocation& invocation, TrustOptions options) {
  set_policy_words(options);
  const auto answer = invocation.ask("trust.policy", given({{"account", &options.account},
                                                            {"jid", &options.jid},
                                                            {"policy", &options.policy},
                                                            {"message_rule", &options.message_rule}}));
  if (invocation.printed_as_json(answer)) return ExitCode::ok;
  const auto whom = has(answer, "jid") ? shown(answer, "jid") : "account " + shown(answer, "account");
  invocation.screen.line(whom + ": policy " + shown(answer, "policy") + ", message rule " +
                         shown(answer, "message_rule") + " (set for the " + shown(answer, "from") + ")" +
                         (flag(answer, "changed") ? ", changed" : ""));
  return ExitCode::ok;
}

using Options = std::shared_ptr<TrustOptions>;

Parser add(Parser trust, Invocation& invocation, const char* name, const char* about,
           const Options& options) {
  auto verb = trust.add_subcommand(name, about);
  verb.add_option("--account", options->account, "The account, if there are several").type_name("NAME");
  add_gateway_options(verb, invocation);
  return verb;
}

void add_decision(Parser trust, Invocation& invocation, const char* name, const char* about,
                  const Options& options) {
  auto verb = add(trust, invocation, name, about, options);
  verb.add_option("JID", options->jid, "Whose key, or the xmpp: URI of a QR code with address and keys")
      .required();
  verb.add_option("KEY", options->which, "A fingerprint, a device id, or `all` (that are undecided)");
  verb.add_option("--why", options->why, "A note for the ledger").type_name("TEXT");
  const std::string protocol_name = std::string("trust.") + name;
  if (protocol_name == "trust.approve")
    verb.add_flag("--verified", options->verified, "You compared the fingerprint or scanned it");
  verb.callback([&invocation, options, protocol_name] {
    invocation.action = [&invocation, options, protocol_name] {
      return decide(invocation, *options, protocol_name);
    };
  });
}

template <class Action>
void on(Parser verb, Invocation& invocation, const Options& options, Action action) {
  verb.callback([&invocation, options, action] {
    invocation.action = [&invocation, options, action] { return action(invocation, *options); };
  });
}

void add_questions(Parser trust, Invocation& invocation, const Options& options) {
  auto list_verb = add(trust, invocation, "list", "All keys we have seen, and what we make of them", options);
  list_verb.add_option("JID,--jid", options->jid, "Only of this contact");
  list_verb.add_option("--level", options->level, "Only undecided, tofu, trusted, verified or revoked")
      .one_of({"undecided", "tofu", "trusted", "verified", "revoked"})
      .type_name("LEVEL");
  on(list_verb, invocation, options, &list);
  auto show_verb = add(trust, invocation, "show", "One contact: policy, keys, held messages", options);
  show_verb.add_option("JID", options->jid, "The contact").required();
  on(show_verb, invocation, options, &show);
}

}  // namespace

void add_trust(Parser parser, Invocation& invocation) {
  auto trust = parser.add_subcommand("trust", "See and decide whose keys we encrypt to");
  trust.require_one_subcommand();
  trust.footer(examples);
  auto options = std::make_shared<TrustOptions>();
  add_questions(trust, invocation, options);
  add_decision(trust, invocation, "approve", "Trust a key; messages held for it go out", options);
  add_decision(trust, invocation, "revoke", "Never again encrypt to a key", options);
  auto policy_verb = add(trust, invocation, "policy", "Show or set how keys come to be trusted", options);
  policy_verb.add_option("JID", options->jid, "A contact or a domain; none: the account");
  policy_verb.add_option("POLICY", options->policy, "tofu, blind, configured or manual; none: only show");
  policy_verb
      .add_option("--message-rule", options->message_rule,
                  "When some keys are not trusted: partial, hold, refuse")
      .one_of({"partial", "hold", "refuse"})
      .type_name("RULE");
  on(policy_verb, invocation, options, &policy);
  add_trust_stale(trust, invocation);
  add_trust_ledger(trust, invocation);
  add_trust_import(trust, invocation);
}

}  // namespace omegate::app
