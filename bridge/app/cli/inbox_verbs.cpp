#include "bridge/app/cli/row_verbs.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

constexpr const char* examples =
    "Examples:\n"
    "  omegate inbox list --state parked     # what a plugin could not handle\n"
    "  omegate inbox show 4\n"
    "  omegate inbox replay 4                # after the plugin was mended\n"
    "  omegate inbox drop 4";

void print_list(Screen& screen, const std::vector<json::object>& rows) {
  Table table({"ROW", "STATE", "KIND", "FROM", "ACCOUNT", "PLUGIN", "RECEIVED", "TRIES", "ERROR"});
  for (const auto& row : rows)
    table.add({{shown(row, "id")},
               {text(row, "state"), tone_of(text(row, "state"))},
               {text(row, "kind")},
               {text(row, "from")},
               {text(row, "account")},
               {text(row, "plugin")},
               {screen.ago(number(row, "received_ms"))},
               {shown(row, "attempts")},
               {text(row, "error")}});
  table.print(screen);
}

void print_row(Screen& screen, const json::object& row) {
  const auto state = shown(row, "state");
  screen.line("row " + shown(row, "id") + ": " + screen.tint(tone_of(state), state) + ", " +
              shown(row, "kind") + (has(row, "from") ? " from " + shown(row, "from") : "") + ", account " +
              shown(row, "account"));
  screen.line("  plugin    " + shown(row, "plugin") + "; tries: " + shown(row, "attempts"));
  if (has(row, "error")) screen.line("  error     " + shown(row, "error"));
  screen.line("  received  " + screen.time(number(row, "received_ms")) +
              (flag(row, "encrypted") ? ", encrypted, key " + shown(row, "level") : ", not encrypted"));
  if (has(row, "due_ms")) screen.line("  due       " + screen.time(number(row, "due_ms")));
  if (has(row, "text")) screen.line("  text      " + shown(row, "text"));
}

}  // namespace

void add_inbox(Parser parser, Invocation& invocation) {
  add_row_verbs(parser, invocation,
                {"inbox",
                 "See what came in and no plugin has finished",
                 "from",
                 "replay",
                 "Give it to its plugin again",
                 {"waiting", "parked"},
                 examples,
                 &print_list,
                 &print_row});
}

}  // namespace omegate::app
