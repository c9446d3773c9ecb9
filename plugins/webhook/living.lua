-- One message for an incident, from its first alert to its end: what changes is corrected in place, and only what is new makes a
-- telephone ring.
--
--   🔴 fires → 👀 somebody looks after it → 🟢 it is over
--
-- Not here: what senders send (body), what people say (orders), when it is too late at night (quiet).

local P = ...
local text = require "text"
local incidents = require "incidents"
local quiet = require "quiet"
local silences = require "silences"
local living = {}

local repeat_pause = 5 * 60 * 1000 -- two senders of one alert, or a second try of one, are no reminder
local most_acks = 20               -- named in a message
local longest = 4 * 1024           -- bytes of an alert that are kept, to be shown again
local most_firing = 500            -- alerts of an incident that are told apart

local hooks = {} -- by name

function living.add(hook)
  hooks[hook.name] = hook
  local step = hook.escalate
  if step then step.seconds = P.period(step.after) end
  hook.silence_seconds = P.period(hook.silence)
end

function living.hook(name)
  return hooks[name]
end

-- From here on times are shown as the hook of this record wants them.
function living.use(record)
  local hook = hooks[record.hook]
  if hook then text.use_clock_of(hook) end
end

-- Whom the operator still wants to hear of it: the configuration may have changed since.
local function is_reader(hook, jid)
  for _, list in ipairs { hook.to, hook.escalate and hook.escalate.to or {} } do
    for _, one in ipairs(list) do
      if one == jid then return true end
    end
  end
  return false
end

local function send(hook, jid, message, opts)
  opts = opts or {}
  opts.account, opts.min_trust, opts.expires_in = hook.account, hook.min_trust, hook.expires_in
  P.send(jid, message, opts)
end

function living.tell_all(hook, message, priority)
  for _, jid in ipairs(hook.to) do send(hook, jid, message, { priority = priority }) end
end

local function next_reader(hook, record)
  return hook.escalate and hook.escalate.to[record.step + 1]
end

local function short(jid)
  return jid:match("^[^@]+") or jid
end

-- 🔴 becomes 👀 when somebody has it: a glance shall tell.
local function sign(record)
  if #record.acks == 0 or record.over then return record.text end
  return (record.text:gsub("^" .. text.firing, text.taken, 1):gsub("^" .. text.warning, text.taken, 1))
end

function living.heading(record)
  return text.line(sign(record), 120)
end

