-- What people say of an incident: 👀 on its message, or words.

local P = ...
local text = require "text"
local incidents = require "incidents"
local living = require "living"
local silences = require "silences"
local orders = {}

local taken = { "👀", "✅", "✔", "👍", "👌", "🔕" } -- with whatever skin or shape follows
local hinted = P.kv "hinted"
local ranks = { undecided = 1, tofu = 2, trusted = 3, verified = 4 }

local function takes(emojis)
  for _, emoji in ipairs(emojis) do
    for _, one in ipairs(taken) do
      if emoji:sub(1, #one) == one then return true end
    end
  end
  return false
end

local function silences_it(emojis)
  for _, emoji in ipairs(emojis) do
    if emoji:sub(1, #silences.sign) == silences.sign then return true end
  end
  return false
end

local function name_of(ev)
  return ev.nick or ev.from:match("^[^@]+") or ev.from
end

-- Where it was said: a room's members are one reader.
local function reader(ev)
  return ev.room or ev.from
end

-- Whether this key may have a word in it; the hook says how far it must be trusted.
local function may(ev, record)
  local hook = living.hook(record.hook)
  return hook ~= nil and living.knows(record, reader(ev)) and ranks[ev.trust] ~= nil and ranks[ev.trust] >= ranks[hook.acknowledge]
end

-- Who believes that it counted must hear that it did not; once a day.
local function does_not_count(ev)
  if hinted:get(ev.from) then return end
  hinted:put(ev.from, true, { expires_in = "1d" })
  ev:reply(ev.encrypted and ("That does not count: your key is trusted too little (it is %s)."):format(ev.trust)
    or "That does not count: your client sends reactions unencrypted, so anybody on the way could have written it. Answer with “ack” instead.")
end

local function on_reaction(ev)
  local record = incidents.named(ev.about.name)
  if not record or record.over or not living.knows(record, reader(ev)) then return end
  if not may(ev, record) then
    if takes(ev.added) then does_not_count(ev) end
    return
  end
  living.use(record)
  if silences_it(ev.added) and living.hook(record.hook).alertmanager then
    local ends, why = living.silence(record, name_of(ev), ev.from)
    if not ends then
      living.acknowledge(record, name_of(ev))
      ev:reply("Not silenced: " .. why)
    end
  elseif takes(ev.added) then
    living.acknowledge(record, name_of(ev))
  elseif takes(ev.removed) and not takes(ev.reactions) then
    living.leave(record, name_of(ev))
  end
end

local function open_to(ev)
  return incidents.all(function(record)
    return not record.over and not record.quiet and living.knows(record, reader(ev))
  end)
end

local function line(record)
  living.use(record)
  return ("%d. %s"):format(record.number, living.heading(record))
end

local function list_of(records)
  local lines = {}
  for i, record in ipairs(records) do
    if i > 20 then
      lines[#lines + 1] = ("… and %d more"):format(#records - 20)
      break
    end
    local names = {}
    for _, ack in ipairs(record.acks) do names[#names + 1] = ack.who end
    lines[#lines + 1] = line(record) .. (#names > 0 and (" (%s %s)"):format(text.taken, table.concat(names, ", ")) or "")
  end
  return table.concat(lines, "\n")
end

-- By what it answers, by its number, or the only one that nobody has.
local function meant(cmd)
  local which = cmd.args.which
  local replied = cmd.reply_to and incidents.named(cmd.reply_to.name)
  if not which and replied then return { replied } end
  local free = {}
  for _, record in ipairs(open_to(cmd)) do
    if which == "all" or which == tostring(record.number) then free[#free + 1] = record
    elseif not which and #record.acks == 0 then free[#free + 1] = record end
  end
  if #free == 0 then P.fail(which and which ~= "all" and "There is no open alert %s." or "There is no open alert.", which) end
  if #free > 1 and which ~= "all" then P.fail("Which one? “ack NUMBER”, or “ack all”:\n%s", list_of(free)) end
  return free
end

local function acknowledge(cmd)
  for _, record in ipairs(meant(cmd)) do
    if not may(cmd, record) then P.fail("Your key is trusted too little to acknowledge that (it is %s).", cmd.trust) end
    living.use(record)
    if not living.acknowledge(record, name_of(cmd)) then P.fail("That is over: %s", line(record)) end
  end
  P.react(cmd, text.taken)
end

local function silence(cmd)
  for _, record in ipairs(meant(cmd)) do
    if not may(cmd, record) then P.fail("Your key is trusted too little to silence that (it is %s).", cmd.trust) end
    living.use(record)
    local ends, why = living.silence(record, name_of(cmd), cmd.from, cmd.args.time)
    if not ends then P.fail("Not silenced: %s", why) end
    cmd:reply(("%s silenced until %s: %s"):format(silences.sign, text.clock(ends // 1000), line(record)))
  end
end

local function list(cmd)
  local records = open_to(cmd)
  cmd:reply(#records == 0 and "No alert is open." or list_of(records))
end

-- `least`: of the trust levels that hooks ask for. Whoever is trusted less hears that it does not count.
function orders.register(least, has_alertmanager)
  P.on("reaction", { min_trust = "undecided" }, on_reaction)
  local heard = orders.lower(least, "tofu")
  P.command("ack [<which:word>]", "Says that you look after an alert", { min_trust = heard, aliases = { "acknowledge" } }, acknowledge)
  if has_alertmanager then
    P.command("silence [<time:period>] [<which:word>]", "Makes a silence for an alert in Alertmanager", { min_trust = heard }, silence)
  end
  P.command("alerts", "Lists the open alerts", { min_trust = heard }, list)
end

function orders.lower(a, b)
  return (not a or ranks[b] < ranks[a]) and b or a
end

return orders
