#include "bridge/core/plugin/reference/reference.hpp"

namespace omegate::plugin::reference {
namespace {

constexpr Entry entries[] = {
    {"P.command", "usage: string, help: string, [opts: CommandOptions], handler: fun(cmd: Event)", "",
     "The first word of a message, with or without `!` or `/`, in any case. The usage names the arguments, perhaps with a type "
     "(`boolean`, `integer`, `jid`, `number`, `period`, `word`, `text`, or `red|green`); the last one takes the rest of the text, and those "
     "that may be left out come last. Nothing else stands in it.",
     R"lua(P.command("pay <who:jid> <sum:integer> [<what>]", "Notes a debt", { min_trust = "tofu", aliases = { "owe" } }, function(cmd)
  cmd:reply(("%s gets %d for %s."):format(cmd.args.who, cmd.args.sum, cmd.args.what or "nothing"))
end))lua",
     R"lua(alice> pay bob@example.org 5 two beers
< bob@example.org gets 5 for two beers.
alice> owe bob@example.org much
< sum: expected a whole number, found 'much'
| Usage: pay <who> <sum> [<what>])lua",
     Use::loading},
    {"P.hear", "pattern: string | Expression, [opts: HearOptions], handler: fun(ev: Event, ...: string?): boolean?", "",
     "A message that is no command and contains this: a Lua pattern, or better what `P.re` returned. The handler gets the groups, or "
     "the whole match; with `P.re` all of them in `ev.match` as well. The first that fits takes the message, unless its handler "
     "returns `false`. Needs `grants: {messages: true}`.",
     R"lua(P.hear(P.re("\\b(?P<project>[A-Z]{2,10})-(\\d+)\\b"), function(ev, project, number)
  ev:reply(("Ticket %d of %s."):format(number, ev.match.project))
end))lua",
     "alice> look at OPS-17, please\n< Ticket 17 of OPS.", Use::loading},
    {"P.on", "kind: string, [opts: HearOptions], handler: fun(ev: Event)", "",
     "Every event of a kind: `message` (that is no command), `edit`, `retract`, `reaction`, `marker`, `typing`, `key`, `mail`, "
     "`mail_sent`, `mail_failed`, `ran`.",
     R"lua(P.on("message", { min_trust = "tofu" }, function(ev)
  ev:reply("You said: " .. ev.text)
end)

P.on("reaction", { emoji = "👍" }, function(ev)
  ev:reply("Thank you.")
end))lua",
     "alice> good morning\n< You said: good morning\nalice> (reaction to own) 👍\n< Thank you.", Use::loading},
    {"P.on_answer", "name: string, handler: fun(ev: Event)", "",
     "What comes of a question of `ev:ask`: `ev.text`, `ev.state`, `ev.yes` or `ev.no`; or `ev.timeout`, or `ev.lost`.",
     R"lua(P.on_answer("size", function(ev)
  if ev.timeout then return ev:reply("No shirt then.") end
  ev:reply(("A %s shirt in %s."):format(ev.state, ev.text))
end)

P.command("shirt <colour:word>", "Orders one", function(cmd)
  cmd:ask("Which size?", "size", cmd.args.colour, "10m")
end))lua",
     R"lua(alice> shirt red
< Which size?
alice> XL
< A red shirt in XL.
alice> shirt blue
< Which size?
+ 10m
< No shirt then.)lua",
     Use::loading},
    {"P.on_timer", "name: string, handler: fun(ev: Event)", "", "A timer of `P.after` or `P.at` goes off; `ev.state` is what it was given.",
     R"lua(P.on_timer("tea", function(ev)
  ev:reply("The " .. ev.state .. " is ready.")
end)

P.command("brew <what>", "Tells you when it is ready", function(cmd)
  P.after("3m", "tea", cmd.args.what)
end))lua",
     "alice> brew green tea\n+ 3m\n< The green tea is ready.", Use::loading},
    {"P.every", "period: Period, [opts: table], handler: fun(ev: Event)", "",
     "Again and again. If its time was missed it runs once, late. Two of one period need a `{name = …}` each.",
     R"lua(P.every("6h", function(ev)
  P.send("alice@example.org", "It is " .. P.time.format(ev.due_ms, "%H:%M") .. ".")
end))lua",
     "+ 6h\nalice< It is *.", Use::loading},
    {"P.cron", "line: string, [opts: table], handler: fun(ev: Event)", "",
     "As in crontab(5): minute, hour, day, month, weekday. `{zone = …}` names a time zone, else it is UTC.",
     R"lua(P.cron("0 9 * * 1-5", { zone = "Europe/Berlin" }, function()
  P.send("alice@example.org", "Good morning.")
end))lua",
     "+ 24h\nalice< Good morning.", Use::loading},
    {"P.hook", "path: string, opts: HookOptions, handler: fun(ev: Event)", "",
     "A request to `/hooks` and this path, from somebody who has the secret. The sender has its answer before the handler runs. Needs "
     "`grants: {hooks: true}`.",
     R"lua(P.hook("/deploys", { auth = "bearer:token" }, function(ev)
  P.send("alice@example.org", ev.json.service .. " was deployed.")
end))lua",
     "POST /deploys {\"service\": \"web\"}\nalice< web was deployed.", Use::loading},
    {"P.help", "", "string lines", "This plugin's commands, one per line; not their aliases.",
     R"lua(P.command("ping", "Answers", function(cmd) cmd:reply("pong") end)
P.command("help", "Shows this", function(cmd) cmd:reply(P.help()) end))lua",
     "alice> help\n< ping – Answers\n| help – Shows this", Use::loading},
};

}  // namespace

const std::span<const Entry> registering = entries;

}  // namespace omegate::plugin::reference
