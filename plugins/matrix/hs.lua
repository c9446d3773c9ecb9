-- The homeserver: requests to its client API, and what to do when it does not take them.
--
-- Source: Matrix, Client-Server API, "Rate limiting" and "Transaction identifiers"; Application Service API, "Identity
-- assertion". Requests that write have an id made of the event, so that one that is made again changes nothing.
-- Whoever a request is made as (`as`) is nil for the bot, { id = "@_xmpp_…" } for a ghost, or { id = "@you:…", host = "…" } for a
-- person whose own token that host has.

local P = ...
local text = require "text"

local hs = {}
local v3 = "/_matrix/client/v3"

hs.mark = "org.omegate.bridged" -- in the content of what was brought here: the id of the request that brought it
hs.bot = ("@%s:%s"):format(P.cfg.bot, P.cfg.server)

local function escaped(part)
  return (part:gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end
hs.escaped = escaped

-- hs.path("rooms", room, "send", …)
function hs.path(...)
  local path = v3
  for _, part in ipairs { ... } do path = path .. "/" .. escaped(part) end
  return path
end

function hs.host(as) return as and as.host or P.cfg.host end
function hs.identity(as) return as and not as.host and { user_id = as.id } or nil end

-- The answer as P.fetch gives it, and its JSON if it is an object. A short wait that the homeserver wants is kept to at once; each
-- request may be made again. `once`: so long for one attempt, and no other.
function hs.ask(method, path, body, as, once)
  local r = P.fetch(hs.host(as), path, {
    method = method, json = body, timeout = once or "15s", retries = once and 0 or 3, query = hs.identity(as),
  })
  local json = r.status ~= 0 and r:json() or nil
  return r, type(json) == "table" and json or {}
end

local function why(r, json)
  local code, said = text.name(json.errcode, nil), text.name(json.error, nil)
  return r.error or table.concat({ tostring(r.status), code or said, code and said }, " ")
end
hs.why = why

-- Later, in the order of the conversation, if that may help: there is no answer, it is told to wait, it is broken, or
-- somebody has to mend the token (a person's own token is theirs to mend).
function hs.put_off(r, json, as)
  local mendable = r.status == 401 and not (as and as.host)
  local again = (r.status == 0 and not r.final) or r.status == 429 or r.status >= 500 or mendable
  if not again then return end
  local ms = math.tointeger(tonumber(json.retry_after_ms or 0)) or 0
  local wanted = math.tointeger(tonumber(r.headers and r.headers["retry-after"] or "")) or 0
  P.retry(math.min(math.max(1, wanted, (ms + 999) // 1000), 3600), "the homeserver: " .. why(r, json))
end

-- Its JSON; nil, the reason and the status, if it will never be taken.
function hs.must(method, path, body, as)
  local r, json = hs.ask(method, path, body, as)
  hs.put_off(r, json, as)
  if r.ok then return json end
  return nil, why(r, json), r.status
end

-- Each event of ours has an id of its own, the same when its handler runs again.
local function txn(ev, n) return ("omegate-%s-%d-%d"):format(ev.id, ev.time_ms, n) end

-- Whoever is told to wait waits: one who is not invited yet may not come in. Who is not in the room invites nobody, so the bot
-- goes in first; 403 is also what is said of who is there already.
local function enter(room, as)
  local join = hs.path("join", room)
  if not as then return hs.must("POST", join, {}) end
  local invite = hs.path("rooms", room, "invite")
  local done, _, status = hs.must("POST", invite, { user_id = as.id })
  if not done and status == 403 and hs.must("POST", join, {}) then hs.must("POST", invite, { user_id = as.id }) end
  return hs.must("POST", join, {}, as)
end
hs.enter = enter

function hs.leave(room, reason, as)
  return hs.ask("POST", hs.path("rooms", room, "leave"), { reason = reason }, as)
end

-- A homeserver that was started anew knows no ids of requests any more (Synapse keeps those of a service in memory). So an event
-- carries its own, and where an answer was lost the room is looked at before it is sent again.
local lost = {} -- path → its answer was; not over a restart of ours, but then the homeserver has its ids
local looked_at = 20 -- events of that sender

local function find(room, kind, id, as)
  local filter = P.json.encode { senders = { as and as.id or hs.bot }, types = { kind } }
  local path = ("%s?dir=b&limit=%d&filter=%s"):format(hs.path("rooms", room, "messages"), looked_at, escaped(filter))
  local json = hs.must("GET", path, nil, as) or {}
  for _, each in ipairs(type(json.chunk) == "table" and json.chunk or {}) do
    if type(each) == "table" and type(each.content) == "table" and each.content[hs.mark] == id then return text.of(each.event_id) end
  end
end

local function put(path, content, as)
  local r, json = hs.ask("PUT", path, content, as, "15s")
  lost[path] = r.status == 0 or r.status >= 500 or (r.ok and not text.of(json.event_id)) or nil
  hs.put_off(r, json, as)
  if r.ok and lost[path] then P.retry("2s", "the homeserver gave the event no id") end
  lost[path] = nil
  if r.ok then return json.event_id end
  return nil, why(r, json), r.status
end

-- Sends an event: its id; nil and why there will never be one. Who is not in the room enters it first.
function hs.send(ev, n, room, kind, content, as)
  local id = txn(ev, n)
  local path = hs.path("rooms", room, "send", kind, id)
  content[hs.mark] = id
  local there = lost[path] and find(room, kind, id, as)
  if there then
    lost[path] = nil
    return there
  end
  local event_id, reason, status = put(path, content, as)
  if not event_id and status == 403 and enter(room, as) then event_id, reason = put(path, content, as) end
  return event_id, reason
end

function hs.notice(ev, n, room, body)
  return hs.send(ev, n, room, "m.room.message", { msgtype = "m.notice", body = body })
end

function hs.redact(ev, n, room, event_id, as)
  return hs.must("PUT", hs.path("rooms", room, "redact", event_id, txn(ev, n)), {}, as)
end

-- false: not encrypted; true; nil: it cannot be told.
function hs.is_encrypted(room, as)
  local json, _, status = hs.must("GET", hs.path("rooms", room, "state", "m.room.encryption"), nil, as)
  if json then return true end
  if status == 404 then return false end
end

-- The bot, or one of the ghosts. Whatever the letters look like.
function hs.is_ours(user)
  local low = user:lower()
  return low == hs.bot:lower() or hs.is_ghost(low)
end

function hs.is_ghost(user)
  local low, prefix, server = user:lower(), "@" .. P.cfg.prefix:lower(), ":" .. P.cfg.server:lower()
  return low ~= hs.bot:lower() and low:sub(1, #prefix) == prefix and low:sub(-#server) == server
end

return hs
