-- Quiet hours of a hook: what is not urgent waits until they end.
--
-- Not here: what an incident says of itself (living).

local P = ...
local text = require "text"
local incidents = require "incidents"
local quiet = {}

local held = P.kv "held"    -- texts that wait, by hook and number
local counter = P.kv "holding"
local ranks = { low = 1, normal = 2, high = 3 }
local most_held = 200       -- of all hooks; what comes then goes out at once: nothing is lost
local longest = 16 * 1024   -- bytes of one message
local longest_list = 20     -- lines, and alerts that are told one by one

local function minutes_of(clock)
  local hour, minute = tostring(clock):match("^(%d%d?):(%d%d)$")
  hour, minute = tonumber(hour), tonumber(minute)
  if not hour or hour > 23 or minute > 59 then
    error(("quiet: expected a time like 22:00, found %s"):format(clock), 0)
  end
  return hour * 60 + minute
end

-- Says while the plugin loads what is wrong.
function quiet.check(hook)
  if hook.quiet and minutes_of(hook.quiet.from) == minutes_of(hook.quiet.to) then
    error("quiet: from and to are the same time", 0)
  end
end

-- When the hours end that it is now; nil: it is not quiet.
function quiet.ends(hook)
  if not hook.quiet then return nil end
  local from, to = minutes_of(hook.quiet.from), minutes_of(hook.quiet.to)
  local now = P.time.parts(P.now_ms(), hook.zone)
  local minute = now.hour * 60 + now.minute
  local inside
  if from < to then inside = minute >= from and minute < to else inside = minute >= from or minute < to end
  if not inside then return nil end
  local day = now.day + (minute >= to and 1 or 0)
  return P.time.from({ year = now.year, month = now.month, day = day, hour = to // 60, minute = to % 60 }, hook.zone)
end

-- The same, for something of this priority.
function quiet.holds(hook, priority)
  if not hook.quiet or ranks[priority or "normal"] >= ranks[hook.quiet.passes] then return nil end
  return quiet.ends(hook)
end

function quiet.wake(hook, ends)
  P.at(ends, "quiet is over", { hook = hook.name }, { id = "quiet of " .. hook.name })
end

-- False: there is no room, it has to go out now.
function quiet.hold(hook, message, ends)
  if held:count() >= most_held then return false end
  local key = ("%s/%015d"):format(hook.name, counter:add(hook.name))
  held:put(key, { at = P.now_ms(), text = message }, { expires_in = "60d" })
  quiet.wake(hook, ends)
  return true
end

-- As few messages as possible, with the time of each.
local function tell_held(hook, send)
  local together = ""
  for key, one in held:each(hook.name .. "/") do
    local shown = ("%s %s"):format(text.clock(one.at // 1000), one.text)
    if together ~= "" and #together + #shown + 2 > longest then
      send(together)
      together = ""
    end
    together = text.lines(together, (together ~= "" and "\n" or "") .. shown)
    held:delete(key)
  end
  if together ~= "" then send(together) end
end

-- What was over before anybody was told, and what would be too much to tell one by one.
local function summary(hook, over, rest)
  local lines = {}
  local function list(records)
    for _, record in ipairs(records) do
      if #lines < longest_list then lines[#lines + 1] = "• " .. text.line(record.text) .. (record.lasted or "") end
    end
  end
  list(over)
  list(rest)
  if #lines == 0 then return nil end
  local count = #over + #rest
  if count > #lines then lines[#lines + 1] = ("… and %d more"):format(count - #lines) end
  return ("🌙 While it was quiet (%s to %s): %s\n%s"):format(hook.quiet.from, hook.quiet.to, text.count(count, "alert"),
    table.concat(lines, "\n"))
end

-- The hours are over. `send(text)` tells all of the hook, `begin(record)` tells of an incident that goes on.
function quiet.over(hook, send, begin)
  local over, firing, rest = {}, {}, {}
  for _, record in ipairs(incidents.all(function(one) return one.hook == hook.name and one.quiet end)) do
    local list = record.over and over or #firing < longest_list and firing or rest
    list[#list + 1] = record
  end
  local message = hook.quiet and summary(hook, over, rest)
  if message then send(message) end
  for _, record in ipairs(over) do incidents.forget(record) end
  for _, list in ipairs { firing, rest } do
    for _, record in ipairs(list) do record.quiet = nil end
  end
  for _, record in ipairs(rest) do incidents.keep(record) end
  for _, record in ipairs(firing) do begin(record) end
  tell_held(hook, send)
end

return quiet
