-- Hands messages and events to HTTP servers as webhooks, again and again until they are taken.
--
-- Each event is kept under "receiver/conversation/number" until its receiver said 2xx, and of one conversation only the
-- oldest is tried, so that they arrive in their order. Times between attempts: Standard Webhooks, "Retry schedule".

local P = ...

local queue = P.kv "queue" -- "crm/juliet@example.org/000000000007" → { body, id, attempts, since }
local dead = P.kv "dead" -- the same, given up
local waits = P.kv "waits" -- "crm/juliet@example.org" → { why, since, told }: its oldest has failed, a timer is set
local off = P.kv "off" -- "crm" → why it is sent nothing any more

local pauses = { "5s", "5m", "30m", "2h", "5h", "10h", "14h", "20h", "24h" }
local at_once = 10 -- events of one conversation that one handler delivers
local kinds = { message = true, edit = true, retract = true, reaction = true, key = true }
local levels = { revoked = 0, undecided = 1, tofu = 2, trusted = 3, verified = 4 }
local tell_after = P.period(P.cfg.tell_after) * 1000

local function tell(text)
  for _, jid in ipairs(P.cfg.tell) do P.send(jid, text) end
end

local function is_in(list, value)
  for _, each in ipairs(list) do
    if each == value then return true end
  end
  return false
end

local function wants(receiver, ev)
  if not is_in(receiver.events, ev.kind) then return false end
  if ev.kind == "key" then return #receiver.from == 0 or is_in(receiver.from, ev.peer) end
  if levels[ev.trust] < levels[receiver.min_trust] then return false end
  if #receiver.from > 0 and not is_in(receiver.from, ev.from) and not is_in(receiver.from, ev.room) then return false end
  return not receiver.pattern or (ev.text or ""):find(receiver.pattern) ~= nil
end

-- As the HTTP API shows an event.
local function body_of(ev)
  local payload = {}
  for name, value in pairs(ev) do
    if type(value) ~= "function" and name ~= "id" and name ~= "kind" then payload[name] = value end
  end
  return P.json.encode { id = ev.id, kind = ev.kind, received_ms = ev.time_ms, payload = payload }
end

local function try_later(line, name, pause)
  P.after(pause, "deliver", { line = line, receiver = name }, { id = line })
end

local function take(ev)
  for name, receiver in pairs(P.cfg.receivers) do
    if wants(receiver, ev) and not off:get(name) then
      local line = name .. "/" .. (ev.room or ev.from or ev.peer):sub(1, 200)
      local number = ("%012d"):format(tonumber(ev.id:match "%d+"))
      queue:put(line .. "/" .. number, { body = body_of(ev), id = ("%s-%d"):format(ev.id, ev.time_ms), attempts = 0 })
      if not waits:get(line) then try_later(line, name, 0) end
    end
  end
end

local function give_up(key, entry)
  queue:delete(key)
  dead:put(key, entry, { expires_in = "30d" })
end

-- What is to be done after an attempt that failed; how long to wait, or nil.
local function failed(line, name, key, entry, answer)
  local why = answer.error or ("it answered " .. answer.status)
  if answer.status == 410 then
    off:put(name, why)
    give_up(key, entry)
    waits:delete(line)
    tell(("Webhooks for %s: it is gone for good (410), so it is sent nothing any more. `webhooks retry %s` begins again."):format(name, name))
    return nil
  end
  local state = waits:get(line, { since = P.now_ms() })
  state.why = why
  entry.attempts = entry.attempts + 1
  local pause = pauses[entry.attempts]
  if not pause then
    give_up(key, entry)
    state.told = true
    tell(("Webhooks for %s: an event of %s was given up after %d attempts: %s. `webhooks retry %s` tries it again."):format(
      name, line:sub(#name + 2), entry.attempts, why, name))
    pause = "5s" -- the next one has its own attempts
  else
    queue:put(key, entry)
  end
  if not state.told and P.now_ms() - state.since >= tell_after then
    state.told = true
    tell(("Webhooks for %s are not taken since %s: %s. They are kept and tried again."):format(
      name, P.time.format(state.since, "%Y-%m-%d %H:%M UTC"), why))
  end
  waits:put(line, state)
  local wanted = math.tointeger(tonumber(answer.headers["retry-after"] or "")) or 0
  local seconds = P.period(pause)
  return math.max(seconds + math.random() * seconds / 10, math.min(wanted, 24 * 60 * 60))
end

P.on_timer("deliver", function(ev)
  local line, name = ev.state.line, ev.state.receiver
  local receiver = P.cfg.receivers[name]
  if not receiver or off:get(name) then return end
  for _ = 1, at_once do
    local key = queue:keys({ prefix = line .. "/", limit = 1 })[1]
    if not key then return waits:delete(line) end
    local entry = queue:get(key)
    local answer = P.fetch(receiver.host, receiver.path, {
      body = entry.body, timeout = "10s", retries = 0, max_size = 65536,
      headers = { ["Content-Type"] = "application/json", ["Idempotency-Key"] = entry.id },
    })
    if not answer.ok then
      local pause = failed(line, name, key, entry, answer)
      if pause then try_later(line, name, pause) end
      return
    end
    queue:delete(key)
    local state = waits:get(line)
    if state then
      waits:delete(line)
      if state.told then tell(("Webhooks for %s are taken again."):format(name)) end
    end
  end
  try_later(line, name, 0)
end)

local heard = {}
for name, receiver in pairs(P.cfg.receivers) do
  for _, kind in ipairs(receiver.events) do
    if not kinds[kind] then error(("receivers.%s.events: expected message, edit, retract, reaction or key, found %s"):format(name, kind)) end
    heard[kind] = true
  end
end
for kind in pairs(heard) do P.on(kind, take) end

local function names()
  local list = {}
  for name in pairs(P.cfg.receivers) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function described(name)
  local text = ("%s: %d wait, %d given up"):format(name, queue:count(name .. "/"), dead:count(name .. "/"))
  for _, state in waits:each(name .. "/") do text = text .. "; " .. state.why break end
  local gone = off:get(name)
  return gone and text .. "; switched off: " .. gone or text
end

local function retry(name)
  off:delete(name)
  for key, entry in dead:each(name .. "/") do
    entry.attempts = 0
    queue:put(key, entry)
    dead:delete(key)
  end
  for key in queue:each(name .. "/") do
    local line = key:match "^(.*)/"
    try_later(line, name, 0)
  end
end

local function drop(name)
  for _, space in ipairs { queue, dead, waits } do
    for key in space:each(name .. "/") do space:delete(key) end
  end
end

P.command("webhooks [<order:retry|drop>] [<receiver:word>]", "Shows what waits for its receivers; tries again or drops what was given up",
  { role = "admin", min_trust = "trusted" }, function(cmd)
    local order, name = cmd.args.order, cmd.args.receiver
    if not order then
      local lines = {}
      for _, each in ipairs(names()) do lines[#lines + 1] = described(each) end
      return cmd:reply(table.concat(lines, "\n"))
    end
    if not name or not P.cfg.receivers[name] then P.fail("There is no receiver %s; there are: %s.", name or "named", table.concat(names(), ", ")) end
    local count = queue:count(name .. "/") + dead:count(name .. "/")
    if order == "retry" then retry(name) else drop(name) end
    cmd:reply(("%d of %s: %s."):format(count, name, order == "retry" and "tried again" or "dropped"))
  end)
