#include "bridge/core/plugin/reference/reference.hpp"

namespace omegate::plugin::reference {
namespace {

constexpr Entry entries[] = {
    {"P.after", "delay: Period, name: string, state?: any, opts?: { id: string }", "string id",
     "A timer, from the time of the event on, heard by `P.on_timer` of that name. With an id of your own a timer of the same id is "
     "replaced.",
     R"lua(P.on_timer("wake", function(ev) ev:reply("Wake up, " .. ev.state .. "!") end)

P.command("wake <after:period>", "Wakes you", function(cmd)
  P.after(cmd.args.after, "wake", cmd.from, { id = "wake " .. cmd.from })
end))lua",
     "alice> wake 1h\nalice> wake 8h\n+ 8h\n< Wake up, alice@example.org!", Use::loading},
    {"P.at", "time_ms: integer, name: string, state?: any, opts?: { id: string }", "string id", "The same at a certain time.",
     R"lua(P.on_timer("noon", function(ev) ev:reply("It is noon.") end)

P.command("noon", "Says when it is noon in Berlin", function(cmd)
  local day = P.time.parts(P.now_ms(), "Europe/Berlin")
  P.at(P.time.from({ year = day.year, month = day.month, day = day.day + 1, hour = 12 }, "Europe/Berlin"), "noon")
end))lua",
     "alice> noon\n+ 24h\n< It is noon.", Use::loading},
    {"P.cancel", "id: string", "", "A timer of that id, if there is one, never goes off.",
     R"lua(P.on_timer("ring", function(ev) ev:reply("Ring!") end)

P.command("start", "Starts it", function(cmd) P.after("1m", "ring", nil, { id = "bell" }) end)
P.command("stop", "Stops it", function() P.cancel("bell") end))lua",
     "alice> start\nalice> stop\n+ 10m", Use::loading},
    {"P.now_ms", "", "integer time_ms", "When the event happened, the same on every attempt.", "P.now_ms() == ev.time_ms --> true"},
    {"P.period", "period: Period", "number seconds", "Seconds of a period; a number is seconds already.",
     "P.period \"2h30m\" --> 9000\nP.period(90) --> 90"},
    {"P.time.parts", "time_ms: integer, zone?: string", "Calendar parts", "What the clocks of a zone show; without one it is UTC.",
     R"lua(local noon = P.time.parts(1767614400000, "Europe/Berlin")
noon.hour --> 13
noon.weekday --> 1
noon.offset --> 3600)lua"},
    {"P.time.from", "parts: table, zone?: string", "integer time_ms", "The way back. What is too much goes over: day 32 is the 1st.",
     "P.time.from({ year = 2026, month = 1, day = 5, hour = 13 }, \"Europe/Berlin\") --> 1767614400000\n"
     "P.time.from { year = 2025, month = 12, day = 32 } --> P.time.from { year = 2026, month = 1, day = 1 }"},
    {"P.time.format", "time_ms: integer, layout: string, zone?: string", "string text",
     "Knows `%Y %m %d %H %M %S`, the names `%A %a %B %b`, the day without a zero `%e`, and `%%`.",
     "P.time.format(1767614400000, \"%A, %e. %B %Y, %H:%M\", \"Europe/Berlin\") --> \"Monday, 5. January 2026, 13:00\""},
    {"P.time.is_zone", "name: any", "boolean there_is", "Whether there is a time zone of this name.",
     "P.time.is_zone \"Europe/Berlin\" --> true\nP.time.is_zone \"Moon/Copernicus\" --> false"},
};

}  // namespace

const std::span<const Entry> later = entries;

}  // namespace omegate::plugin::reference
