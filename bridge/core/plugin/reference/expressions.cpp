#include "bridge/core/plugin/reference/reference.hpp"

namespace omegate::plugin::reference {
namespace {

constexpr Entry entries[] = {
    {"P.re", "pattern: string, opts?: { ignore_case?: boolean, literal?: boolean }", "Expression re",
     "A regular expression. Make it once, while the plugin loads: 64 are there at most, of 4 KiB and 32 groups each. There are no "
     "back-references and no looking around; `(?i)`, `(?s)`, `(?m)` work inside of the pattern, `\\pL` is a letter of any script.",
     R"lua(local ticket = P.re("(?P<project>[A-Z]{2,10})-(\\d+)")
local greeting = P.re("^(hello|grüezi)\\b", { ignore_case = true })

P.command("try <text>", "Looks into it", function(cmd)
  local found = ticket:match(cmd.args.text)
  cmd:reply(found and found.project .. " " .. found[2] or tostring(greeting:test(cmd.args.text)))
end))lua",
     "alice> try see OPS-17\n< OPS 17\nalice> try GRÜEZI mitenand\n< true", Use::loading},
    {"P.re_escape", "text: string", "string pattern", "A pattern that is just this text.",
     "P.re_escape \"1+1 (two)\" --> \"1\\\\+1 \\\\(two\\\\)\"\nP.re(P.re_escape \"1+1\" .. \"=(\\\\d)\"):match(\"1+1=2\")[1] --> \"2\""},
    {"Expression:match", "text: string, from?: integer", "Match? match", "The first match at or after a place (1 is the first byte), or nil.",
     R"lua(local size = P.re("(\\d+)x(\\d+)(?: (?P<unit>mm|cm))?")
size:match("it is 20x30 cm").unit --> "cm"
size:match("it is 20x30")[2] --> "30"
size:match("it is 20x30").unit --> nil
size:match("it is large") --> nil)lua"},
    {"Expression:find", "text: string, from?: integer", "integer? first, integer? last, Match? match", "The same, with its place.",
     R"lua(local first, last, word = P.re("\\pL+"):find("42 Bäume")
first --> 4
last --> 9
word[0] --> "Bäume")lua"},
    {"Expression:test", "text: string", "boolean fits", "Whether it is in the text.", "P.re(\"^\\\\d+$\"):test(\"2026\") --> true"},
    {"Expression:gmatch", "text: string", "fun(): Match?", "For a loop over all matches.",
     R"lua(local sum = 0
for found in P.re("\\d+"):gmatch("3 apples and 4 pears") do sum = sum + tonumber(found[0]) end
sum --> 7)lua"},
    {"Expression:replace", "text: string, with: string | fun(match: Match): string?, most?: integer", "string text, integer count",
     "All matches, or the first few, by a text that is filled like a template (`{0}` is the match, `{1}` a group, `{name}` one with a "
     "name), or by what a function returns; nil leaves the match as it is.",
     R"lua(local date = P.re("(?P<y>\\d{4})-(?P<m>\\d\\d)-(?P<d>\\d\\d)")
date:replace("from 2026-01-05 on", "{d}.{m}.{y}") --> "from 05.01.2026 on"
P.re("\\d+"):replace("3 and 4", function(n) return n[0] * 10 end) --> "30 and 40"
P.re("a"):replace("banana", "o", 2) --> "bonona")lua"},
    {"Expression:split", "text: string, most?: integer", "string[] pieces",
     "The pieces between the matches; with `most` so many of them, the last one with the rest.",
     R"lua(P.re("\\s*,\\s*"):split("tea, milk ,sugar") --> { "tea", "milk", "sugar" }
P.re("="):split("name=a=b", 2) --> { "name", "a=b" })lua"},
};

}  // namespace

const std::span<const Entry> expressions = entries;

}  // namespace omegate::plugin::reference
