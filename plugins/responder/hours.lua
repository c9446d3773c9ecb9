-- Reads "18:00-08:00" and "mon-fri" into a question: is it open at that time?

local names = { mon = 1, tue = 2, wed = 3, thu = 4, fri = 5, sat = 6, sun = 7 }

local function minutes(text)
  local hour, minute = text:match("^(%d%d?):(%d%d)$")
  hour, minute = tonumber(hour), tonumber(minute)
  if not hour or hour > 24 or minute > 59 then return nil end
  return hour * 60 + minute
end

local function read_hours(text, where)
  local first, last = text:match("^%s*(%S+)%s*%-%s*(%S+)%s*$")
  local from, to = minutes(first or ""), minutes(last or "")
  if not from or not to then error(where .. ": hours: expected something like 18:00-08:00, found " .. text, 0) end
  return from, to
end

local function read_days(text, where)
  local days = {}
  for part in text:lower():gmatch("[^,%s]+") do
    local first, last = part:match("^(%a+)%-?(%a*)$")
    local from, to = names[first or ""], names[last ~= "" and last or first or ""]
    if not from or not to then error(where .. ": days: expected something like mon-fri or sat,sun, found " .. text, 0) end
    local day = from
    days[day] = true
    while day ~= to do
      day = day % 7 + 1
      days[day] = true
    end
  end
  return days
end

local hours = {}

-- → a function of P.time.parts(…). Over midnight the day is that of the evening.
function hours.read(times, days, where)
  local from, to = 0, 24 * 60
  if times then from, to = read_hours(times, where) end
  local open = days and read_days(days, where)
  return function(at)
    local minute, day = at.hour * 60 + at.minute, at.weekday
    if from <= to then
      if minute < from or minute >= to then return false end
    elseif minute < to then
      day = (day + 5) % 7 + 1
    elseif minute < from then
      return false
    end
    return not open or open[day] or false
  end
end

return hours
