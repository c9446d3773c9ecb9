#include "bridge/app/cli/row_verbs.hpp"
#include "bridge/gateway/log/one_line.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

constexpr const char* examples =
    "A mail stays here until the server of mail.submission has taken it, or four days are over. Whoever wrote it is told what "
    "became of it.\n"
    "\n"
    "Examples:\n"
    "  omegate mail list\n"
    "  omegate mail show 17\n"
    "  omegate mail retry 17            # now, and not at the time that the list shows\n"
    "  omegate mail drop 17";

std::string recipients(const json::object& row, std::string_view member) {
  std::string all;
  const auto* found = row.if_contains(member);
  if (!found || !found->is_array()) return all;
  for (const json::value& each : found->get_array()) {
    if (!each.is_string()) continue;
    all += (all.empty() ? "" : ", ") + gateway::one_line(std::string(each.get_string()));
  }
  return all;
}

std::string next_try(Screen& screen, const json::object& row) {
  return flag(row, "sending") ? "now" : screen.ago(number(row, "due_ms"));
}

void print_list(Screen& screen, const std::vector<json::object>& rows) {
  Table table({"ROW", "TO", "SUBJECT", "PLUGIN", "CREATED", "TRIES", "NEXT", "REASON"});
  for (const auto& row : rows)
    table.add({{shown(row, "id")},
               {recipients(row, "to")},
               {text(row, "subject")},
               {text(row, "plugin")},
               {screen.ago(number(row, "created_ms"))},
               {shown(row, "attempts")},
               {next_try(screen, row)},
               {text(row, "reason")}});
  table.print(screen);
}

void print_row(Screen& screen, const json::object& row) {
  screen.line("mail " + shown(row, "id") + " of the plugin " + shown(row, "plugin") + ": " + shown(row, "subject"));
  screen.line("  to       " + recipients(row, "to"));
  if (const auto taken = recipients(row, "accepted"); !taken.empty()) screen.line("  taken    for " + taken);
  if (has(row, "reason")) screen.line("  reason   " + shown(row, "reason"));
  screen.line("  created  " + screen.time(number(row, "created_ms")) + "; tries: " + shown(row, "attempts"));
  screen.line("  next     " + next_try(screen, row) + "; given up " + screen.ago(number(row, "expires_ms")));
  screen.line("  message  " + shown(row, "message_id"));
  if (number(row, "files") > 0) screen.line("  files    " + shown(row, "files"));
  if (has(row, "text")) screen.line("  text     " + shown(row, "text"));
}

}  // namespace

void add_mail(Parser parser, Invocation& invocation) {
  add_row_verbs(parser, invocation,
                {"mail", "See what mails wait to be sent, and why", nullptr, "retry", "Try it now", {}, examples, &print_list, &print_row});
}

}  // namespace omegate::app
