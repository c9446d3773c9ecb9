#include <algorithm>
#include <chrono>
#include <istream>
#include <memory>
#include <ostream>
#include <thread>

#include "bridge/app/cli/invocation.hpp"
#include "bridge/app/cli/keys_page.hpp"
#include "bridge/app/limits.hpp"
#include "bridge/edge/qr/qr_code.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

constexpr const char* examples =
    "Examples:\n"
    "  omegate hello                       # to all admins\n"
    "  omegate hello you@example.org\n"
    "  omegate hello --json                # for a program that shows the code itself\n"
    "\n"
    "Shows the bot's code: a client that scans it has the bot's address and has compared its key. Then it sends a\n"
    "message, and waits until a device has decrypted it. What keeps it from that is said, with what to do. Exit code 4:\n"
    "somebody has not got the message in that time.\n"
    "\n"
    "--json waits for nobody to scan, and prints one object at the end: under accounts what the code says, with its uri;\n"
    "under messages what became of each, with to_do for one that has not arrived; and ok.";

constexpr const char* test_message = "Hello! This is a test: who reads it is reached, encrypted. Answer `ping`, and I answer.";

struct HelloOptions {
  std::vector<std::string> to;
  std::string account;
  int timeout = 60;  // seconds: for coming online, and then for each message
};

/// Those of the account that is named, or of all.
std::vector<std::string> admins(Invocation& invocation, const HelloOptions& options) {
  std::vector<std::string> found;
  for (const auto& account : invocation.settings(false).accounts) {
    if (!options.account.empty() && account.name != options.account) continue;
    for (const auto& admin : account.admins)
      if (std::find(found.begin(), found.end(), admin) == found.end()) found.push_back(admin);
  }
  if (found.empty())
    throw UsageError("the config names no admins: say whom to greet, omegate hello you@example.org");
  return found;
}

/// The account that is named, or all.
bool is_online(const json::object& status, const std::string& account) {
  for (const auto& each : objects(status, "accounts")) {
    const bool meant = account.empty() || text(each, "name") == account || text(each, "jid") == account;
    if (meant && text(each, "state") != "online") return false;
  }
  return true;
}

/// A gateway that was started a moment ago logs in first.
void wait_until_online(Invocation& invocation, const HelloOptions& options) {
  json::object status = invocation.ask("status", {});
  if (!is_online(status, options.account) && !invocation.json) invocation.screen.line("waiting until the account is online …");
  for (int waited = 0; !is_online(status, options.account); ++waited) {
    if (waited >= options.timeout) throw std::runtime_error("the account is not online; omegate status says why");
    std::this_thread::sleep_for(std::chrono::seconds(1));
    status = invocation.ask("status", {});
  }
}

void show_code(Invocation& invocation, const json::object& own) {
  Screen& screen = invocation.screen;
  screen.line(screen.tint(Tone::heading, shown(own, "jid")) + "  " + in_groups(text(own, "fingerprint")));
  screen.line();
  screen.line(qr::to_terminal(qr::QrCode(uri_of(own)), screen.colours()));
  screen.line("Scan it with the app on your phone: it adds the bot and has compared its key then. Or add the address by hand,");
  screen.line("and compare the digits in the contact's details.");
  screen.line();
}

/// In the words of somebody who looks at a phone on which nothing has come.
std::string advice(const std::string& state, const std::string& jid) {
  if (state == "held")
    return "the bot does not trust a key of " + jid + " yet: write anything to it from the phone, or look at omegate trust list";
  if (state == "accepted") return "it waits here: omegate status and omegate outbox list say for what";
  if (state == "sent")
    return "the server has it, and no device has confirmed it: is one online, does it know the bot, does it use OMEMO?";
  return "omegate why says more";
}

/// A device has it.
bool has_arrived(const json::object& sent) { return text(sent, "state") == "delivered"; }

void print(Screen& screen, const json::object& sent) {
  const auto state = shown(sent, "state");
  const std::string more = has_arrived(sent) ? ": a device has decrypted it and confirmed that" : "";
  screen.line("  " + screen.tint(tone_of(state), state) + more);
  if (has_arrived(sent)) return;
  if (has(sent, "reason")) screen.line("  " + shown(sent, "reason"));
  screen.line("  " + text(sent, "to_do"));
}

/// SENT of verbs.hpp, and `to_do` if no device has it.
json::object greet(Invocation& invocation, const HelloOptions& options, const std::string& jid) {
  if (!invocation.json) invocation.screen.line("writing to " + jid + " …");
  json::object args{{"to", jid}, {"text", test_message}, {"wait", "delivered"}, {"timeout_ms", std::int64_t{options.timeout} * 1000}};
  if (!options.account.empty()) args["account"] = options.account;
  auto sent = invocation.ask("send", std::move(args));
  if (!has_arrived(sent)) sent["to_do"] = advice(shown(sent, "state"), jid);
  if (!invocation.json) print(invocation.screen, sent);
  return sent;
}

/// The codes, and time for a person to scan them.
void show_codes(Invocation& invocation, const std::vector<json::object>& accounts) {
  for (const auto& own : accounts) show_code(invocation, own);
  if (!invocation.outside.asks) return;
  invocation.outside.out << "Press Enter when that is done. " << std::flush;
  std::string line;
  std::getline(invocation.outside.in, line);
}

ExitCode hello(Invocation& invocation, HelloOptions options) {
  if (options.to.empty()) options.to = admins(invocation, options);
  wait_until_online(invocation, options);
  json::object args;
  if (!options.account.empty()) args["account"] = options.account;
  const auto keys = invocation.ask("keys", std::move(args));
  auto accounts = objects(keys, "accounts");
  if (accounts.size() > 1) throw UsageError("there are several accounts: say which one greets, with --account");
  if (!invocation.json) show_codes(invocation, accounts);
  json::array codes, messages;
  for (auto& own : accounts) {
    own["uri"] = uri_of(own);
    codes.push_back(std::move(own));
  }
  bool all = true;
  for (const auto& jid : options.to) {
    messages.push_back(greet(invocation, options, jid));
    all = has_arrived(messages.back().get_object()) && all;
  }
  invocation.printed_as_json({{"accounts", std::move(codes)}, {"messages", std::move(messages)}, {"ok", all}});
  return all ? ExitCode::ok : ExitCode::not_delivered;
}

}  // namespace

void add_hello(Parser parser, Invocation& invocation) {
  auto verb = parser.add_subcommand(
      "hello", "Introduce the bot: its code to scan, a test message, until it has arrived");
  auto options = std::make_shared<HelloOptions>();
  verb.add_option("JID", options->to, "Whom to greet; none: the admins");
  verb.add_option("--account", options->account, "From which account, if there are several")
      .type_name("NAME");
  verb.add_option("--timeout", options->timeout, "How long to wait for each message")
      .range(1, static_cast<int>(std::chrono::seconds(max_send_wait).count()))
      .type_name("SECONDS")
      .capture_default_str();
  add_gateway_options(verb, invocation);
  verb.footer(examples);
  verb.callback([&invocation, options] {
    invocation.action = [&invocation, options] { return hello(invocation, *options); };
  });
}

}  // namespace omegate::app
