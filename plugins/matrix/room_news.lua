-- What becomes of a room and of who is in it: people who come and go, names, topics, encryption, the end.
--
-- Source: Matrix, Client-Server API, "Room membership", "Room Events", "Room Upgrades".

local P = ...
local text, hs, names, people, portals = require "text", require "hs", require "names", require "people", require "portals"

local told = P.kv "told" -- room → it was told that nobody here can read what is encrypted
local lately = P.kv "lately" -- room → so much was told of it within a minute
local most_news = 20 -- of one room a minute: a crowd that comes and goes is no conversation

local room_news = { handlers = {} }

local function table_of(value) return type(value) == "table" and value or {} end

local function tell(link, line)
  if not P.cfg.news then return end
  local count = lately:get(link.room, 0) + 1
  lately:put(link.room, count, { expires_in = "1m" })
  if count == most_news then line = "… and more comes and goes." end
  if count <= most_news then P.send(link.chat, "* " .. line, { account = link.account }) end
end

local function because(content)
  local reason = text.line(content.reason)
  return reason and ": " .. reason or ""
end

-- --- who is in it

-- One of ours is not in the room any more.
local function lost(link, event, content, user, now)
  if user:lower() ~= hs.bot:lower() then return people.left(user, link.room) end
  if event.sender:lower() == user:lower() then return end
  P.send(link.chat, ("The bot was %s the Matrix room by %s%s. Nothing is carried until it is invited again."):format(
    now == "ban" and "banned from" or "put out of", names.of(link.room, event.sender), because(content)), { account = link.account })
end

local function ours(link, event, content, user)
  local now = content.membership
  if now == "invite" and user:lower() == hs.bot:lower() then return hs.enter(link.room) end
  if now == "leave" or now == "ban" then return lost(link, event, content, user, now) end
end

local function came(link, user, before, content)
  local name = names.shown(user, content.displayname)
  local known = names.known(link.room)[user]
  local was = before.membership or (known and "join")
  local old = known or names.shown(user, before.displayname)
  names.note(link.room, user, name)
  if was ~= "join" then return tell(link, names.of(link.room, user) .. " has come in.") end
  if old ~= name then tell(link, ("%s is now called %s."):format(old, names.of(link.room, user))) end
end

local function went(link, event, user, before, content)
  local banned = content.membership == "ban"
  people.left(user, link.room)
  if not banned and before.membership and before.membership ~= "join" then return end
  local name = names.of(link.room, user)
  if event.sender == user then
    tell(link, name .. " has left" .. because(content) .. (because(content) == "" and "." or ""))
  else
    local how = banned and "banned" or "put out"
    tell(link, ("%s was %s by %s%s"):format(name, how, names.of(link.room, event.sender), because(content)))
  end
  names.forget(link.room, user)
end

room_news.handlers["m.room.member"] = function(link, event, content)
  local user = text.of(event.state_key)
  if not user or #user > 255 then return end
  if hs.is_ours(user) then return ours(link, event, content, user) end
  local before = table_of(table_of(event.unsigned).prev_content)
  if content.membership == "join" then return came(link, user, before, content) end
  if content.membership == "leave" or content.membership == "ban" then return went(link, event, user, before, content) end
end

-- In a room that is not linked: somebody wants to speak with whom a ghost stands for.
function room_news.invited(event, content)
  local user = text.of(event.state_key)
  if user and content.membership == "invite" and hs.is_ghost(user) then portals.invited(event, user) end
end

-- --- the room itself

local function changed(member, set, removed)
  return function(link, event, content)
    if event.state_key ~= "" then return end
    local value, before = text.line(content[member]), text.line(table_of(table_of(event.unsigned).prev_content)[member])
    if value == before then return end
    local who = names.of(link.room, event.sender)
    tell(link, value and set:format(who, value) or removed:format(who))
  end
end
room_news.handlers["m.room.topic"] = changed("topic", "%s has set the topic: %s", "%s has removed the topic.")
room_news.handlers["m.room.name"] = changed("name", "%s has named the room: %s", "%s has removed the room's name.")

-- Nobody but the clients in the room has the keys.
local function encrypted(link, event)
  if told:get(link.room) then return end
  told:put(link.room, true, { expires_in = "1d" })
  hs.notice(event.of, 1, link.room, "This room is end-to-end encrypted, and the bridge has no keys to it: what is written here does not reach the chat. Bridge a room that is not encrypted.")
  P.send(link.chat, "The Matrix room is encrypted now: what is written there cannot be read here.", { account = link.account })
end
room_news.handlers["m.room.encryption"] = encrypted
room_news.handlers["m.room.encrypted"] = encrypted

room_news.handlers["m.room.tombstone"] = function(link, event, content)
  if event.state_key ~= "" then return end
  local room = text.line(content.replacement_room)
  P.send(link.chat, ("The Matrix room has ended%s: this link leads nowhere any more.%s"):format(because { reason = content.body },
    room and " Another one takes its place: " .. room or ""), { account = link.account })
end

return room_news
