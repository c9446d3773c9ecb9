-- Tells what is taken back in a room, has adverts taken out of it, and types in one; for tests.

local P = ...

P.command("type", "Types in the room", function(cmd)
  P.typing("team@rooms.example.org", true)
  cmd:reply("typed")
end)

P.on("message", function(ev)
  if ev.room and ev.text:find("advert", 1, true) then P.moderate(ev, "advertising") end
end)

P.on("retract", { min_trust = "undecided" }, function(ev)
  local who = ev.moderated and (ev.moderated.by .. " for " .. ev.moderated.reason) or ev.from
  P.send("alice@example.net", "taken back: " .. ev.about.id .. " by " .. who .. (ev.encrypted and "" or ", unencrypted"))
end)
