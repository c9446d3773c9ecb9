#include "bridge/app/cli/row_verbs.hpp"

#include <ostream>

namespace omegate::app {
namespace {

namespace json = boost::json;
using Options = std::shared_ptr<RowOptions>;

std::string name_of(const RowVerbs& verbs, const std::string& verb) {
  return std::string(verbs.table) + "." + verb;
}

ExitCode list(Invocation& invocation, const RowVerbs& verbs, const RowOptions& options) {
  json::object args{{"limit", options.limit}};
  if (!options.account.empty()) args["account"] = options.account;
  if (!options.whom.empty()) args[verbs.whom] = options.whom;
  if (!options.state.empty()) args["state"] = options.state;
  const auto answer = invocation.ask(name_of(verbs, "list"), std::move(args));
  if (invocation.printed_as_json(answer)) return ExitCode::ok;
  const auto rows = objects(answer, "rows");
  if (rows.empty()) invocation.screen.line("nothing there");
  if (!rows.empty()) verbs.print_list(invocation.screen, rows);
  if (flag(answer, "more")) invocation.screen.line("there are more: --limit N");
  return ExitCode::ok;
}

ExitCode with_row(Invocation& invocation, const RowVerbs& verbs, const RowOptions& options,
                  const std::string& verb) {
  const auto answer = invocation.ask(name_of(verbs, verb), {{"id", options.id}});
  if (invocation.printed_as_json(answer)) return ExitCode::ok;
  if (verb == "drop") {
    invocation.screen.line("dropped: row " + shown(answer, "id"));
  } else {
    verbs.print_row(invocation.screen, answer);
  }
  return ExitCode::ok;
}

void add_row_verb(Parser group, Invocation& invocation, const RowVerbs& verbs, const Options& options,
                  std::pair<const char*, const char*> name_and_about) {
  const std::string name = name_and_about.first;
  auto verb = group.add_subcommand(name, name_and_about.second);
  verb.add_option("ROW", options->id, "The row's number, as `list` shows it").required();
  add_gateway_options(verb, invocation);
  verb.callback([&invocation, verbs, options, name] {
    invocation.action = [&invocation, verbs, options, name] {
      return with_row(invocation, verbs, *options, name);
    };
  });
}

void add_list(Parser group, Invocation& invocation, const RowVerbs& verbs, const Options& options) {
  auto verb = group.add_subcommand("list", "All rows");
  verb.add_option("--account", options->account, "Only of this account").type_name("NAME");
  if (verbs.whom != nullptr)
    verb.add_option(std::string("--") + verbs.whom, options->whom, "Only with this contact").type_name("JID");
  if (!verbs.states.empty())
    verb.add_option("--state", options->state, "Only in this state").one_of(verbs.states).type_name("STATE");
  verb.add_option("--limit", options->limit, "How many rows").range(1, max_list_rows).capture_default_str();
  add_gateway_options(verb, invocation);
  verb.callback([&invocation, verbs, options] {
    invocation.action = [&invocation, verbs, options] { return list(invocation, verbs, *options); };
  });
}

}  // namespace

void add_row_verbs(Parser parser, Invocation& invocation, const RowVerbs& verbs) {
  auto group = parser.add_subcommand(verbs.table, verbs.about);
  group.require_one_subcommand();
  group.footer(verbs.examples);
  auto options = std::make_shared<RowOptions>();
  add_list(group, invocation, verbs, options);
  add_row_verb(group, invocation, verbs, options, {"show", "One row with its text"});
  add_row_verb(group, invocation, verbs, options, {verbs.again, verbs.again_about});
  add_row_verb(group, invocation, verbs, options, {"drop", "Remove the row for good"});
}

}  // namespace omegate::app
