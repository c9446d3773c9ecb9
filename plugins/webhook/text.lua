-- Small things about texts that every shape needs.

local P = ...
local text = {}

text.firing, text.warning, text.resolved, text.taken = "🔴", "🟠", "🟢", "👀"

-- Whose clock times are shown by: that of the hook whose event it is.
text.zone = "UTC"

function text.trim(value)
  return (value:match("^%s*(%S.*)$") or ""):match("^.*%S") or "" -- one walk over it, however many blanks it has
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

-- 16 hex digits that stand for a text of any length (FNV-1a). Not secret, and not proof against who wants two alike.
function text.hash(value)
  local hash = 0xcbf29ce484222325
  for i = 1, #value do hash = (hash ~ value:byte(i)) * 0x100000001b3 end
  return ("%016x"):format(hash)
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

-- Times are of this hook from here on. A zone that does not exist must not keep an alert back.
function text.use_clock_of(hook)
  if hook.zone ~= "UTC" and not P.time.is_zone(hook.zone) then
    P.log.warn("hook %s: there is no time zone %s; it is shown the time in UTC", hook.name, hook.zone)
    hook.zone = "UTC"
  end
  text.zone = hook.zone
end

-- "03:02 UTC", with the date when it is not today's; without a zone's name by the clock of the hook.
function text.clock(seconds)
  local zone = text.zone
  local clock = P.time.format(seconds * 1000, zone == "UTC" and "%H:%M UTC" or "%H:%M", zone)
  local date = P.time.format(seconds * 1000, "%Y-%m-%d", zone)
  return date == P.time.format(P.now_ms(), "%Y-%m-%d", zone) and clock or date .. " " .. clock
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
  disaster = "high", down = "high", failure = "high", failed = "high", error = "high", high = "high", urgent = "high", major = "high", p1 = "high", p2 = "high",
  warning = "normal", warn = "normal", average = "normal", medium = "normal", degraded = "normal", minor = "normal", p3 = "normal",
  info = "low", information = "low", informational = "low", notice = "low", debug = "low", low = "low", none = "low", p4 = "low", p5 = "low",
}

function text.priority(severity)
  return severity and severities[severity:lower()]
end

-- The sign that goes before a state, and nothing for a word that says nothing.
local signs = {
  firing = text.firing, alerting = text.firing, down = text.firing, failed = text.firing, failure = text.firing,
  error = text.firing, critical = text.firing, crit = text.firing, problem = text.firing, fatal = text.firing,
  emergency = text.firing, disaster = text.firing, unhealthy = text.firing, offline = text.firing, no_data = text.firing,
  open = text.firing, fired = text.firing, triggered = text.firing, started = text.firing, closed = text.resolved,
  investigating = text.warning, major = text.firing, minor = text.warning, trigger = text.firing, alarm = text.firing,
  activated = text.firing, broken = text.firing, disconnected = text.firing, unstable = text.warning, aborted = text.warning,
  warning = text.warning, warn = text.warning, degraded = text.warning, unknown = text.warning,
  resolved = text.resolved, ok = text.resolved, up = text.resolved, success = text.resolved, recovered = text.resolved,
  recovery = text.resolved, healthy = text.resolved, passed = text.resolved, fixed = text.resolved, online = text.resolved,
  resolve = text.resolved, clear = text.resolved, cleared = text.resolved,
}

function text.sign(state)
  return state and signs[state:lower()]
end

-- "a=1, b=2", in one order.
function text.labels(labels)
  local shown = {}
  for _, name in ipairs(text.names(labels)) do shown[#shown + 1] = ("%s=%s"):format(name, tostring(labels[name])) end
  return table.concat(shown, ", ")
end

-- One thing that is ill or well again, as `living` wants to know it; nil: this state is neither.
function text.incident(id, state)
  local sign = text.sign(state)
  if sign == text.resolved then return { id = id, firing = {} } end
  if sign then return { id = id, firing = { [id] = true } } end
end

return text
