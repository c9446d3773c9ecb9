-- Fails in every way a plugin can; for tests.

local P = ...

P.command("hang", "Never comes back", function()
  while true do end
end)

P.command("boom", "Has a mistake", function()
  error("this plugin is broken")
end)

P.command("swell", "Wants all memory", function()
  local all = {}
  while true do all[#all + 1] = ("x"):rep(1024 * 1024) .. #all end
end)

P.command("fine", "Works", function(cmd)
  cmd:reply("still here")
end)

P.command("half <text>", "Says something, then fails", function(cmd)
  cmd:reply(cmd.args.text)
  error("after the reply")
end)

P.command("tell <text>", "Works, too", function(cmd)
  cmd:reply("you said " .. cmd.args.text)
end)

P.command("nap", "Takes a moment", function(cmd)
  for _ = 1, 1e7 do end
  cmd:reply("awake")
end)

P.command("lend", "Sends a file that is not there", function(cmd)
  P.send(cmd.from, "here it is", { files = { "no-such-file" } })
end)
