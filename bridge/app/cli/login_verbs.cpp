#include <memory>
#include <ostream>

#include "bridge/app/cli/invocation.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

constexpr const char* about =
    "How accounts log in at their server, and what is the least we accept.\n"
    "A login that worked pins its mechanism and its binding to the TLS connection. A server that later "
    "offers only\n"
    "less is not logged in at: `omegate status` shows an alarm. Either somebody stands between, or the "
    "server was\n"
    "changed; ask its operator, then `omegate login unpin`.";

std::string token_of(const json::object& login) {
  const json::value* token = login.if_contains("token");
  return token != nullptr && token->is_object() ? text(token->get_object(), "mechanism") : std::string();
}

void print(Screen& screen, const json::object& answer) {
  Table table({"ACCOUNT", "MECHANISM", "BINDING", "SINCE", "TOKEN"});
  for (const auto& login : objects(answer, "accounts")) {
    const bool pinned = has(login, "mechanism");
    table.add({{text(login, "account")},
               {pinned ? text(login, "mechanism") : "(nothing pinned)"},
               {text(login, "binding")},
               {pinned ? screen.ago(number(login, "since_ms")) : ""},
               {token_of(login)}});
  }
  table.print(screen);
}

json::object arguments(const std::string& account) {
  json::object args;
  if (!account.empty()) args["account"] = account;
  return args;
}

void add_show(Parser parser, Invocation& invocation) {
  auto verb = parser.add_subcommand("show", "What is pinned, and whether there is a token");
  auto account = std::make_shared<std::string>();
  verb.add_option("--account", *account, "Only this account").type_name("NAME");
  add_gateway_options(verb, invocation);
  verb.callback([&invocation, account] {
    invocation.action = [&invocation, account] {
      const auto answer = invocation.ask("login.show", arguments(*account));
      if (!invocation.printed_as_json(answer)) print(invocation.screen, answer);
      return ExitCode::ok;
    };
  });
}

void add_unpin(Parser parser, Invocation& invocation) {
  auto verb = parser.add_subcommand("unpin", "Accept a weaker login than before; it is tried at once");
  auto account = std::make_shared<std::string>();
  verb.add_option("--account", *account, "This account").type_name("NAME");
  add_gateway_options(verb, invocation);
  verb.callback([&invocation, account] {
    invocation.action = [&invocation, account] {
      const auto answer = invocation.ask("login.unpin", arguments(*account));
      if (!invocation.printed_as_json(answer)) {
        invocation.screen.line(shown(answer, "jid") + " no longer insists on " + shown(answer, "mechanism") +
                               "; the next login pins what it uses");
      }
      return ExitCode::ok;
    };
  });
}

}  // namespace

void add_login(Parser parser, Invocation& invocation) {
  auto verbs = parser.add_subcommand("login", "How accounts log in; lift the alarm about a weaker login");
  verbs.footer(about);
  verbs.require_one_subcommand();
  add_show(verbs, invocation);
  add_unpin(verbs, invocation);
}

}  // namespace omegate::app
