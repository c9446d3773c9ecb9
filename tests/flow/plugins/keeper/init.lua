-- Keeps what it is told; for tests.

local P = ...

local kept = P.kv "kept"

P.command("count", "Counts", function(cmd)
  cmd:reply("number " .. kept:add("count"))
end)

P.command("wreck", "Keeps something, then fails", function()
  kept:add("count", 100)
  error("after keeping")
end)

P.command("hold <seconds>", "Keeps something for a while", function(cmd)
  kept:put("brief", "here", { expires_in = math.tointeger(cmd.args.seconds) })
  cmd:reply("held")
end)

P.command("look", "Is it there?", function(cmd)
  cmd:reply("it is " .. kept:get("brief", "gone"))
end)

P.command("fill <from>", "Keeps much", function(cmd)
  for i = 1, 10 do kept:put("large" .. cmd.args.from .. i, ("x"):rep(60000)) end
  cmd:reply("filled " .. cmd.args.from)
end)

P.command("ponder", "Thinks about what it has read until it may speak", function(cmd)
  local read = kept:get("thought", "nothing")
  while kept:count("enough") == 0 do
    for _ = 1, 2e6 do end  -- so often may nobody ask
  end
  kept:put("thought", read .. "!")
  cmd:reply("thought: " .. read)
end)
