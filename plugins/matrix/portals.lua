-- Rooms that are made when somebody wants one: by whoever may, for a chat; or in Matrix, by inviting the ghost of a person.
--
-- Source: Matrix, Client-Server API, "Creation", "Room Aliases". A room is made under an alias, so that one that was made by a handler
-- that runs again is found.

local P = ...
local text, hs, links, people = require "text", require "hs", require "links", require "people"

local asked = P.kv "asked" -- JID → { room, ghost, by }: waits for their yes
local portals = {}
local patience = "7d"

-- --- for a chat

local function alias_of(chat)
  local name = chat:lower():gsub("[^a-z0-9._-]", function(c) return ("=%02x"):format(c:byte()) end)
  return P.cfg.prefix .. name
end

-- A room for this chat, with those who are invited into it: its id and alias; nil and why there is none.
function portals.make(chat, guests)
  local localpart = alias_of(chat)
  local alias = ("#%s:%s"):format(localpart, P.cfg.server)
  if #alias > 255 then return nil, "the name of this chat is too long for a room" end
  local made, why = hs.must("POST", "/_matrix/client/v3/createRoom", {
    preset = "trusted_private_chat", room_alias_name = localpart, name = chat, invite = P.json.array(guests),
    topic = "What is said here and in the chat " .. chat .. " is the same.",
  })
  if made and text.of(made.room_id) then return made.room_id, alias end
  local found = hs.must("GET", hs.path("directory", "room", alias))
  if not found or not text.of(found.room_id) then return nil, why end
  for _, guest in ipairs(guests) do hs.must("POST", hs.path("rooms", found.room_id, "invite"), { user_id = guest }) end
  return found.room_id, alias
end

-- --- for a person, from Matrix

-- "@you:example.org", "*:example.org"; "you@example.org", "*@example.org"
local function fits(who, patterns)
  for _, pattern in ipairs(patterns) do
    local low = pattern:lower()
    if low == who:lower() or (low:sub(1, 1) == "*" and #low > 2 and who:lower():sub(-#low + 1) == low:sub(2)) then return true end
  end
  return false
end

local function is_encrypted(event)
  local state = type(event.invite_room_state) == "table" and event.invite_room_state
  local unsigned = type(event.unsigned) == "table" and event.unsigned or {}
  if not state then state = type(unsigned.invite_room_state) == "table" and unsigned.invite_room_state or {} end
  for _, each in ipairs(state) do
    if type(each) == "table" and each.type == "m.room.encryption" then return true end
  end
  return false
end

local function refused(room, as, why)
  people.register(as.id)
  hs.leave(room, why, as)
end

-- The person is asked first: what they write would be readable in Matrix.
function portals.invited(event, ghost)
  local as, jid = { id = ghost }, people.jid_of(ghost)
  local allowed = P.cfg.portals
  if not allowed.encryption_ends_here or not jid or not fits(event.sender, allowed.from) or not fits(jid, allowed.to) then
    return refused(event.room_id, as, "Nobody may be spoken to this way here.")
  end
  if is_encrypted(event) then return refused(event.room_id, as, "This room is end-to-end encrypted, and the bridge has no keys: make one without encryption.") end
  if links.of_chat(jid) then return refused(event.room_id, as, "There is a room for them already.") end
  asked:put(jid, { room = event.room_id, ghost = ghost, by = event.sender }, { expires_in = patience })
  P.send(jid, ("%s wants to talk with you, from Matrix. What you write here would go there, and be readable for the homeserver and everybody in that room. Say `portal accept` or `portal refuse`."):format(text.line(event.sender)))
end

local function accept(cmd, wanted)
  local as = { id = wanted.ghost }
  local link = links.of_room(wanted.room)
  if link and link.chat ~= cmd.from then
    asked:delete(cmd.from)
    refused(wanted.room, as, "This room is somebody else's by now.")
    return cmd:reply "That room is somebody else's chat by now."
  end
  people.register(wanted.ghost)
  local joined, why = hs.must("POST", hs.path("join", wanted.room), {}, as)
  if not joined then
    asked:delete(cmd.from)
    return cmd:reply(("The room cannot be entered any more (%s)."):format(why))
  end
  hs.must("POST", hs.path("rooms", wanted.room, "invite"), { user_id = hs.bot }, as)
  if not hs.enter(wanted.room) or hs.is_encrypted(wanted.room) ~= false then
    asked:delete(cmd.from)
    refused(wanted.room, as, "The bridge cannot work here.")
    return cmd:reply "The bridge cannot work in that room; it was left."
  end
  if not links.add(wanted.room, cmd.from, cmd.account, { ghosts = true }) then P.fail "This chat is linked in the configuration of the gateway." end
  asked:delete(cmd.from)
  cmd:reply(("You are in touch with %s. `portal refuse` ends it."):format(text.line(wanted.by)))
end

if P.cfg.portals.encryption_ends_here then
  P.command("portal <order:accept|refuse>", "Talks with somebody in Matrix who has asked for it, or does not", { min_trust = P.cfg.min_trust }, function(cmd)
    if cmd.room then P.fail "That is a matter between you and the bot: say it to the bot alone." end
    local wanted = asked:get(cmd.from)
    if cmd.args.order == "accept" then
      if not wanted then P.fail "Nobody has asked for you." end
      return accept(cmd, wanted)
    end
    local link = links.of_chat(cmd.from)
    if not wanted and not (link and link.ghosts) then P.fail "Nobody has asked for you." end
    local room, ghost = wanted and wanted.room or link.room, wanted and wanted.ghost or people.ghost_id(cmd.from)
    if wanted then asked:delete(cmd.from) else links.remove(cmd.from) end
    refused(room, { id = ghost }, "They do not want to talk.")
    if not wanted then hs.leave(room) end
    cmd:reply "Nothing you write goes there."
  end)
end

return portals
