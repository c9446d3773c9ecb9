#include "bridge/core/plugin/reference/reference.hpp"

namespace omegate::plugin::reference {
namespace {

constexpr Entry server_entries[] = {
    {"P.fetch", "host: string, path?: string, opts?: FetchOptions", "Response response",
     "A request to a server that the operator named under `hosts`, and waits for its answer. Secrets are added by the gateway. A handler "
     "that is run again asks again: all but `GET`, `HEAD` and `OPTIONS` carry an `Idempotency-Key`, the same at each attempt.",
     R"lua(P.command("price <what:word>", "Asks the shop", function(cmd)
  local r = P.fetch("shop", "/prices", { query = { of = cmd.args.what } })
  if not r.ok then P.fail("The shop says %s.", r.error or r.status) end
  cmd:reply(("It costs %d."):format(r:json().price))
end))lua",
     R"lua(fetch shop GET /prices?of=tea -> 200 {"price": 4}
alice> price tea
< It costs 4.
fetch shop GET /prices?of=gold -> ! nobody listens
alice> price gold
< The shop says nobody listens.)lua",
     Use::loading},
    {"Response:json", "", "any value, string? reason", "The answer's body as a value; nil and the reason if it is no JSON.",
     R"lua(P.command("try", "Asks", function(cmd)
  local value, reason = P.fetch("shop", "/"):json()
  cmd:reply(value and value.name or "no JSON: " .. reason)
end))lua",
     "fetch shop GET / -> 200 {\"name\": \"Corner shop\"}\nalice> try\n< Corner shop", Use::loading},
    {"P.mail", "mail: Mail", "string message_id",
     "A mail from the operator's address. It leaves when the handler returns, and is tried for four days.",
     R"lua(P.mail { to = "juliet@example.org", subject = "Join us", text = ev.from .. " invites you." })lua",
     "mail:juliet@example.org< Join us\n| alice@example.org invites you."},
};

constexpr Entry program_entries[] = {
    {"P.run", "program: string, arguments?: table<string, string>", "",
     "One run of a program of the operator's list, after the handler has returned: only in the answer to a question, by a verified key, of "
     "somebody who has the program's role. `P.on(\"ran\")` hears how it ended.",
     R"lua(P.on_answer("reboot", function(ev)
  if not ev.yes then return end
  P.run("reboot-printer")
  ev:reply("It reboots.")
end)

P.command("reboot", "Reboots the printer", { min_trust = "verified", role = "admin" }, function(cmd)
  cmd:ask("Reboot the printer?", "reboot", nil, "2m", { min_trust = "verified" })
end))lua",
     "alice (verified)> reboot\n< Reboot the printer?\nrun reboot-printer -> 0\nalice (verified)> yes\n< It reboots.", Use::loading},
    {"P.programs", "", "Program[]", "Those that the operator lists for this plugin.", "P.programs[1].name --> \"reboot-printer\"", {}, Use::value},
};

constexpr Entry bridge_entries[] = {
    {"P.http", "address: string, opts: EndpointOptions, [handler: fun(ev: Event)]", "",
     "An address of its own outside of `/hooks`, for a protocol that says what the address is. Who has the secret is answered when the "
     "request is stored, always the same; the handler runs later. Without one there is the answer and nothing else.",
     R"lua(P.http("PUT /example/in/{delivery}", { auth = "bearer:token", once = "delivery" }, function(ev)
  P.send("alice@example.org", ev.params.delivery .. ": " .. ev.json.text)
end))lua",
     "PUT /example/in/7 {\"text\": \"a letter\"}\nalice< 7: a letter", Use::loading},
    {"P.ids", "name: string, opts?: { expires_in?: Period, most?: integer }", "Ids ids",
     "Which name here is which name there, both ways, over restarts. Names are texts of up to 400 bytes; of more than `most` pairs (3000) the "
     "oldest are forgotten.",
     R"lua(local letters = P.ids("letters", { expires_in = "7d" })

P.command("try", "Puts and finds", function(cmd)
  letters:put(cmd.message_id, "letter-1")
  cmd:reply(letters:there(cmd.message_id))
end))lua",
     "alice> try\n< letter-1", Use::loading},
    {"Ids:put", "here: string, there: string", "boolean kept", "They belong together; false if one is no name.",
     R"lua(local ids = P.ids "pairs"

P.command("try", "Puts", function(cmd)
  cmd:reply(tostring(ids:put("a", "1")) .. " " .. tostring(ids:put("", "1")))
end))lua",
     "alice> try\n< true false", Use::loading},
    {"Ids:there", "here: string", "string? there", "What it is there.",
     R"lua(local ids = P.ids "pairs"

P.command("try", "Finds", function(cmd)
  ids:put("a", "1")
  cmd:reply(ids:there("a"))
end))lua",
     "alice> try\n< 1", Use::loading},
    {"Ids:here", "there: string", "string? here", "What it is here.",
     R"lua(local ids = P.ids "pairs"

P.command("try", "Finds", function(cmd)
  ids:put("a", "1")
  cmd:reply(ids:here("1"))
end))lua",
     "alice> try\n< a", Use::loading},
    {"Ids:forget", "here: string", "", "Forgets the pair.",
     R"lua(local ids = P.ids "pairs"

P.command("try", "Forgets", function(cmd)
  ids:put("a", "1")
  ids:forget("a")
  cmd:reply(tostring(ids:here("1")))
end))lua",
     "alice> try\n< nil", Use::loading},
};

constexpr Entry other_entries[] = {
    {"P.publish", "topic: string, data?: any", "",
     "Tells the plugins that subscribe to the topic, when the handler returns, in the order of publication. It is theirs from then on, "
     "over restarts. Whatever JSON holds, up to 64 KiB. One's own publications one does not hear; what answers what ends after 8 times.",
     R"lua(P.publish("orders", { id = 7, what = "tea" }))lua", "topic:orders< {\"id\": 7, \"what\": \"tea\"}"},
    {"P.subscribe", "topic: string, handler: fun(ev: Event)", "",
     "Hears what other plugins publish: `ev.topic`, `ev.data`, `ev.publisher` (the plugin's name). Nobody wrote it, so there is nobody to "
     "reply to.",
     R"lua(P.subscribe("stock", function(ev)
  if ev.data.left == 0 then P.send("alice@example.org", ev.data.what .. " has run out.") end
end))lua",
     "topic:stock> {\"what\": \"Tea\", \"left\": 3}\ntopic:stock> {\"what\": \"Tea\", \"left\": 0}\nalice< Tea has run out.", Use::loading},
};

}  // namespace

const std::span<const Entry> servers = server_entries;
const std::span<const Entry> programs = program_entries;
const std::span<const Entry> bridging = bridge_entries;
const std::span<const Entry> others = other_entries;

}  // namespace omegate::plugin::reference
