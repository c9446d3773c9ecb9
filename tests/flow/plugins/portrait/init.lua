-- Tells people which picture they show, or somebody else does; for tests.

local P = ...
local known = {}

P.on("message", function(ev)
  local who = ev.text:match "^of (%S+)$" or ev.from
  local avatar, why = P.avatar(who, { room = ev.room, known = known[who] })
  if why then return P.send(ev.from, "unknown: " .. why) end
  if not avatar then return P.send(ev.from, "none") end
  if not avatar.file then return P.send(ev.from, "still " .. avatar.id) end
  known[who] = avatar.id
  P.send(ev.from, ("%s %s %s %d"):format(avatar.id, avatar.file.name, avatar.file.state, avatar.file.size))
end)
