#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <memory>

#include "bridge/app/cli/invocation.hpp"
#include "bridge/app/limits.hpp"
#include "bridge/gateway/log/one_line.hpp"
#include "bridge/gateway/plugins/plugin_script.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

constexpr const char* about =
    "The last requests of each hook are kept, without tokens and signatures: how many, the config says under "
    "`http:`\n(log_requests, log_bytes) and with keep_days.\n"
    "\n"
    "Examples:\n"
    "  omegate hook log alerts               # what came, newest first\n"
    "  omegate hook show 17\n"
    "  omegate hook dry-run 17               # the message it would give, with the config as it is now\n"
    "  omegate hook dry-run alerts alert.json --header 'X-GitHub-Event: push'\n"
    "  omegate hook replay 17                # have it happen again\n"
    "  omegate hook url alerts               # its unguessable address\n"
    "  omegate hook rotate alerts --grace 7d --expires 90d\n"
    "\n"
    "An address is as good as a token: keep it like one. `rotate` makes another one; the old one works as long as "
    "--grace says.\n"
    "A week before an address expires the log says so, and the admins are told.";

struct HookOptions {
  std::string what, file, type, grace, expires;
  std::vector<std::string> headers;
  int limit = default_list_rows;
};

std::int64_t number_of(const std::string& word) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), id);
  if (error != std::errc() || end != word.data() + word.size())
    throw UsageError("'" + word + "' is not the number of a request; `omegate hook log` shows them");
  return id;
}

std::int64_t period(const std::string& word) {
  const auto time = gateway::parse_period(word);
  if (!time) throw UsageError("'" + word + "' is not a period; write 12h, 7d or 90d");
  return time->count();
}

std::string read_file(const std::string& name, Outside& outside) {
  std::ifstream file;
  if (name != "-") file.open(name, std::ios::binary);
  std::istream& in = name == "-" ? outside.in : file;
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (name != "-" && !file) throw UsageError(name + ": cannot be read");
  if (text.size() > max_control_request / 2) throw UsageError(name + " is larger than what can be tried this way");
  return text;
}

/// What a sender would most likely have called it.
std::string type_of(const std::string& body) {
  const auto first = body.find_first_not_of(" \t\r\n");
  const bool is_json = first != body.npos && (body[first] == '{' || body[first] == '[');
  return is_json ? "application/json" : "text/plain";
}

json::object headers_of(const std::vector<std::string>& lines) {
  json::object headers;
  for (const std::string& line : lines) {
    const auto colon = line.find(':');
    if (colon == line.npos) throw UsageError("'" + line + "' is not a header; write it like 'X-GitHub-Event: push'");
    std::string name = line.substr(0, colon);
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto value = line.find_first_not_of(" \t", colon + 1);
    headers[name] = value == line.npos ? "" : line.substr(value);
  }
  return headers;
}

json::object dry_run_of(const HookOptions& options, Outside& outside) {
  if (options.file.empty()) return {{"id", number_of(options.what)}};
  const auto question = std::min(options.what.find('?'), options.what.size());
  std::string body = read_file(options.file, outside);
  json::object args{{"hook", options.what.substr(0, question)}, {"headers", headers_of(options.headers)}};
  if (question < options.what.size()) args["query"] = options.what.substr(question + 1);
  args["content_type"] = options.type.empty() ? type_of(body) : options.type;
  args["body"] = std::move(body);
  return args;
}

