#include "bridge/worker/api/library.hpp"

namespace omegate::worker::library {

const std::string_view times = R"lua(
local P, native = ...
local error, type, tostring = error, type, tostring
local gsub, format, mathtype, tointeger = string.gsub, string.format, math.type, math.tointeger
local zone_time, period, encode, ceil = native.zone, P.period, P.json.encode, math.ceil
local set_timer, add_schedule, now_ms = native.set_timer, native.add_schedule, P.now_ms
local guarded, known = native.guarded, native.known
local day_ms = 86400000
local days = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" }
local months = { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
  "November", "December" }

-- Days since 1970 of a date of the Gregorian calendar, and back; the year begins in March.
local function to_days(year, month, day)
  if month <= 2 then year = year - 1 end
  local era = year // 400
  local of_era = year - era * 400
  local of_year = (153 * (month + (month > 2 and -3 or 9)) + 2) // 5 + day - 1
  return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
end

local function from_days(count)
  count = count + 719468
  local era = count // 146097
  local of_era = count - era * 146097
  local years = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
  local of_year = of_era - (365 * years + years // 4 - years // 100)
  local shifted = (5 * of_year + 2) // 153
  local month = shifted < 10 and shifted + 3 or shifted - 9
  return years + era * 400 + (month <= 2 and 1 or 0), month, of_year - (153 * shifted + 2) // 5 + 1
end

local function milliseconds(value, what)
  local whole = mathtype(value) and tointeger(value)
  if not whole then error(what .. ": expected milliseconds since 1970, found " .. tostring(value), 3) end
  return whole
end

local function unknown(zone)
  return "there is no time zone '" .. tostring(zone) .. "'; they have names like Europe/Berlin"
end

local time = {}

-- P.time.is_zone("Europe/Berlin") → true
function time.is_zone(name)
  return type(name) == "string" and guarded(zone_time, 0, name, false) ~= nil
end

-- P.time.parts(ms, [zone]) → { year, month, day, hour, minute, second, weekday (1 is Monday), offset (seconds) }
function time.parts(ms, zone)
  ms = milliseconds(ms, "P.time.parts")
  local known_ms, offset = guarded(zone_time, ms, zone or "UTC", false)
  if not known_ms then error(unknown(zone), 2) end
  local there = ms + offset * 1000
  local count, rest = there // day_ms, there % day_ms // 1000
  local year, month, day = from_days(count)
  return { year = year, month = month, day = day, hour = rest // 3600, minute = rest // 60 % 60, second = rest % 60,
    weekday = (count + 3) % 7 + 1, offset = offset }
end

-- P.time.from({ year, month, day, hour, minute, second }, [zone]) → ms. What is too much goes over: day 32 is the 1st.
function time.from(parts, zone)
  if type(parts) ~= "table" then error("P.time.from: expected { year =, month =, day =, … }", 2) end
  local function part(name, otherwise)
    local value = parts[name] == nil and otherwise or parts[name]
    local whole = mathtype(value) and tointeger(value)
    if not whole or whole < -99999 or whole > 99999 then error("P.time.from: " .. name .. ": expected a whole number, found " .. tostring(value), 3) end
    return whole
  end
  local month = part("month", 1) - 1
  local year = part("year") + month // 12
  local ms = to_days(year, month % 12 + 1, 1) + part("day", 1) - 1
  ms = ms * day_ms + ((part("hour", 0) * 60 + part("minute", 0)) * 60 + part("second", 0)) * 1000
  local there = guarded(zone_time, ms, zone or "UTC", true)
  if not there then error(unknown(zone), 2) end
  return there
end

-- P.time.format(ms, "%Y-%m-%d %H:%M", [zone]); besides %S, %A (Monday), %a (Mon), %B (January), %b, %e, %%
function time.format(ms, layout, zone)
  local at = guarded(time.parts, ms, zone)
  local fields = {
    Y = format("%04d", at.year), m = format("%02d", at.month), d = format("%02d", at.day), e = tostring(at.day),
    H = format("%02d", at.hour), M = format("%02d", at.minute), S = format("%02d", at.second),
    A = days[at.weekday], a = days[at.weekday]:sub(1, 3), B = months[at.month], b = months[at.month]:sub(1, 3),
    ["%"] = "%",
  }
  return (gsub(layout, "%%(.)", function(letter)
    return fields[letter] or error("P.time.format: there is no %" .. letter, 4)
  end))
end

P.time = time

local function start(due, name, state, opts)
  if type(name) ~= "string" then error("expected the name of a P.on_timer handler, found " .. tostring(name), 2) end
  opts = known(opts, { id = true })
  local id = guarded(set_timer, name, due, guarded(encode, state), opts.id)
  return id
end

-- P.after("10m", "name", [state], [{ id = }]) → id: P.on_timer("name", fn) hears of it then
function P.after(delay, name, state, opts)
  return start(guarded(now_ms) + ceil(guarded(period, delay) * 1000), name, state, opts)
end

-- P.at(ms, "name", [state], [{ id = }]) → id
function P.at(ms, name, state, opts)
  return start(milliseconds(ms, "P.at"), name, state, opts)
end

local function add(what, spec, zone, shown, opts, fn)
  if fn == nil then opts, fn = nil, opts end
  if type(fn) ~= "function" then error(what .. ": expected a function, found a " .. type(fn), 3) end
  return known(opts, { name = true, zone = zone }), fn
end

-- P.every("1h", [{ name = }], fn)
function P.every(spec, opts, fn)
  local seconds = tointeger(ceil(guarded(period, spec)))
  opts, fn = add("P.every", spec, nil, spec, opts, fn)
  guarded(add_schedule, opts.name or "every " .. tostring(spec), seconds, nil, fn)
end

-- P.cron("0 9 * * 1-5", [{ zone =, name = }], fn)
function P.cron(spec, opts, fn)
  if type(spec) ~= "string" then error("P.cron: expected a text like '0 9 * * 1-5', found " .. tostring(spec), 2) end
  opts, fn = add("P.cron", spec, true, spec, opts, fn)
  local zone = opts.zone or "UTC"
  guarded(add_schedule, opts.name or "cron " .. spec .. " " .. zone, spec, zone, fn)
end
)lua";

const std::string_view questions = R"lua(
local P, native, methods = ...
local error, type, tostring, ceil = error, type, tostring, math.ceil
local ask, period, encode, reply, send = native.ask, P.period, P.json.encode, methods.reply, P.send
local guarded = native.guarded

-- ev:ask(text, "name", [state], [timeout], [{ min_trust = }]): this person's next message is for P.on_answer("name", fn)
function methods.ask(ev, text, name, state, timeout, opts)
  if type(name) ~= "string" then error("expected the name of a P.on_answer handler, found " .. tostring(name), 2) end
  guarded(reply, ev, text, opts)
  guarded(ask, name, guarded(encode, state), ceil(guarded(period, timeout or "1h")), opts and opts.min_trust)
end

-- P.ask(to, text, "name", [state], [timeout], [{ min_trust =, account = }]): the same of somebody who has said nothing
function P.ask(to, text, name, state, timeout, opts)
  if type(to) ~= "string" then error("P.ask: expected a bare JID, found " .. tostring(to), 2) end
  if type(name) ~= "string" then error("expected the name of a P.on_answer handler, found " .. tostring(name), 2) end
  guarded(send, to, text, opts)
  guarded(ask, name, guarded(encode, state), ceil(guarded(period, timeout or "1h")), opts and opts.min_trust, to, opts and opts.account)
end
)lua";

}  // namespace omegate::worker::library
