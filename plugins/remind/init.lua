-- Reminds people of things at the time they say, in their own time zone.

local P = ...
local when = require "when"

local reminders = P.kv "reminders" -- "juliet@example.org/0001" → { due, what, each }
local zones = P.kv "zones" -- "juliet@example.org" → "Europe/Berlin"

local function zone_of(person)
  local zone = zones:get(person, P.cfg.zone)
  if not P.time.is_zone(zone) then P.fail("There is no time zone %s; my operator has to mend my configuration.", zone) end
  return zone
end

local function shown(ms, zone)
  return P.time.format(ms, "%A, %e %B %Y at %H:%M", zone)
end

local function key_of(person, number)
  return ("%s/%04d"):format(person, number)
end

-- The lowest number that is free, so that it is short to type.
local function free_number(person)
  for number = 1, P.cfg.most do
    if not reminders:get(key_of(person, number)) then return number end
  end
  P.fail("You have %d reminders already. `reminders` shows them, `forget` takes one away.", P.cfg.most)
end

P.command("remind <when>", "Reminds you: `remind me in 20 minutes to look into the oven`", function(cmd)
  local zone = zone_of(cmd.from)
  local found, why = when.read(cmd.args.when, P.now_ms(), zone)
  if not found then P.fail("%s", why) end
  local number = free_number(cmd.from)
  local key = key_of(cmd.from, number)
  reminders:put(key, { due = found.due, what = found.what, each = found.each })
  P.at(found.due, "due", key, { id = key })
  cmd:reply(("%s%s, number %d."):format(found.each and "Each " .. found.each.name .. ", first on " or "On ", shown(found.due, zone), number))
end)

P.on_timer("due", function(ev)
  local reminder = reminders:get(ev.state)
  if not reminder then return end
  ev:reply("Reminder: " .. reminder.what)
  if not reminder.each then return reminders:delete(ev.state) end
  reminder.due = when.next(reminder.each, P.now_ms(), zone_of(ev.from))
  reminders:put(ev.state, reminder)
  P.at(reminder.due, "due", ev.state, { id = ev.state })
end)

P.command("reminders", "Shows what you will be reminded of", function(cmd)
  local zone, lines = zone_of(cmd.from), {}
  for key, reminder in reminders:each(cmd.from .. "/") do
    local number = math.tointeger(tonumber(key:match("%d+$")))
    lines[#lines + 1] = ("%d. %s: %s"):format(number, shown(reminder.due, zone), reminder.what)
  end
  cmd:reply(#lines > 0 and table.concat(lines, "\n") or "Nothing.")
end)

P.command("forget <number:integer>", "Takes a reminder away", function(cmd)
  local key = key_of(cmd.from, cmd.args.number)
  local reminder = reminders:get(key) or P.fail("You have no reminder number %d.", cmd.args.number)
  reminders:delete(key)
  P.cancel(key)
  cmd:reply("Forgotten: " .. reminder.what)
end)

P.command("zone [<name:word>]", "Shows or sets your time zone: `zone Europe/Berlin`", function(cmd)
  local name = cmd.args.name
  if name and not P.time.is_zone(name) then P.fail("I know no time zone %s. They have names like Europe/Berlin.", name) end
  if name then zones:put(cmd.from, name) end
  local zone = zone_of(cmd.from)
  cmd:reply(("Your time zone is %s; it is %s there."):format(zone, P.time.format(P.now_ms(), "%H:%M", zone)))
end)