/// Line by line, without what could move the terminal's cursor.
void print_lines(Screen& screen, const std::string& whole) {
  for (std::string_view rest = whole; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    screen.line(gateway::one_line(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void print_hooks(Screen& screen, const json::object& answer) {
  Table table({"HOOK", "PLUGIN", "REQUESTS", "LAST", "ADDRESS"});
  for (const auto& hook : objects(answer, "hooks")) {
    table.add({{text(hook, "hook")},
               {text(hook, "plugin")},
               {shown(hook, "requests")},
               {has(hook, "last_ms") ? screen.ago(number(hook, "last_ms")) : std::string()},
               {has(hook, "expires_ms") ? "expires " + screen.ago(number(hook, "expires_ms")) : std::string()}});
  }
  table.print(screen);
}

void print_log(Screen& screen, const json::object& answer) {
  Table table({"REQUEST", "HOOK", "RESULT", "RECEIVED", "BYTES"});
  for (const auto& row : objects(answer, "rows")) {
    table.add({{shown(row, "id")},
               {text(row, "hook")},
               {text(row, "result")},
               {screen.ago(number(row, "received_ms"))},
               {shown(row, "size")}});
  }
  table.print(screen);
}

void print_request(Screen& screen, const json::object& row) {
  screen.line("request " + shown(row, "id") + ": " + shown(row, "result") + ", " + screen.time(number(row, "received_ms")));
  const std::string query = text(row, "query"), endpoint = text(row, "endpoint");
  screen.line(shown(row, "method") + " /hooks/" + shown(row, "hook") + (endpoint.empty() ? "" : "/" + endpoint) +
              (query.empty() ? "" : "?" + query));
  if (const auto* headers = row.if_contains("headers"); headers != nullptr && headers->is_object()) {
    for (const auto& [name, value] : headers->as_object())
      screen.line(std::string(name) + ": " + shown(headers->as_object(), std::string(name)));
  }
  screen.line();
  print_lines(screen, text(row, "body"));
}

/// Exit code 1: the plugin would not take it.
ExitCode print_dry_run(Screen& screen, const json::object& answer) {
  for (const auto& message : objects(answer, "messages")) {
    const bool changes = flag(message, "update");
    screen.line(screen.tint(Tone::good, "to " + shown(message, "to")) + " from " + shown(message, "account") +
                ", priority " + shown(message, "priority") +
                (changes ? ", in place of the message of the same name if there is one" : ""));
    print_lines(screen, text(message, "text"));
    screen.line();
  }
  if (has(answer, "error")) screen.line(screen.tint(Tone::bad, shown(answer, "outcome")) + ": " + shown(answer, "error"));
  if (text(answer, "outcome") != "done") return ExitCode::failed;
  if (objects(answer, "messages").empty()) screen.line("nothing would be sent");
  return ExitCode::ok;
}

void print_url(Screen& screen, const json::object& row) {
  screen.line(flag(row, "expired") ? "its address has expired: omegate hook rotate " + shown(row, "hook") : shown(row, "url"));
  if (has(row, "expires_ms") && !flag(row, "expired")) screen.line("  expires          " + screen.time(number(row, "expires_ms")));
  if (has(row, "previous_until_ms"))
    screen.line("  the one before   works until " + screen.time(number(row, "previous_until_ms")));
}

using Options = std::shared_ptr<HookOptions>;
using Arguments = json::object (*)(const HookOptions&, Outside&);
using Print = ExitCode (*)(Screen&, const json::object&);

template <void (*print)(Screen&, const json::object&)>
ExitCode printed(Screen& screen, const json::object& answer) {
  print(screen, answer);
  return ExitCode::ok;
}

Parser add_verb(Parser group, Invocation& invocation, const char* word, const char* help, const char* asked,
                Options options, Arguments arguments, Print print) {
  auto verb = group.add_subcommand(word, help);
  add_gateway_options(verb, invocation);
  const std::string name = asked;
  verb.callback([&invocation, options, name, arguments, print] {
    invocation.action = [&invocation, options, name, arguments, print] {
      const auto answer = invocation.ask(name, arguments(*options, invocation.outside));
      if (invocation.printed_as_json(answer)) return ExitCode::ok;
      return print(invocation.screen, answer);
    };
  });
  return verb;
}

json::object nothing(const HookOptions&, Outside&) { return {}; }

json::object log_arguments(const HookOptions& options, Outside&) {
  json::object args{{"limit", options.limit}};
  if (!options.what.empty()) args["hook"] = options.what;
  return args;
}

json::object id_argument(const HookOptions& options, Outside&) { return {{"id", number_of(options.what)}}; }
json::object hook_argument(const HookOptions& options, Outside&) { return {{"hook", options.what}}; }

json::object rotate_arguments(const HookOptions& options, Outside&) {
  json::object args{{"hook", options.what}, {"grace_ms", period(options.grace)}};
  if (!options.expires.empty()) args["expires_in_ms"] = period(options.expires);
  return args;
}

void print_replayed(Screen& screen, const json::object& row) {
  screen.line("request " + shown(row, "id") + " happens again: inbox row " + shown(row, "inbox"));
}

void add_looking(Parser group, Invocation& invocation) {
  add_verb(group, invocation, "list", "Which hooks there are", "hook.list", std::make_shared<HookOptions>(), &nothing,
           &printed<print_hooks>);
  auto logged = std::make_shared<HookOptions>();
  auto log = add_verb(group, invocation, "log", "What came, newest first", "hook.log", logged, &log_arguments,
                      &printed<print_log>);
  log.add_option("HOOK", logged->what, "Of this hook alone");
  log.add_option("--limit", logged->limit, "How many").range(1, 1000).capture_default_str();
  auto shown_one = std::make_shared<HookOptions>();
  add_verb(group, invocation, "show", "One request, as it came", "hook.show", shown_one, &id_argument,
           &printed<print_request>)
      .add_option("REQUEST", shown_one->what, "Its number")
      .required();
}

void add_trying(Parser group, Invocation& invocation) {
  auto again = std::make_shared<HookOptions>();
  add_verb(group, invocation, "replay", "Have a request happen again", "hook.replay", again, &id_argument,
           &printed<print_replayed>)
      .add_option("REQUEST", again->what, "Its number")
      .required();
  auto tried = std::make_shared<HookOptions>();
  auto dry = add_verb(group, invocation, "dry-run", "Show the message a request would give, and send nothing",
                      "hook.dry-run", tried, &dry_run_of, &print_dry_run);
  dry.add_option("REQUEST", tried->what,
                 "The number of a request; or a hook, perhaps with ?query, and a file")
      .required();
  dry.add_option("FILE", tried->file, "A body to try; `-`: from standard input");
  dry.add_option("--type", tried->type, "Its content type; default: JSON if it looks like it")
      .type_name("TYPE");
  dry.add_option("--header", tried->headers,
                 "A header that comes with it, as in \"X-Title: disk\"; may be repeated")
      .type_name("HEADER");
}

void add_addresses(Parser group, Invocation& invocation) {
  auto asked = std::make_shared<HookOptions>();
  add_verb(group, invocation, "url", "Show a hook's unguessable address", "hook.url", asked, &hook_argument,
           &printed<print_url>)
      .add_option("HOOK", asked->what, "Which")
      .required();
  auto turned = std::make_shared<HookOptions>();
  turned->grace = "7d";
  auto rotate = add_verb(group, invocation, "rotate", "Give a hook another address", "hook.rotate", turned,
                         &rotate_arguments, &printed<print_url>);
  rotate.add_option("HOOK", turned->what, "Which").required();
  rotate.add_option("--grace", turned->grace, "How long the old one works, too; 0s: no longer")
      .type_name("PERIOD")
      .capture_default_str();
  rotate.add_option("--expires", turned->expires, "When the new one ends; default: never")
      .type_name("PERIOD");
}

}  // namespace

void add_hook(Parser parser, Invocation& invocation) {
  auto group =
      parser.add_subcommand("hook", "See what came to the hooks, try it, have it again; their addresses");
  group.footer(about);
  group.require_one_subcommand();
  add_looking(group, invocation);
  add_trying(group, invocation);
  add_addresses(group, invocation);
}

}  // namespace omegate::app
