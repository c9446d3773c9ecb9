-- Reads "in 20 minutes to look into the oven", "tomorrow at 9 to call Romeo", "every monday at 8:30 that bins go out".

local P = ...

local seconds_of = { second = 1, sec = 1, s = 1, minute = 60, min = 60, m = 60, hour = 3600, hr = 3600, h = 3600,
  day = 86400, d = 86400, week = 604800, w = 604800 }
local weekdays = { monday = 1, tuesday = 2, wednesday = 3, thursday = 4, friday = 5, saturday = 6, sunday = 7,
  mon = 1, tue = 2, wed = 3, thu = 4, fri = 5, sat = 6, sun = 7 }
local names = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" }
local usage = "I did not understand when. Try: in 20 minutes, at 18:30, tomorrow at 9, on monday at 8:30, on 2030-01-31, every day at 7."

-- The words of a text one after the other; `rest` is what has not been taken.
local function reader(text)
  local self = { at = 1 }
  function self.peek() return (text:match("^%s*(%S*)", self.at):lower():gsub(",$", "")) end
  function self.take() self.at = select(2, text:find("^%s*%S*", self.at)) + 1 end
  function self.skip(word)
    if self.peek() ~= word then return false end
    self.take()
    return true
  end
  function self.rest() return (text:match("^%s*(%S.*)$", self.at) or ""):match("^.*%S") or "" end
  return self
end

-- "20 minutes", "1h30m", "an hour and 10 minutes", "half an hour" → seconds
local function read_period(words)
  local total, found = 0, false
  while true do
    local before = words.at
    if found then words.skip("and") end
    local word = words.peek()
    local good, compact = pcall(P.period, word)
    local number = tonumber(word) or ((word == "a" or word == "an") and 1)
    if word:match("%a") and good then
      words.take()
      total, found = total + compact, true
    elseif word == "half" then
      words.take()
      words.skip("an")
      if not words.skip("hour") then return nil end
      total, found = total + 1800, true
    elseif number then
      words.take()
      local unit = seconds_of[words.peek()] or seconds_of[(words.peek():gsub("s$", ""))]
      if not unit then return nil end
      words.take()
      total, found = total + number * unit, true
    else
      words.at = before
      return found and total or nil
    end
  end
end

-- "9", "9:30", "9am", "9:30 pm", "noon", "midnight" → hour, minute
local function read_clock(words)
  local word = words.peek()
  local fixed = ({ noon = 12, midnight = 0 })[word]
  if fixed then
    words.take()
    return fixed, 0
  end
  local hour, minute, half = word:match("^(%d%d?):?(%d*)([ap]?m?)$")
  if not hour or (half ~= "" and half ~= "am" and half ~= "pm") then return nil end
  hour, minute = math.tointeger(tonumber(hour)), minute == "" and 0 or math.tointeger(tonumber(minute))
  words.take()
  if half == "" and (words.peek() == "am" or words.peek() == "pm") then
    half = words.peek()
    words.take()
  end
  if half ~= "" then
    if hour < 1 or hour > 12 then return nil end
    hour = hour % 12 + (half == "pm" and 12 or 0)
  end
  if hour > 23 or minute > 59 then return nil end
  return hour, minute
end

local function clock_or(words, hour)
  local needed = words.skip("at")
  local found, minute = read_clock(words)
  if found then return found, minute end
  if needed then return nil end
  return hour, 0
end

local function on_day(parts, days, hour, minute, zone)
  return P.time.from({ year = parts.year, month = parts.month, day = parts.day + days, hour = hour, minute = minute }, zone)
end

local when = {}

-- The next time of what comes again: each is { name, weekday (or nil: daily), hour, minute }.
function when.next(each, now, zone)
  local today = P.time.parts(now, zone)
  for days = 0, 8 do
    local due = on_day(today, days, each.hour, each.minute, zone)
    local weekday = (today.weekday + days - 1) % 7 + 1
    local fits = not each.weekday or each.weekday == weekday
    if each.working then fits = weekday <= 5 end
    if due > now and fits then return due end
  end
end

local function read_each(words)
  local word = words.peek()
  local each = { weekday = weekdays[word], working = word == "weekday" or nil }
  if word ~= "day" and not each.weekday and not each.working then return nil end
  words.take()
  each.hour, each.minute = clock_or(words, 9)
  each.name = each.weekday and names[each.weekday] or word
  return each.hour and each
end

-- The time that the words begin with; nil: none.
local function read_time(words, now, zone)
  local today = P.time.parts(now, zone)
  if words.skip("in") then
    local seconds = read_period(words)
    return seconds and now + math.ceil(seconds * 1000)
  end
  if words.skip("tomorrow") then
    local hour, minute = clock_or(words, 9)
    return hour and on_day(today, 1, hour, minute, zone)
  end
  words.skip("today")
  words.skip("on")
  local year, month, day = words.peek():match("^(%d%d%d%d)-(%d%d?)-(%d%d?)$")
  if year then
    words.take()
    local hour, minute = clock_or(words, 9)
    local date = { year = math.tointeger(tonumber(year)), month = math.tointeger(tonumber(month)), day = math.tointeger(tonumber(day)) }
    return hour and on_day(date, 0, hour, minute, zone)
  end
  local weekday = weekdays[words.peek()]
  if weekday then
    words.take()
    local hour, minute = clock_or(words, 9)
    return hour and when.next({ weekday = weekday, hour = hour, minute = minute }, now, zone)
  end
  words.skip("at")
  local hour, minute = read_clock(words)
  if not hour then return nil end
  return when.next({ hour = hour, minute = minute }, now, zone)
end

-- → { due (ms), what, each (or nil) }, or nil and what to tell the person
function when.read(text, now, zone)
  local words = reader(text)
  words.skip("me")
  local each, due
  if words.skip("every") then
    each = read_each(words)
    due = each and when.next(each, now, zone)
  else
    due = read_time(words, now, zone)
  end
  if not due then return nil, usage end
  if due <= now then return nil, "That is over." end
  if not words.skip("to") then words.skip("that") end
  local what = words.rest()
  if what == "" then return nil, "What shall I remind you of? Write it behind the time." end
  return { due = due, what = what, each = each }
end

return when
