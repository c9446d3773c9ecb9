-- Small things about texts that every shape needs.

local P = ...
local text = {}

text.firing, text.warning, text.resolved = "🔴", "🟠", "🟢"

function text.trim(value)
  return value:match("^%s*(.-)%s*$")
end

-- The value if it is a text with something in it; numbers count. Else nil.
function text.of(value)
  if type(value) == "number" then return tostring(value) end
  if type(value) ~= "string" then return nil end
  local trimmed = text.trim(value)
  if trimmed ~= "" then return trimmed end
end

-- The first of these members that holds a text.
function text.first(object, names)
  for _, name in ipairs(names) do
    local value = text.of(object[name])
    if value then return value end
  end
end

-- The member `a.b.c`, or nil wherever that path ends early.
function text.at(object, path)
  for step in path:gmatch("[^.]+") do
    if type(object) ~= "table" then return nil end
    object = object[step]
  end
  return object
end

-- The same, if it is a text.
function text.get(object, path)
  return text.of(text.at(object, path))
end

-- A member that is a table, or an empty one: what a sender left out is not an error of the reader.
function text.table(value)
  return type(value) == "table" and value or {}
end

-- Cuts between characters.
function text.cut(value, longest)
  if #value <= longest then return value end
  local cut = longest
  while cut > 0 and value:byte(cut + 1) & 0xC0 == 0x80 do cut = cut - 1 end
  return value:sub(1, cut) .. "…"
end

-- The first line, and no more of it than a glance takes.
function text.line(value, longest)
  return text.cut(text.trim(value):match("^[^\r\n]*"), longest or 200)
end

function text.lines(...)
  local lines = {}
  for i = 1, select("#", ...) do
    local line = select(i, ...)
    if line and line ~= "" then lines[#lines + 1] = line end
  end
  return table.concat(lines, "\n")
end

function text.count(number, one, many)
  return ("%d %s"):format(number, number == 1 and one or many or one .. "s")
end

-- Not a link: what begins otherwise ("javascript:", "aesgcm:") is shown as nothing.
function text.link(value)
  local url = text.of(value)
  if url and url:match("^https?://%S+$") then return url end
end

-- Sorted, so that a text is the same each time.
function text.names(object)
  local names = {}
  for name in pairs(object) do names[#names + 1] = name end
  table.sort(names, function(a, b)
    if type(a) == type(b) then return a < b end
    return type(a) == "number"
  end)
  return names
end

local function days(year, month, day)
  -- Days since 1970-01-01, by the calendar that begins in March.
  if month <= 2 then year, month = year - 1, month + 12 end
  return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469
end

-- Seconds since 1970 of an RFC 3339 time; nil for anything else, and for the year 1, which means "not yet".
function text.time(value)
  if type(value) ~= "string" then return nil end
  local year, month, day, hour, minute, second, zone =
    value:match("^(%d%d%d%d)-(%d%d)-(%d%d)[T ](%d%d):(%d%d):(%d%d)%.?%d*(.*)$")
  if not year or tonumber(year) < 1970 then return nil end
  local time = days(tonumber(year), tonumber(month), tonumber(day)) * 86400
    + tonumber(hour) * 3600 + tonumber(minute) * 60 + tonumber(second)
  local sign, hours, minutes = zone:match("^([+-])(%d%d):?(%d%d)$")
  if not sign then return (zone == "Z" or zone == "") and math.tointeger(time) or nil end
  local offset = tonumber(hours) * 3600 + tonumber(minutes) * 60
  return math.tointeger(sign == "+" and time - offset or time + offset)
end

-- "03:02 UTC", with the date when it is not today's.
function text.clock(seconds)
  local today = P.now_ms() // 86400000
  local day, rest = seconds // 86400, seconds % 86400
  local clock = ("%02d:%02d UTC"):format(rest // 3600, rest % 3600 // 60)
  if day == today then return clock end
  -- Back from days to a date (the same calendar).
  local shifted = day + 719468
  local era = shifted // 146097
  local of_era = shifted % 146097
  local year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
  local of_year = of_era - (365 * year + year // 4 - year // 100)
  local month = (5 * of_year + 2) // 153
  local of_month = of_year - (153 * month + 2) // 5 + 1
  month = month < 10 and month + 3 or month - 9
  year = year + era * 400 + (month <= 2 and 1 or 0)
  return ("%04d-%02d-%02d %s"):format(year, month, of_month, clock)
end

-- "12 min": how long something took.
function text.span(seconds)
  if seconds < 60 then return ("%d s"):format(seconds) end
  if seconds < 3600 then return ("%d min"):format(seconds // 60) end
  if seconds < 86400 then return ("%d h %d min"):format(seconds // 3600, seconds % 3600 // 60) end
  return ("%d d %d h"):format(seconds // 86400, seconds % 86400 // 3600)
end

-- A word for how bad it is, as senders use them → the message's priority and its sign.
local severities = {
  critical = "high", crit = "high", fatal = "high", emergency = "high", emerg = "high", alert = "high", page = "high",
  disaster = "high", down = "high", failure = "high", failed = "high", error = "high", high = "high", urgent = "high",
  warning = "normal", warn = "normal", average = "normal", medium = "normal", degraded = "normal",
  info = "low", information = "low", informational = "low", notice = "low", debug = "low", low = "low", none = "low",
}

function text.priority(severity)
  return severity and severities[severity:lower()]
end

-- The sign that goes before a state, and nothing for a word that says nothing.
local signs = {
  firing = text.firing, alerting = text.firing, down = text.firing, failed = text.firing, failure = text.firing,
  error = text.firing, critical = text.firing, crit = text.firing, problem = text.firing, fatal = text.firing,
  emergency = text.firing, disaster = text.firing, unhealthy = text.firing, offline = text.firing,
  warning = text.warning, warn = text.warning, degraded = text.warning, unknown = text.warning,
  resolved = text.resolved, ok = text.resolved, up = text.resolved, success = text.resolved, recovered = text.resolved,
  recovery = text.resolved, healthy = text.resolved, passed = text.resolved, fixed = text.resolved, online = text.resolved,
}

function text.sign(state)
  return state and signs[state:lower()]
end

return text
