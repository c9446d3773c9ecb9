-- Speaks of messages in every way a plugin can; for tests.

local P = ...

local function shown(ev, what)
  local about = ev.about and (ev.about.name or ev.about.id) or "nothing"
  return what .. " " .. about .. " " .. ev.trust
end

P.command("alert <text>", "Sends it under the name alert", function(cmd)
  P.send(cmd.from, cmd.args.text, { name = "alert", update = true })
end)

P.command("again <text>", "Changes what alert sent", function(cmd)
  P.edit({ to = cmd.from, name = "alert" }, cmd.args.text)
end)

P.command("gone", "Takes it back", function(cmd) P.retract({ to = cmd.from, name = "alert" }) end)

P.command("like <text>", "Reacts and answers", function(cmd)
  P.react(cmd, "👍")
  P.reply(cmd, "I like " .. cmd.args.text)
end)

P.command("twice <text>", "Sends, then changes by the handle", function(cmd)
  local handle = P.send(cmd.from, "not yet")
  P.edit(handle, cmd.args.text)
end)

P.command("work", "Types, and has read it", function(cmd)
  P.typing(cmd.from, true)
  P.displayed(cmd)
end)

local tried = 0
P.command("slowly", "Types when it is too late for that", function(cmd)
  tried = tried + 1
  if tried == 1 then P.retry("60s", "it takes its time") end
  P.typing(cmd.from, true)
  P.displayed(cmd)
end)

local stopped = 0
P.command("stops", "Has stopped typing when it comes to say so", function(cmd)
  stopped = stopped + 1
  if stopped == 1 then P.retry("60s", "it takes its time") end
  P.typing(cmd.from, false)
end)

P.on("edit", function(ev) ev:reply(shown(ev, "edit") .. ": " .. ev.text) end)
P.on("retract", function(ev) ev:reply(shown(ev, "retract")) end)
P.on("reaction", { min_trust = "undecided" }, function(ev)
  P.send(ev.from, shown(ev, "reaction") .. " +" .. table.concat(ev.added, "") .. " -" .. table.concat(ev.removed, ""))
end)
P.on("reaction", { emoji = "🔕" }, function(ev) P.edit(ev.about, "silenced") end)
P.on("marker", { min_trust = "undecided" }, function(ev) P.send(ev.from, shown(ev, "marker") .. " " .. ev.state) end)
P.on("typing", { min_trust = "undecided" }, function(ev)
  if ev.state == "composing" then ev:reply(shown(ev, "typing")) end
end)