local function who_has_it(record)
  local names = {}
  for i, ack in ipairs(record.acks) do
    if i <= most_acks then names[#names + 1] = ("%s, %s"):format(ack.who, text.clock(ack.at // 1000)) end
  end
  if #names == 0 then return nil end
  return text.taken .. " acknowledged by " .. table.concat(names, "; ")
end

local function who_is_next(hook, record)
  if record.over or #record.acks > 0 then return nil end
  local reader = next_reader(hook, record)
  if not reader or not record.next_ms then return nil end
  return ("%s or “ack %d” takes it; else %s hears of it at %s"):format(text.taken, record.number, short(reader),
    text.clock(record.next_ms // 1000))
end

local function escalations(record)
  local lines = {}
  for _, one in ipairs(record.escalated or {}) do lines[#lines + 1] = ("%s, %s"):format(short(one.to), text.clock(one.at // 1000)) end
  return #lines > 0 and "passed on to " .. table.concat(lines, "; ") or nil
end

local function silence(record)
  local kept = record.silenced
  if not kept or record.over or kept.until_ms <= P.now_ms() then return nil end
  return ("%s silenced by %s until %s"):format(silences.sign, kept.who, text.clock(kept.until_ms // 1000))
end

function living.shown(hook, record)
  return text.lines(sign(record), who_has_it(record), silence(record), escalations(record), who_is_next(hook, record))
end

-- Writes it for all who know of it, if it reads differently.
local function show(hook, record)
  local message = living.shown(hook, record)
  local shown = text.hash(message)
  if shown ~= record.shown then
    for _, jid in ipairs(record.told) do
      if is_reader(hook, jid) then
        send(hook, jid, message, { priority = record.priority, name = record.name, update = true })
      end
    end
    record.shown = shown
  end
  incidents.keep(record)
end

local function stop_waiting(record)
  if record.next_ms then P.cancel("escalate " .. record.number) end
  record.next_ms = nil
end

-- Somebody has to take it in time.
local function wait(hook, record)
  record.next_ms = nil
  if not next_reader(hook, record) or #record.acks > 0 then return end
  record.next_ms = P.now_ms() + math.ceil(hook.escalate.seconds * 1000)
  P.at(record.next_ms, "escalate", { name = record.name }, { id = "escalate " .. record.number })
end

-- All of the hook hear of it, by a message of its own.
function living.begin(hook, record)
  record.told, record.told_ms, record.step = {}, P.now_ms(), 0
  for i, jid in ipairs(hook.to) do record.told[i] = jid end
  wait(hook, record)
  show(hook, record)
end

-- A message beside the living one: a correction rings nowhere.
local function ring(hook, record, message)
  record.told_ms = P.now_ms()
  for _, jid in ipairs(record.told) do
    if is_reader(hook, jid) then send(hook, jid, message, { priority = record.priority }) end
  end
end

local function finish(hook, record, content)
  stop_waiting(record)
  -- Nobody knows of it yet: a line of the summary is enough.
  if record.quiet then
    record.lasted = (" (%s to %s)"):format(text.clock(record.opened_ms // 1000), text.clock(P.now_ms() // 1000))
    return incidents.close(record)
  end
  incidents.close(record)
  show(hook, record)
  if hook.tell_resolved then ring(hook, record, text.line(content.title or record.text)) end
end

-- What is kept of a request. Too many alerts are one: then it is news when any of them changes.
local function take(record, incident, message, priority)
  local ids = text.names(incident.firing)
  record.firing = #ids <= most_firing and incident.firing or { [text.hash(table.concat(ids, " "))] = true }
  record.text, record.priority = text.cut(message, longest), priority
  if living.hook(record.hook).alertmanager then record.labels = silences.kept(incident.labels) or record.labels end
end

local function begin_new(hook, incident, message, priority)
  local record = incidents.open(hook.name, incident.id)
  take(record, incident, message, priority)
  local ends = quiet.holds(hook, priority)
  if not ends then return living.begin(hook, record) end
  record.quiet = true
  quiet.wake(hook, ends)
  incidents.keep(record)
end

-- What is in `all` and not in `others`; nil: nothing.
local function without(all, others)
  local rest = {}
  for id in pairs(all) do
    if not others[id] then rest[id] = true end
  end
  return next(rest) ~= nil and rest or nil
end

local function go_on(hook, record, incident, message, priority)
  local before = record.firing
  take(record, incident, message, priority)
  local news, gone = without(record.firing, before), without(before, record.firing)
  if record.quiet then
    if quiet.holds(hook, priority) then return incidents.keep(record) end
    record.quiet = nil
    return living.begin(hook, record)
  end
  if news then
    -- Who took it took what was known then.
    record.acks = {}
    wait(hook, record)
    show(hook, record)
    if not quiet.holds(hook, priority) then ring(hook, record, incident.part(news)) end
  elseif not gone and #record.acks == 0 and P.now_ms() - record.told_ms >= repeat_pause and not quiet.holds(hook, priority) then
    show(hook, record)
    ring(hook, record, ("%s (again; nobody has acknowledged it)"):format(text.line(message)))
  else
    show(hook, record)
  end
  incidents.keep(record)
end

-- False: it is the end of nothing that is known, a message like others.
function living.receive(hook, incident, content, message, priority)
  local record = incidents.find(hook.name, incident.id)
  if next(incident.firing) == nil then
    if not record then return false end
    take(record, incident, message, record.priority)
    finish(hook, record, content)
  elseif record then
    go_on(hook, record, incident, message, priority)
  else
    begin_new(hook, incident, message, priority)
  end
  return true
end

-- Whether this address was told of it.
function living.knows(record, jid)
  for _, one in ipairs(record.told) do
    if one == jid then return true end
  end
  return false
end

function living.acknowledge(record, who)
  local hook = hooks[record.hook]
  if not hook or record.over then return false end
  for _, ack in ipairs(record.acks) do
    if ack.who == who then return true end
  end
  record.acks[#record.acks + 1] = { who = who, at = P.now_ms() }
  stop_waiting(record)
  show(hook, record)
  return true
end

-- When the silence ends, in ms; nil and the reason.
function living.silence(record, who, jid, seconds)
  local hook = hooks[record.hook]
  if not hook or record.over then return nil, "that is over" end
  local ends, why = silences.create(hook, record, seconds or hook.silence_seconds, jid)
  if not ends then return nil, why end
  record.silenced = { who = who, until_ms = ends }
  if not living.acknowledge(record, who) then return nil, "that is over" end
  show(hook, record)
  return ends
end

-- Takes an acknowledgement back.
function living.leave(record, who)
  local hook = hooks[record.hook]
  if not hook or record.over then return end
  local rest = {}
  for _, ack in ipairs(record.acks) do
    if ack.who ~= who then rest[#rest + 1] = ack end
  end
  if #rest == #record.acks then return end
  record.acks = rest
  wait(hook, record)
  show(hook, record)
end

-- Nobody took it in time.
function living.escalate(record)
  local hook = hooks[record.hook]
  if not hook or record.over or #record.acks > 0 then return end
  local reader = next_reader(hook, record)
  if not reader then return end
  local ends = quiet.holds(hook, record.priority)
  if ends then
    record.next_ms = ends
    P.at(ends, "escalate", { name = record.name }, { id = "escalate " .. record.number })
    return show(hook, record)
  end
  record.step = record.step + 1
  record.escalated = record.escalated or {}
  table.insert(record.escalated, { to = reader, at = P.now_ms() })
  if not living.knows(record, reader) then table.insert(record.told, reader) end
  wait(hook, record)
  show(hook, record)
end

return living
