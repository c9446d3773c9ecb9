#include <memory>
#include <ostream>

#include "bridge/app/cli/invocation.hpp"
#include "bridge/app/cli/plugin_costs.hpp"
#include "bridge/gateway/log/one_line.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

void print_problems(Screen& screen, const json::object& status) {
  const json::value* problems = status.if_contains("problems");
  if (problems == nullptr || !problems->is_array()) return;
  for (const auto& problem : problems->get_array())
    if (problem.is_string())
      screen.line("  " + screen.tint(Tone::warning, "problem: ") + gateway::one_line(problem.get_string()));
}

void print_accounts(Screen& screen, const json::object& status) {
  Table table({"ACCOUNT", "JID", "STATE", "SINCE", "SERVER", "DETAIL"});
  for (const auto& account : objects(status, "accounts"))
    table.add({{text(account, "name")},
               {text(account, "jid")},
               {text(account, "state"), tone_of(text(account, "state"))},
               {screen.ago(number(account, "since_ms"))},
               {text(account, "server")},
               {text(account, "detail")}});
  table.print(screen);
}

void print_plugins(Screen& screen, const json::object& status) {
  if (objects(status, "plugins").empty()) return;
  screen.line();
  Table table({"PLUGIN", "VERSION", "STATE", "RESTARTS", "MEMORY", "CPU", "DETAIL"});
  for (const auto& plugin : objects(status, "plugins"))
    table.add({{text(plugin, "name")},
               {text(plugin, "version")},
               {text(plugin, "state"), tone_of(text(plugin, "state"))},
               {shown(plugin, "restarts")},
               {memory_of(plugin)},
               {cpu_of(plugin)},
               {text(plugin, "detail")}});
  table.print(screen);
}

/// Folders whose mail is fetched.
void print_mailboxes(Screen& screen, const json::object& status) {
  if (objects(status, "mailboxes").empty()) return;
  screen.line();
  Table table({"MAILBOX", "STATE", "SINCE", "LAST MAIL", "READ TO", "DETAIL"});
  for (const auto& mailbox : objects(status, "mailboxes")) {
    const auto failing = part(mailbox, "failing");
    std::string trouble = text(mailbox, "detail");
    if (!failing.empty()) {
      if (!trouble.empty()) trouble += "; ";
      trouble += "mail " + shown(failing, "uid") + " cannot be had, tries: " + shown(failing, "tries");
    }
    table.add({{text(mailbox, "name")},
               {text(mailbox, "state"), tone_of(text(mailbox, "state"))},
               {screen.ago(number(mailbox, "since_ms"))},
               {has(mailbox, "last_mail_ms") ? screen.ago(number(mailbox, "last_mail_ms")) : ""},
               {has(mailbox, "read_to") ? shown(mailbox, "read_to") : ""},
               {trouble}});
  }
  table.print(screen);
}

/// Listeners that mail is handed to.
void print_listeners(Screen& screen, const json::object& status) {
  if (objects(status, "mail_listeners").empty()) return;
  screen.line();
  Table table({"MAIL AT", "PROTOCOL", "STATE", "TLS", "USERS", "CONNECTIONS", "DETAIL"});
  for (const auto& listener : objects(status, "mail_listeners"))
    table.add({{text(listener, "place")},
               {text(listener, "protocol")},
               {text(listener, "state"), tone_of(text(listener, "state"))},
               {text(listener, "tls")},
               {shown(listener, "users")},
               {has(listener, "connections") ? shown(listener, "connections") : ""},
               {text(listener, "detail")}});
  table.print(screen);
}

void print_queues(Screen& screen, const json::object& status) {
  if (!has(status, "outbox")) return screen.line("outbox and inbox are not known: the database does not answer");
  const auto outbox = part(status, "outbox");
  const auto inbox = part(status, "inbox");
  screen.line("outbox  " + shown(outbox, "waiting") + " waiting, " + shown(outbox, "held") + " held, " +
              shown(outbox, "parked") + " parked");
  screen.line("inbox   " + shown(inbox, "waiting") + " waiting, " + shown(inbox, "parked") + " parked");
}

void print_renewal(Screen& screen, const json::object& renewed) {
  if (renewed.empty()) return;
  screen.line(screen.tint(Tone::warning, "renewed ") + screen.ago(number(renewed, "at_ms")) + ": " +
              shown(renewed, "why") + "; all sessions were made anew");
  if (number(renewed, "waiting") > 0)
    screen.line("        " + shown(renewed, "waiting") + " device(s) of contacts have not heard of it yet");
}

void print(Screen& screen, const json::object& status) {
  const bool ready = flag(status, "ready");
  screen.line("omegate " + shown(status, "version") + ", " +
              screen.tint(ready ? Tone::good : Tone::warning, ready ? "ready" : "not ready") + ", started " +
              screen.time(number(status, "started_ms")));
  print_problems(screen, status);
  screen.line();
  print_accounts(screen, status);
  print_plugins(screen, status);
  print_mailboxes(screen, status);
  print_listeners(screen, status);
  screen.line();
  print_queues(screen, status);
  if (has(status, "http")) screen.line("http    " + shown(status, "http"));
  print_renewal(screen, part(status, "renewed"));
}

}  // namespace

void add_status(Parser parser, Invocation& invocation) {
  auto verb = parser.add_subcommand("status", "Is it well? Exit code 1 if the gateway is not ready");
  add_gateway_options(verb, invocation);
  verb.callback([&invocation] {
    invocation.action = [&invocation] {
      const auto status = invocation.ask("status", {});
      if (!invocation.printed_as_json(status)) print(invocation.screen, status);
      return flag(status, "ready") ? ExitCode::ok : ExitCode::failed;
    };
  });
}

void add_stop(Parser parser, Invocation& invocation) {
  auto verb = parser.add_subcommand("stop", "Stop the running gateway");
  auto final_stop = std::make_shared<bool>(false);
  verb.add_flag("--final", *final_stop,
                "Say goodbye to the server, instead of coming back to the same stream");
  add_gateway_options(verb, invocation);
  verb.callback([&invocation, final_stop] {
    invocation.action = [&invocation, final_stop] {
      const auto answer = invocation.ask("stop", {{"final", *final_stop}});
      if (!invocation.printed_as_json(answer)) invocation.screen.line("stopping");
      return ExitCode::ok;
    };
  });
}

}  // namespace omegate::app
