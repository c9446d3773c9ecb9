-- Timers, schedules, questions and careful commands; for tests.

local P = ...

P.on_timer("ring", function(ev)
  ev:reply("ring " .. ev.state)
end)

P.command("wake <after:period> <what>", "Rings later", function(cmd)
  P.after(cmd.args.after, "ring", cmd.args.what, { id = cmd.args.what })
end)

P.command("sleep <what>", "Rings not", function(cmd)
  P.cancel(cmd.args.what)
end)

P.command("broken <after:period>", "Sets a timer and fails", function(cmd)
  P.after(cmd.args.after, "ring", "of a failure")
  P.fail("no")
end)

P.every("6h", { name = "tick" }, function(ev)
  P.send("alice@example.net", "tick " .. P.time.format(ev.due_ms, "%d %H:%M") .. " at " .. P.time.format(ev.time_ms, "%d %H:%M"))
end)

P.cron("30 8 * * *", { zone = "America/New_York", name = "morning" }, function(ev)
  P.send("alice@example.net", "morning " .. P.time.format(ev.time_ms, "%H:%M", "America/New_York"))
end)

P.on_answer("colour", function(ev)
  if ev.timeout then return ev:reply("no colour for " .. ev.state) end
  if ev.lost then return ev:reply("lost " .. ev.state) end
  ev:reply(ev.state .. " is " .. ev.text)
end)

P.command("paint <what>", "Asks for a colour", function(cmd)
  cmd:ask("Which colour for " .. cmd.args.what .. "?", "colour", cmd.args.what, "10m")
end)

P.command("demolish <what:word> [<count:integer>]", "Asks first", { confirm = "Demolish {args.what}?" }, function(cmd)
  cmd:reply("demolished " .. cmd.args.what .. " " .. (cmd.args.count or 1))
end)

P.command("king", "For one person", { role = "king" }, function(cmd)
  cmd:reply("your majesty")
end)

P.command("slow", "Not too often", { cooldown = "1m" }, function(cmd)
  cmd:reply("done slowly")
end)
