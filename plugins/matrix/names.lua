-- What the people in a Matrix room are called.

local P = ...
local text, hs = require "text", require "hs"

local space = P.kv "names" -- room → { user = name }
local most_names = 400
local most_bytes = 40 * 1024 -- of them all, in one value

local names = {}

function names.known(room) return space:get(room, {}) end

-- What somebody is called by themselves, as far as it can be shown.
function names.shown(user, displayname) return text.name(displayname, text.name(user:match "^@([^:]+)", "somebody")) end

local function fits(known)
  local count, bytes = 0, 0
  for user, name in pairs(known) do count, bytes = count + 1, bytes + #user + #name + 8 end
  return count < most_names and bytes < most_bytes
end

function names.note(room, user, name)
  local known = names.known(room)
  if known[user] == name then return end
  if not fits(known) then known = {} end
  known[user] = name
  space:put(room, known)
end

function names.forget(room, user)
  local known = names.known(room)
  if known[user] == nil then return end
  known[user] = nil
  if next(known) then space:put(room, known) else space:delete(room) end
end

-- Two whom one could take for one another are told apart.
function names.of(room, user)
  local known = names.known(room)
  local name = known[user]
  if not name then
    local r, member = hs.ask("GET", hs.path("rooms", room, "state", "m.room.member", user))
    name = names.shown(user, member.displayname)
    if r.ok or r.status == 403 or r.status == 404 then names.note(room, user, name) end
  end
  local alike = text.alike(name)
  for other, same in pairs(known) do
    if other ~= user and text.alike(same) == alike then return ("%s (%s)"):format(name, text.line(user)) end
  end
  return name
end

return names
