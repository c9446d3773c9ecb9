#include "bridge/app/cli/row_verbs.hpp"
#include "bridge/gateway/log/one_line.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

constexpr const char* examples =
    "Examples:\n"
    "  omegate outbox list --state held\n"
    "  omegate outbox show 17           # who gets it, who does not, and why\n"
    "  omegate outbox retry 17\n"
    "  omegate outbox drop 17";

/// What it waits for, else how it ended.
std::string reason_of(const json::object& row) {
  const auto* waits = row.if_contains("waits");
  const std::string why = waits && waits->is_object() ? text(waits->get_object(), "why") : std::string();
  return why.empty() ? text(row, "reason") : why;
}

void print_waits(Screen& screen, const json::object& row) {
  const auto* found = row.if_contains("waits");
  if (!found || !found->is_object()) return;
  const json::object& waits = found->get_object();
  screen.line("  waits    for " + shown(waits, "for") + ": " + shown(waits, "why"));
  std::string when = "           since " + screen.time(number(waits, "since_ms"));
  if (has(waits, "next_ms")) when += "; next " + screen.ago(number(waits, "next_ms"));
  screen.line(when);
}

void print_list(Screen& screen, const std::vector<json::object>& rows) {
  Table table({"ROW", "STATE", "TO", "ACCOUNT", "FROM", "CREATED", "TRIES", "REASON"});
  for (const auto& row : rows)
    table.add({{shown(row, "id")},
               {text(row, "state"), tone_of(text(row, "state"))},
               {text(row, "to")},
               {text(row, "account")},
               {text(row, "origin")},
               {screen.ago(number(row, "created_ms"))},
               {shown(row, "attempts")},
               {reason_of(row)}});
  table.print(screen);
}

void print_devices(Screen& screen, const std::vector<json::object>& devices) {
  if (devices.empty()) return;
  Table table({"", "DEVICE", "OF", "OMEMO", "KEY", "WHY"});
  for (const auto& device : devices) {
    const bool included = flag(device, "included");
    table.add({{included ? "encrypted to" : "left out", included ? Tone::good : Tone::warning},
               {shown(device, "device")},
               {text(device, "jid")},
               {text(device, "version")},
               {in_groups(text(device, "fingerprint"))},
               {text(device, "reason")}});
  }
  screen.line();
  table.print(screen);
}

void print_row(Screen& screen, const json::object& row) {
  const auto state = shown(row, "state");
  screen.line("row " + shown(row, "id") + ": " + screen.tint(tone_of(state), state) + ", to " +
              shown(row, "to") + " from account " + shown(row, "account") + " (" + shown(row, "origin") +
              ")");
  if (number(row, "sealed_again") > 0)
    screen.line("  " + screen.tint(Tone::warning, "possibly twice") +
                ": the connection was lost while it was sent");
  if (has(row, "waits")) {
    print_waits(screen, row);
  } else if (has(row, "reason")) {
    screen.line("  reason   " + shown(row, "reason"));
  }
  if (has(row, "hint")) screen.line("  to do    " + shown(row, "hint"));
  screen.line("  created  " + screen.time(number(row, "created_ms")) + "; tries: " + shown(row, "attempts"));
  if (has(row, "due_ms")) screen.line("  due      " + screen.time(number(row, "due_ms")));
  screen.line("  message  " + shown(row, "message_id"));
  if (has(row, "text")) screen.line("  text     " + shown(row, "text"));
  print_devices(screen, objects(row, "devices"));
}

}  // namespace

void add_outbox(Parser parser, Invocation& invocation) {
  add_row_verbs(
      parser, invocation,
      {"outbox",
       "See what waits to be sent, and why",
       "to",
       "retry",
       "Try it now",
       {"accepted", "written", "sent", "delivered", "held", "parked", "refused", "bounced", "expired"},
       examples,
       &print_list,
       &print_row});
}

}  // namespace omegate::app
