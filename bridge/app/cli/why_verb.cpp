#include <memory>

#include "bridge/app/cli/invocation.hpp"
#include "bridge/app/limits.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

constexpr const char* examples =
    "Examples:\n"
    "  omegate why 17                   # the row that `omegate send` or `omegate outbox list` named\n"
    "  omegate why alice@example.org    # the last ones to her, and those of hers that we could not read\n"
    "  omegate why                      # whatever somebody missed lately\n"
    "\n"
    "All that is said of a device is as it was when the message was encrypted: trust given later does not "
    "reach "
    "back.\n"
    "Exit code 4: somebody could not read one of them.";

constexpr int default_why_rows = 5;

struct WhyOptions {
  std::string message, account;
  int limit = default_why_rows;
};

std::string yes_or(bool is, const char* otherwise, const char* yes) { return is ? yes : otherwise; }

std::string receipt_word(Screen& screen, const json::object& device) {
  if (has(device, "delivered_ms")) return "received " + screen.ago(number(device, "delivered_ms"));
  const auto word = text(device, "delivered");
  if (word == "yes") return "received";
  return word == "unknown" ? "no receipt that names it" : "";
}

void print_device(Screen& screen, const json::object& device) {
  const bool included = flag(device, "included");
  const std::string mark = screen.tint(included ? Tone::good : Tone::bad, included ? "+" : "-");
  const auto level = shown(device, "trust");
  screen.line("  " + mark + " device " + shown(device, "device") + ", " + screen.tint(tone_of(level), level) +
              (flag(device, "own") ? ", of our own account" : "") + ": " + shown(device, "what"));
  const auto print = text(device, "fingerprint");
  if (!print.empty()) screen.line("      " + in_groups(print));
  std::string facts = "OMEMO " + shown(device, "version") + "; " +
                      yes_or(flag(device, "listed"), "not in the device list", "in the device list");
  const auto bundle = shown(device, "bundle");
  facts += bundle == "seen"       ? "; its keys are published"
           : bundle == "not seen" ? "; its keys were not seen"
                                  : "; its keys: " + bundle;
  if (const auto receipt = receipt_word(screen, device); included && !receipt.empty())
    facts += "; " + receipt;
  screen.line("      " + screen.tint(Tone::faint, facts));
  if (has(device, "again_in")) screen.line("      it is said again in message " + shown(device, "again_in"));
  if (has(device, "to_do"))
    screen.line("      " + screen.tint(Tone::heading, "to do") + "  " + shown(device, "to_do"));
}

std::string readers_of(const json::object& message) {
  const auto of = number(message, "of"), readers = number(message, "readers");
  const auto to = shown(message, "to");
  if (of == 0)
    return has(message, "decided_ms") ? to + " has no OMEMO device" : "nothing has been decided yet";
  const auto state = text(message, "state");
  const bool waits = state == "held" || state == "accepted" || state == "refused" || state == "parked";
  return std::to_string(readers) + " of " + std::to_string(of) + (of == 1 ? " device" : " devices") + " of " +
         to + (waits ? " may read it" : " can read it");
}

void print_sent(Screen& screen, const json::object& message) {
  const auto state = shown(message, "state");
  screen.line(
      screen.tint(Tone::heading, "message " + shown(message, "name") + " to " + shown(message, "to")) +
      " (account " + shown(message, "account") + "): " + screen.tint(tone_of(state), state) + ", written " +
      screen.ago(number(message, "created_ms")));
  screen.line("  " + readers_of(message));
  if (has(message, "again_of"))
    screen.line("  again   message " + shown(message, "again_of") + ", for a device that had no copy of it");
  if (has(message, "reason")) screen.line("  reason  " + shown(message, "reason"));
  if (has(message, "to_do"))
    screen.line("  " + screen.tint(Tone::heading, "to do") + "   " + shown(message, "to_do"));
  if (has(message, "decided_ms"))
    screen.line("  " + screen.tint(Tone::faint, "decided " + screen.time(number(message, "decided_ms")) +
                                                    ", as of ledger row " + shown(message, "ledger_row") +
                                                    ", policy " + shown(message, "policy") +
                                                    ", message rule " + shown(message, "message_rule")));
  if (number(message, "sealed_again") > 0)
    screen.line("  " + screen.tint(Tone::warning, "possibly twice") +
                ": the connection was lost while it was sent");
  for (const auto& device : objects(message, "devices")) print_device(screen, device);
}

void print_received(Screen& screen, const json::object& message) {
  screen.line(
      screen.tint(Tone::heading, "message " + shown(message, "name") + " from " + shown(message, "from")) +
      " (account " + shown(message, "account") + "): " + screen.tint(Tone::bad, "not read") + ", came " +
      screen.ago(number(message, "received_ms")));
  screen.line("  reason  " + shown(message, "what"));
  if (has(message, "device"))
    screen.line("  " +
                screen.tint(Tone::faint,
                            "device " + shown(message, "device") + ", OMEMO " + shown(message, "version") +
                                (has(message, "detail") ? "; " + shown(message, "detail") : "")));
  screen.line("  " + screen.tint(Tone::heading, "to do") + "   " + shown(message, "to_do"));
  if (has(message, "told_ms")) screen.line("  the sender was told " + screen.ago(number(message, "told_ms")));
}

bool was_missed(const json::object& message) {
  return text(message, "kind") == "received" || number(message, "readers") < number(message, "of") ||
         number(message, "of") == 0;
}

ExitCode why(Invocation& invocation, const WhyOptions& options) {
  json::object args{{"limit", options.limit}};
  if (!options.message.empty()) args["message"] = options.message;
  if (!options.account.empty()) args["account"] = options.account;
  const auto answer = invocation.ask("why", std::move(args));
  const auto messages = objects(answer, "messages");
  bool missed = false;
  for (const auto& message : messages) missed = missed || was_missed(message);
  const ExitCode code = missed ? ExitCode::not_delivered : ExitCode::ok;
  if (invocation.printed_as_json(answer)) return code;
  if (messages.empty())
    invocation.screen.line(options.message.empty() ? "nobody missed anything lately"
                                                   : "no messages with " + options.message);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (i > 0) invocation.screen.line();
    text(messages[i], "kind") == "received" ? print_received(invocation.screen, messages[i])
                                            : print_sent(invocation.screen, messages[i]);
  }
  return code;
}

}  // namespace

void add_why(Parser parser, Invocation& invocation) {
  auto verb = parser.add_subcommand("why", "Who could read a message, who could not, and what to do");
  auto options = std::make_shared<WhyOptions>();
  verb.add_option(
      "MESSAGE", options->message,
      "A row, a message's id, in-N for one we could not read, or an address; none: what somebody missed");
  verb.add_option("--account", options->account, "Only of this account").type_name("NAME");
  verb.add_option("--limit", options->limit, "How many of each kind")
      .range(1, max_list_rows)
      .capture_default_str();
  add_gateway_options(verb, invocation);
  verb.footer(examples);
  verb.callback([&invocation, options] {
    invocation.action = [&invocation, options] { return why(invocation, *options); };
  });
}

}  // namespace omegate::app
