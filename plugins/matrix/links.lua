-- Which Matrix room is which chat: as the operator wrote it, or as somebody linked it in a chat.

local P = ...

-- "!room:server" → { chat, account, ghosts (whoever writes has one), alias (of a room that the bot made) };
-- "chat/ops@example.org" → the room
local linked = P.kv "links"

local links = {}
local by_room, by_chat = {}, {}

for name, link in pairs(P.cfg.links) do
  if link.room:sub(1, 1) ~= "!" then error(("links.%s.room: expected the room's id, like !abc:example.org, found %s"):format(name, link.room)) end
  if not link.encryption_ends_here then
    error(("links.%s: what is encrypted in the chat is readable for the homeserver and everybody in the Matrix room; say encryption_ends_here: true if that is wanted"):format(name))
  end
  by_room[link.room] = { room = link.room, chat = link.chat, account = link.account }
  by_chat[link.chat] = by_room[link.room]
end

local function as_link(room, link) return { room = room, chat = link.chat, account = link.account, ghosts = link.ghosts, alias = link.alias } end

function links.of_room(room)
  if by_room[room] then return by_room[room] end
  local link = linked:get(room)
  return link and as_link(room, link)
end

function links.of_chat(chat)
  if by_chat[chat] then return by_chat[chat] end
  local room = linked:get("chat/" .. chat)
  return room and links.of_room(room)
end

-- false: the operator's, which no command changes.
function links.add(room, chat, account, more)
  if by_room[room] or by_chat[chat] then return false end
  links.remove(chat)
  local other = linked:get(room)
  if other then linked:delete("chat/" .. other.chat) end
  linked:put(room, { chat = chat, account = account, ghosts = more and more.ghosts, alias = more and more.alias })
  linked:put("chat/" .. chat, room)
  return true
end

-- What it was; nil: it was not linked by command.
function links.remove(chat)
  local room = linked:get("chat/" .. chat)
  if not room then return nil end
  local link = linked:get(room, { chat = chat })
  linked:delete("chat/" .. chat)
  linked:delete(room)
  return as_link(room, link)
end

function links.all()
  local all = {}
  for _, link in pairs(by_room) do all[#all + 1] = link end
  for room, link in linked:each "!" do all[#all + 1] = as_link(room, link) end
  table.sort(all, function(a, b) return a.chat < b.chat end)
  return all
end

return links
