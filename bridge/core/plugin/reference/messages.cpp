#include "bridge/core/plugin/reference/reference.hpp"

namespace omegate::plugin::reference {
namespace {

constexpr Entry entries[] = {
    {"Event:reply", "text: string, opts?: SendOptions", "string handle", "A message to whoever caused the event.",
     R"lua(ev:reply("Hello " .. ev.from))lua", "< Hello alice@example.org"},
    {"Event:ask", "text: string, name: string, state?: any, timeout?: Period, opts?: HearOptions", "",
     "Asks whoever caused the event. Their next message is for `P.on_answer` of that name, over restarts, for an hour if nothing else "
     "is said.",
     R"lua(P.on_answer("really", function(ev)
  ev:reply(ev.yes and "Done." or "As you like.")
end)

P.command("reset", "Begins anew", { min_trust = "verified" }, function(cmd)
  cmd:ask("Really?", "really")
end))lua",
     "alice (verified)> reset\n< Really?\nalice (verified)> yes\n< Done.", Use::loading},
    {"P.ask", "to: string, text: string, name: string, state?: any, timeout?: Period, opts?: { min_trust?: Trust, account?: string }", "",
     "Asks somebody who need not have said anything: from a schedule, a hook, another's message. Else it is as `ev:ask`. Who has not answered "
     "another question of this plugin yet loses that one.",
     R"lua(P.on_answer("plans", function(ev)
  if ev.timeout then return end
  P.send("team@example.org", ev.from .. " will do: " .. ev.text)
end)

P.cron("0 9 * * 1-5", { zone = "Europe/Berlin" }, function()
  P.ask("alice@example.org", "What will you do today?", "plans", nil, "3h")
end))lua",
     "+ 21h\nalice< What will you do today?\nalice> tests\nteam< alice@example.org will do: tests", Use::loading},
    {"P.send", "to: string, text: string, opts?: SendOptions", "string handle",
     "An encrypted message to a bare JID. There is no other kind. The handle is a text, good for 30 days and worth keeping.",
     R"lua(P.send("bob@example.org", "The disk is full.", { priority = "high", name = "disk" }))lua", "bob< The disk is full."},
    {"P.reply", "ev: Event, text: string, opts?: SendOptions", "string handle",
     "As `ev:reply`, as an answer to that message, which clients show with it.", R"lua(P.reply(ev, "I am on it."))lua", "< I am on it."},
    {"P.edit", "message: Target, text: string", "",
     "Gives a message of this plugin a new text. What has not gone out yet goes out with it.",
     R"lua(P.command("begin", "Begins", function(cmd)
  P.send(cmd.from, "working", { name = "work" })
end)

P.command("finish", "Ends", function(cmd)
  P.edit({ to = cmd.from, name = "work" }, "done")
end))lua",
     "alice> begin\n< working\nalice> finish\n< (edit) done", Use::loading},
    {"P.retract", "message: Target", "", "Takes a message of this plugin back, as far as clients do so.",
     R"lua(P.command("begin", "Begins", function(cmd)
  P.send(cmd.from, "working", { name = "work" })
end)

P.command("forget", "Takes it back", function(cmd)
  P.retract { to = cmd.from, name = "work" }
end))lua",
     "alice> begin\n< working\nalice> forget\n< (retract)", Use::loading},
    {"P.react", "message: Target, ...: string", "", "All that the bot thinks of a message; without an emoji it takes that back.",
     R"lua(P.react(ev, "👀", "👍"))lua", "< (reaction) 👀 👍"},
    {"P.typing", "to: string, on: boolean, opts?: { account?: string }", "",
     "Shows that the bot is writing to somebody, or is not any more. Of now or not at all: it leaves where the account is online, is kept "
     "nowhere, and of many only the newest counts.",
     R"lua(P.typing(ev.from, true))lua", "< (typing) composing"},
    {"P.displayed", "message: Target", "",
     "Tells the writer of a message that it was read, and what came before it. Kept nowhere: where the account is not online, the next "
     "one says it, too.",
     R"lua(P.displayed(ev))lua", "< (displayed)"},
    {"P.moderate", "message: Target, reason?: string", "",
     "Has a message taken out of its room, whoever wrote it. The bot is a moderator there, and the room's service does that (XEP-0425): it is "
     "asked until it answers, for a day, and a refusal goes to the log (`room.not_moderated`). What the room then says comes as a `retract` "
     "with `moderated`. The reason is not encrypted: the server and all in the room read it, so nothing that was said belongs there.",
     R"lua(if ev.room then P.moderate(ev, "advertising") end)lua"},
    {"P.fail", "format: string, ...: any", "",
     "Ends the handler: nothing of it happens, the text goes to whoever caused the event (of a hook, schedule or topic to the log), and "
     "nothing is tried again.",
     R"lua(ev:reply("never said")
P.fail("There are %d left.", 0))lua",
     "< There are 0 left."},
    {"P.retry", "pause: Period, why?: string", "",
     "Not now: ends the handler, nothing of it happens, and the event comes again after that time or later, for a week. What is behind it in "
     "its conversation waits.",
     R"lua(P.command("print <what>", "Prints it", function(cmd)
  local r = P.fetch("shop", "/print", { json = { what = cmd.args.what }, retries = 0 })
  if r.status == 0 then P.retry("1m", r.error) end
  cmd:reply("It is printed.")
end))lua",
     "fetch shop POST /print -> ! it is off\nalice> print a letter\nfetch shop POST /print -> 200\n+ 1m\n< It is printed.", Use::loading},
    {"P.file_text", "file: File | string", "string? text, string? reason",
     "What is in a file of up to 256 KiB, if it is text in UTF-8; else nil and the reason.",
     R"lua(for _, file in ipairs(ev.files or {}) do
  local text, reason = P.file_text(file)
  ev:reply(text or reason)
end)lua"},
    {"P.avatar", "jid: string, opts?: { account?: string, room?: string, known?: string }", "Avatar? avatar, string? reason",
     "The picture that somebody shows of themselves, whom the account hears or who is in the `room`. Nil: none is shown; nil and a reason: "
     "it cannot be told now, perhaps with a later message. The file is not there if the picture is the one of the id `known`.",
     R"lua(local avatar = P.avatar(ev.from, { room = ev.room })
if avatar then ev:reply("You look like this.", { files = { avatar.file } }) end
P.avatar("bob@example.org") --> nil)lua"},
};

}  // namespace

const std::span<const Entry> messages = entries;

}  // namespace omegate::plugin::reference
