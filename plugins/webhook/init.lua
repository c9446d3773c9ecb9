-- Sends what arrives by HTTP to people, encrypted.
--
--   curl -H "Authorization: Bearer $TOKEN" -d "disk is full" http://127.0.0.1:8443/hooks/alerts
--
-- An alert is one message that lives until it is over (living). With ?key=… the next request of that key changes the message in place.

local P = ...
local text = require "text"
local body = require "body"
local delay = require "delay"
local incidents = require "incidents"
local living = require "living"
local orders = require "orders"
local quiet = require "quiet"

local longest_later = 8 * 1024 -- bytes that a timer can keep; what is longer comes at once, and says when it was meant for

-- Of one hook and key there is one message. The hook's own key is a template: "{json.incident.id}".
local function key_of(hook, content, req)
  local key = text.of(req.query.key) or content.key or hook.key and text.of(P.template(hook.key, content))
  if key and #key > 200 then P.fail("The key has more than 200 bytes.") end
  return key and hook.name .. "/" .. key
end

local function send(hook, message, priority, key)
  for _, jid in ipairs(hook.to) do
    P.send(jid, message, { account = hook.account, min_trust = hook.min_trust, expires_in = hook.expires_in, priority = priority,
                           name = key, update = key ~= nil })
  end
end

-- Now, or when the quiet hours end.
local function deliver(hook, message, priority, key)
  local ends = quiet.holds(hook, priority)
  if ends and quiet.hold(hook, message, ends) then return end
  send(hook, message, priority, key)
end

local function receive(hook, req)
  text.use_clock_of(hook)
  local content = body.read(req)
  if content.silent then return P.log.info("%s: nothing to tell (a step of something that goes on)", hook.name) end
  content.headers, content.query = req.headers, req.query
  local layout = content.layout
  -- A template says itself what is to stand beside the sender's text.
  if hook.template then layout, content.text = hook.template, content.words or content.text end
  local message = body.shorten(P.template(layout, content))
  if message == "" then P.fail("There is no text in the request.") end

  local priority = hook.priority or content.priority
  local key = key_of(hook, content, req)
  local incident = hook.living and body.incident(content, key)
  if incident and living.receive(hook, incident, content, message, priority) then return end
  if content.delay then
    local at = delay.time(content.delay, hook.zone)
    if at and #message <= longest_later then
      return P.at(at, "later", { hook = hook.name, text = message, priority = priority, key = key })
    end
    message = message .. "\nmeant for: " .. content.delay
  end
  deliver(hook, message, priority, key)
end

local least, has_alertmanager
for name, hook in pairs(P.cfg.hooks) do
  hook.name = name
  quiet.check(hook)
  living.add(hook)
  least = orders.lower(least, hook.acknowledge)
  has_alertmanager = has_alertmanager or hook.alertmanager ~= nil
  P.hook("/" .. name, { auth = "bearer:" .. hook.secret }, function(req) receive(hook, req) end)
end
orders.register(least or "tofu", has_alertmanager)

P.on_timer("escalate", function(ev)
  local record = incidents.named(ev.state.name)
  if not record then return end
  living.use(record)
  living.escalate(record)
end)

P.on_timer("later", function(ev)
  local hook = living.hook(ev.state.hook)
  if not hook then return end
  text.use_clock_of(hook)
  deliver(hook, ev.state.text, ev.state.priority, ev.state.key)
end)

P.on_timer("quiet is over", function(ev)
  local hook = living.hook(ev.state.hook)
  if not hook then return end
  text.use_clock_of(hook)
  quiet.over(hook, function(message) living.tell_all(hook, message) end, function(record) living.begin(hook, record) end)
end)
