-- Does a little of everything that plugins can do; ../python does the same, and ../conformance.chat says what.
local P = ...

local things, counts = P.kv "things", P.kv "counts"

P.command("echo <text>", "Says it again", function(cmd) cmd:reply(cmd.args.text) end)

P.command("sum <numbers>", "Adds them", function(cmd)
  local sum = 0
  for _, word in ipairs(cmd.words) do
    sum = sum + (math.tointeger(tonumber(word)) or P.fail("%s is no number.", word))
  end
  cmd:reply(tostring(sum))
end)

P.command("secret", "For verified keys", { min_trust = "verified" }, function(cmd) cmd:reply("The secret is out.") end)

P.command("post <text>", "Writes on the board", function(cmd)
  P.send(cmd.from, cmd.args.text, { name = "board", update = true })
end)
P.command("unpost", "Clears the board", function(cmd) P.retract({ to = cmd.from, name = "board" }) end)
P.command("like", "Likes it", function(cmd) P.react(cmd, "👍") end)

P.command("count", "Counts", function(cmd) cmd:reply(tostring(counts:add("all"))) end)
P.command("keep <word:word>", "Keeps it", function(cmd)
  things:put(cmd.args.word, true)
  cmd:reply("I keep " .. cmd.args.word .. ".")
end)
P.command("forget <word:word>", "Forgets it", function(cmd)
  things:delete(cmd.args.word)
  cmd:reply("I forgot " .. cmd.args.word .. ".")
end)
P.command("kept", "What is kept", function(cmd)
  local keys = things:keys()
  cmd:reply(#keys > 0 and table.concat(keys, " ") or "Nothing.")
end)

P.command("boom", "Fails", function(cmd)
  counts:add("all")
  cmd:reply("never seen")
  error("the fuse is gone")
end)

P.command("later <text>", "Says it in ten minutes", function(cmd)
  P.after("10m", "later", cmd.args.text, { id = "later" })
  cmd:reply("In ten minutes.")
end)
P.command("never", "Does not", function(cmd)
  P.cancel("later")
  cmd:reply("Never then.")
end)
P.on_timer("later", function(ev) ev:reply("Later: " .. ev.state) end)
P.every("1h", function() P.log.info("an hour went by") end)

P.command("order <what:word>", "Orders it", function(cmd)
  cmd:ask("Really a " .. cmd.args.what .. "? (yes or no)", "order", cmd.args.what, "10m")
end)
P.on_answer("order", function(ev)
  if ev.timeout then return ev:reply("Nobody wanted a " .. ev.state .. ".") end
  ev:reply(ev.yes and "A " .. ev.state .. " is on its way." or "No " .. ev.state .. ".")
end)

P.command("stock <thing:word>", "How much is left", function(cmd)
  local r = P.fetch("shop", "/stock/" .. cmd.args.thing, { retries = 0 })
  if r.status == 0 then P.retry("10s", r.error) end
  cmd:reply(r:json().count .. " left")
end)

P.command("clock <zone:word>", "How far it is ahead", function(cmd)
  local good, time = pcall(P.time.parts, P.now_ms(), cmd.args.zone)
  if not good then P.fail("There is no zone %s.", cmd.args.zone) end
  cmd:reply(("%s is %d minutes ahead of UTC."):format(cmd.args.zone, time.offset // 60))
end)

P.command("write <address:word>", "Invites by mail", function(cmd)
  P.mail { to = cmd.args.address, subject = "Invitation", text = "Come." }
  cmd:reply("It is on its way.")
end)
P.command("note <text>", "Into the log", function(cmd)
  P.log.info("noted %s", cmd.args.text)
  cmd:reply("Noted.")
end)

P.command("spam", "What it may not", function() P.send("stranger@example.net", "Buy!") end)
P.command("flood", "Too much", function(cmd)
  for _ = 1, 1001 do cmd:reply("x") end
end)

P.on("message", function(ev)
  if ev.text == "hello" then P.reply(ev, "Hello " .. ev.from .. ".") end
end)
P.on("edit", function(ev) ev:reply("You changed your mind.") end)
P.on("reaction", function(ev) ev:reply("Thank you for " .. table.concat(ev.added, " ")) end)
P.on("retract", function(ev) ev:reply("Forgotten.") end)

P.hook("/in", { auth = "bearer:door" }, function(req)
  if not req.json then return P.log.warn("nobody can read that") end
  P.send(P.cfg.room, req.json.text)
end)
