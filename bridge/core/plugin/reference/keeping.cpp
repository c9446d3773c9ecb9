#include "bridge/core/plugin/reference/reference.hpp"

namespace omegate::plugin::reference {
namespace {

constexpr Entry entries[] = {
    {"P.kv", "name: string", "Space space",
     "A space of keys and values, over restarts, sealed on the disk. Keys are texts of up to 512 bytes, values whatever JSON holds, up to "
     "64 KiB. All of it is part of the handler's transaction.",
     R"lua(local karma = P.kv "karma"

P.command("thank <who:word>", "Gives somebody a point", function(cmd)
  cmd:reply(("%s has %d now."):format(cmd.args.who, karma:add(cmd.args.who)))
end))lua",
     "alice> thank bob\n< bob has 1 now.\nalice> thank bob\n< bob has 2 now.", Use::loading},
    {"Space:get", "key: string, otherwise?: any", "any value", "The value, or what was said instead, or nil.",
     R"lua(local colours = P.kv "colours"

P.command("colour", "Shows yours", function(cmd)
  cmd:reply(colours:get(cmd.from, "none"))
end))lua",
     "alice> colour\n< none", Use::loading},
    {"Space:put", "key: string, value: any, opts?: { expires_in: Period }", "any value", "Keeps it, for a while or for good.",
     R"lua(local colours = P.kv "colours"

P.command("like <colour>", "Notes it for a week", function(cmd)
  colours:put(cmd.from, { colour = cmd.args.colour }, { expires_in = "7d" })
  cmd:reply("You like " .. colours:get(cmd.from).colour .. ".")
end))lua",
     "alice> like blue\n< You like blue.", Use::loading},
    {"Space:delete", "key: string", "", "Forgets it.",
     R"lua(local notes = P.kv "notes"

P.command("try", "Puts and forgets", function(cmd)
  notes:put("a", 1)
  notes:delete("a")
  cmd:reply(tostring(notes:get("a")))
end))lua",
     "alice> try\n< nil", Use::loading},
    {"Space:add", "key: string, amount?: number, opts?: { expires_in: Period }", "number value", "Adds to a number, which begins with 0.",
     R"lua(local visits = P.kv "visits"

P.command("try", "Counts", function(cmd)
  visits:add(cmd.from)
  cmd:reply(visits:add(cmd.from, 10))
end))lua",
     "alice> try\n< 11", Use::loading},
    {"Space:expire", "key: string, after: Period", "boolean was_there", "It ends then; false if it is not there.",
     R"lua(local notes = P.kv "notes"

P.command("try", "Lets it end", function(cmd)
  notes:put("a", "soon gone")
  cmd:reply(tostring(notes:expire("a", "1h")) .. " " .. tostring(notes:expire("b", "1h")))
end))lua",
     "alice> try\n< true false", Use::loading},
    {"Space:keys", "opts?: { prefix?: string, after?: string, limit?: integer }", "string[] keys, string? after",
     "Up to 500 keys in their order (100 if nothing is said), and what to pass as `after` for the next page.",
     R"lua(local notes = P.kv "notes"

P.command("try", "Lists", function(cmd)
  for _, key in ipairs { "b", "a", "c" } do notes:put(key, true) end
  local keys, after = notes:keys { limit = 2 }
  cmd:reply(table.concat(keys, " ") .. ", after " .. after)
end))lua",
     "alice> try\n< a b, after b", Use::loading},
    {"Space:each", "prefix?: string", "function next", "For a loop over keys and values.",
     R"lua(local stock = P.kv "stock"

P.command("try", "Sums", function(cmd)
  stock:put("fruit/apples", 3)
  stock:put("fruit/pears", 4)
  stock:put("nuts", 100)
  local sum = 0
  for _, count in stock:each "fruit/" do sum = sum + count end
  cmd:reply(sum)
end))lua",
     "alice> try\n< 7", Use::loading},
    {"Space:count", "prefix?: string", "integer count", "How many there are.",
     R"lua(local notes = P.kv "notes"

P.command("try", "Counts", function(cmd)
  notes:put("a", 1)
  cmd:reply(notes:count())
end))lua",
     "alice> try\n< 1", Use::loading},
};

}  // namespace

const std::span<const Entry> keeping = entries;

}  // namespace omegate::plugin::reference
