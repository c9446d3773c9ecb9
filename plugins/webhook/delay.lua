-- When a message is to come, as ntfy's senders say it: "1772420645", "30m", "2 hours", "10am", "tomorrow, 8:30pm".
--
-- Source: docs.ntfy.sh/publish, "Scheduled delivery".

local P = ...
local text = require "text"
local delay = {}

local latest = 30 * 86400 * 1000 -- ntfy's own limit is three days
local units = { s = "s", sec = "s", secs = "s", second = "s", seconds = "s", m = "m", min = "m", mins = "m", minute = "m",
                minutes = "m", h = "h", hour = "h", hours = "h", d = "d", day = "d", days = "d", w = "w", week = "w", weeks = "w" }

local function period(words)
  local short, known = "", true
  local rest = words:gsub("(%d+)%s*(%a+)[%s,]*", function(number, unit)
    known = known and units[unit] ~= nil and #number < 10
    short = short .. number .. (units[unit] or "")
    return ""
  end)
  if rest ~= "" or short == "" or not known then return nil end
  return math.ceil(P.period(short) * 1000)
end

-- "10am", "8:30pm", "14:00" → hour and minute.
local function clock(words)
  local hour, minute, half = words:match("^(%d%d?):(%d%d)%s*([ap]?m?)$")
  if not hour then
    hour, half = words:match("^(%d%d?)%s*([ap]m)$")
    minute = "0"
  end
  hour, minute = tonumber(hour), tonumber(minute)
  if not hour or minute > 59 then return nil end
  if half == "am" or half == "pm" then
    if hour < 1 or hour > 12 then return nil end
    hour = hour % 12 + (half == "pm" and 12 or 0)
  elseif half ~= "" or hour > 23 then
    return nil
  end
  return hour, minute
end

local function day_and_clock(words, zone)
  local days = 0
  local rest = words:gsub("^tomorrow[%s,]*", function() days = 1 return "" end)
  rest = rest:gsub("^today[%s,]*", ""):gsub("^at%s+", "")
  local now = P.time.parts(P.now_ms(), zone)
  local hour, minute = clock(rest)
  if rest == "" and days == 1 then hour, minute = now.hour, now.minute end
  if not hour then return nil end
  local at = P.time.from({ year = now.year, month = now.month, day = now.day + days, hour = hour, minute = minute }, zone)
  if at <= P.now_ms() then at = P.time.from({ year = now.year, month = now.month, day = now.day + 1, hour = hour, minute = minute }, zone) end
  return at
end

-- Milliseconds since 1970; nil: it is not understood, or too far away.
function delay.time(words, zone)
  words = text.trim(words:lower())
  local at
  if words:match("^%d%d%d%d%d%d%d%d%d+$") and #words <= 11 then
    at = tonumber(words) * 1000
  else
    local after = period(words)
    at = after and P.now_ms() + after or not after and day_and_clock(words, zone)
  end
  return at and at <= P.now_ms() + latest and at or nil
end

return delay
