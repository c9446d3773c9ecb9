-- As whom somebody of the chat writes in Matrix: as themselves, by a token of their own; as their ghost; or the bot for them.

local P = ...
local text, hs = require "text", require "hs"

local kept = P.kv "ghosts" -- "@…" → { name, rooms = { room = true } }

local people = {}
local puppets = {} -- JID → { id, host }
local by_user = {} -- "@you:…" → true
local checked = {} -- "@you:…" → it is their token; until the next start

for name, puppet in pairs(P.cfg.puppets) do
  if puppet.user:sub(1, 1) ~= "@" then error(("puppets.%s.user: expected a user's id, like @you:example.org, found %s"):format(name, puppet.user)) end
  by_user[puppet.user:lower()] = true
  puppets[puppet.jid:lower()] = { id = puppet.user, host = puppet.host }
end

-- Somebody who writes in Matrix by a token here.
function people.has_token(user) return by_user[user:lower()] ~= nil end

function people.name_of(ev) return text.name(ev.nick, text.name(ev.from:match "^[^@]+", "somebody")) end

-- Source: Matrix, "User identifiers": a-z 0-9 . _ - = / and others as =hex.
function people.ghost_id(jid)
  local name = jid:lower():gsub("[^a-z0-9._-]", function(c) return ("=%02x"):format(c:byte()) end)
  local id = "@" .. P.cfg.prefix .. name .. ":" .. P.cfg.server
  if #id <= 255 then return id end
end

-- Whose ghost it is; nil: nobody's.
function people.jid_of(ghost)
  if not hs.is_ghost(ghost) then return nil end
  local name = ghost:sub(#P.cfg.prefix + 2, -#P.cfg.server - 2)
  local jid = name:gsub("=(%x%x)", function(code) return string.char(tonumber(code, 16)) end)
  if text.is_text(jid) and jid:match "^[^@%s/%c]+@[^@%s/%c]+$" then return jid end
end

-- False: the homeserver does not let it be.
function people.register(ghost)
  local _, why, status = hs.must("POST", "/_matrix/client/v3/register", { type = "m.login.application_service", username = ghost:match "^@([^:]+)", inhibit_login = true })
  if why and status ~= 400 then -- 400: there is one
    P.log.warn("no Matrix user %s: %s", ghost, why)
    return false
  end
  return true
end

local function has_entered(known, as, room)
  if known.rooms[room] then return true end
  local entered, why = hs.enter(room, as)
  if not entered then P.log.warn("%s may not enter %s: %s", as.id, room, why) end
  return entered ~= nil
end

-- The token is theirs, and they are in the room.
local function puppet(ev, room)
  local as = puppets[ev.from:lower()]
  if not as then return nil end
  if checked[as.id] == nil then
    local r, json = hs.ask("GET", "/_matrix/client/v3/account/whoami", nil, as)
    hs.put_off(r, json, as)
    checked[as.id] = r.ok and json.user_id == as.id
    if not checked[as.id] then P.log.warn("the token of host %s is not one of %s: %s", as.host, as.id, r.ok and text.name(json.user_id, "?") or hs.why(r, json)) end
  end
  if not checked[as.id] then return nil end
  local known = kept:get(as.id, { rooms = {} })
  if not has_entered(known, as, room) then return nil end
  if not known.rooms[room] then
    known.rooms[room] = true
    kept:put(as.id, known)
  end
  return as
end

local function ghost(ev, link)
  local id = (P.cfg.ghosts or link.ghosts) and people.ghost_id(ev.from)
  if not id then return nil end
  local as, room = { id = id }, link.room
  local known, name = kept:get(id, { rooms = {} }), people.name_of(ev)
  if known.name and known.name == name and known.rooms[room] then return as end
  if not known.name and not people.register(id) then return nil end
  if known.name ~= name then hs.must("PUT", hs.path("profile", id, "displayname"), { displayname = name }, as) end
  if not has_entered(known, as, room) then return nil end
  known.name, known.rooms[room] = name, true
  kept:put(id, known)
  return as
end

-- nil: the bot, which says the name in the text.
function people.writer(ev, link) return puppet(ev, link.room) or ghost(ev, link) end

-- The same without asking anybody. Not `theirs`: anybody could have written it, and for that nobody's token is used.
function people.present(ev, link, theirs)
  local as = theirs and puppets[ev.from:lower()]
  if as and checked[as.id] and kept:get(as.id, { rooms = {} }).rooms[link.room] then return as end
  local id = (P.cfg.ghosts or link.ghosts) and people.ghost_id(ev.from)
  if id and kept:get(id, { rooms = {} }).rooms[link.room] then return { id = id } end
end

-- One of ours, or a person with a token here, is not in the room any more.
function people.left(user, room)
  local known = kept:get(user)
  if not known or not known.rooms[room] then return end
  known.rooms[room] = nil
  kept:put(user, known)
end

return people
