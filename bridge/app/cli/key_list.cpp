#include "bridge/app/cli/key_list.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

std::string devices(const json::object& key) {
  std::string list;
  for (const auto& device : objects(key, "devices"))
    list += (list.empty() ? "" : ", ") + shown(device, "id") + (flag(device, "active") ? "" : " (gone)");
  return list.empty() ? "no device" : "device " + list;
}

void print_key(Screen& screen, const json::object& key) {
  constexpr std::size_t level_width = 11;
  const auto level = shown(key, "level");
  const std::string indent(level_width + 2, ' ');
  const std::string padding(level.size() < level_width ? level_width - level.size() : 1, ' ');
  screen.line("  " + screen.tint(tone_of(level), level) + padding + in_groups(text(key, "fingerprint")));
  std::string about = devices(key) + (flag(key, "own") ? ", another device of our own account" : "") +
                      "; first seen " + screen.time(number(key, "first_seen_ms"));
  if (has(key, "last_seen_ms")) about += "; last " + screen.ago(number(key, "last_seen_ms"));
  screen.line(indent + screen.tint(Tone::faint, about));
  if (!text(key, "by").empty()) {
    const auto why = text(key, "why").empty() ? "" : ": " + shown(key, "why");
    screen.line(indent + screen.tint(Tone::faint, "by " + shown(key, "by") + ", " +
                                                      screen.time(number(key, "decided_ms")) + why));
  }
  if (flag(key, "aside")) {
    screen.line(indent + "not encrypted to: its device was set aside as dead, until it writes");
  } else if (text(key, "decision") != "allow") {
    screen.line(indent + "not encrypted to: " + shown(key, "decision"));
  }
}

}  // namespace

void print_keys(Screen& screen, const std::vector<json::object>& keys) {
  std::string last;
  for (const auto& key : keys) {
    const auto whose = shown(key, "jid") + " (account " + shown(key, "account") + ")";
    if (whose != last) screen.line(screen.tint(Tone::heading, whose));
    last = whose;
    print_key(screen, key);
  }
}

void print_contact(Screen& screen, const json::object& contact) {
  screen.line(screen.tint(Tone::heading, shown(contact, "jid")) + " (account " + shown(contact, "account") +
              ")");
  screen.line("  policy " + shown(contact, "policy") + ", message rule " + shown(contact, "message_rule") +
              " (set for the " + shown(contact, "from") + ")");
  if (!flag(contact, "heard"))
    screen.line("  " + screen.tint(Tone::warning, "not heard") + ": not an admin and not on the allow-list");
  if (const auto held = number(contact, "held"); held > 0)
    screen.line("  " + screen.tint(Tone::warning, std::to_string(held) + " held message(s)") +
                ": `omegate outbox list --to " + shown(contact, "jid") + " --state held` says why");
  const auto keys = objects(contact, "keys");
  if (keys.empty()) screen.line("  no keys seen yet");
  for (const auto& key : keys) print_key(screen, key);
}

void print_facts(Screen& screen, const json::object& page) {
  Table table({"ROW", "WHEN", "ACCOUNT", "JID", "FACT", "KEY", "BY", "WHY"});
  for (const auto& fact : objects(page, "rows")) {
    const auto key = text(fact, "fingerprint");
    table.add({{shown(fact, "row"), Tone::faint},
               {screen.time(number(fact, "at_ms"))},
               {text(fact, "account")},
               {text(fact, "jid")},
               {text(fact, "fact") + (text(fact, "value").empty() ? "" : " " + text(fact, "value")),
                tone_of(text(fact, "fact"))},
               {key.substr(0, 17).empty() ? "" : in_groups(key.substr(0, 16)) + " …"},
               {text(fact, "by")},
               {text(fact, "why")}});
  }
  table.print(screen);
  const auto rows = objects(page, "rows");
  if (flag(page, "more") && !rows.empty()) screen.line("older ones: --before " + shown(rows.back(), "row"));
}

void print_explained(Screen& screen, const json::object& explained) {
  const auto decision = shown(explained, "decision");
  screen.line(screen.tint(Tone::heading, shown(explained, "jid")) + " (account " + shown(explained, "account") + ")  " +
              in_groups(text(explained, "fingerprint")));
  screen.line(screen.tint(tone_of(decision), decision == "allow"    ? "encrypted to"
                                             : decision == "refuse" ? "never encrypted to"
                                                                    : "not encrypted to") +
              ": " + shown(explained, "rule"));
  for (const auto& step : objects(explained, "steps")) {
    const auto why = text(step, "why").empty() ? "" : " \"" + shown(step, "why") + "\"";
    screen.line("  " + screen.tint(Tone::faint, "row " + shown(step, "row") + ", " + screen.time(number(step, "at_ms"))) +
                "  " + screen.tint(tone_of(text(step, "decision")), shown(step, "decision")) + ": " +
                shown(step, "because") + why);
  }
}

void print_ledger(Screen& screen, const json::object& ledger) {
  if (flag(ledger, "ok")) {
    screen.line(screen.tint(Tone::good, "the ledger is whole") + ": " + shown(ledger, "rows") +
                " rows, every hash and signature right");
  } else if (const json::value* bad = ledger.if_contains("first_bad"); bad != nullptr && bad->is_object()) {
    screen.line(screen.tint(Tone::bad, "the ledger was altered") + ": row " +
                shown(bad->get_object(), "row") + ": " + shown(bad->get_object(), "what"));
  } else if (!has(ledger, "checkpoint")) {
    screen.line(screen.tint(Tone::bad, "the ledger does not verify"));
  }
  const auto kept = text(ledger, "checkpoint");
  if (kept == "kept") screen.line("the checkpoint is in it");
  if (kept == "other")
    screen.line(screen.tint(Tone::bad, "the checkpoint is not in it") +
                ": another row stands there; this ledger was made anew, or is another one");
  if (kept == "missing")
    screen.line(screen.tint(Tone::bad, "the checkpoint is not in it") + ": the ledger ends before it; an old copy?");
  if (number(ledger, "forgotten") > 0)
    screen.line("  " + shown(ledger, "forgotten") + " row(s) are about contacts that were forgotten");
  screen.line("  head       " + shown(ledger, "head"));
  if (has(ledger, "first_signed_by") && text(ledger, "first_signed_by") != text(ledger, "signed_by"))
    screen.line("  first by   " + shown(ledger, "first_signed_by"));
  screen.line("  signed by  " + shown(ledger, "signed_by"));
}

}  // namespace omegate::app
