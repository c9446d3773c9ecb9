local P = ...

P.command("buy <what:word>", "Orders it", function(cmd)
  local r = P.fetch("shop", "/orders", { json = { what = cmd.args.what } })
  if not r.ok then error("the shop said " .. r.status .. ": " .. (r.error or r.body)) end
  cmd:reply("order " .. r:json().id)
end)

P.command("climb", "Tries to leave the shop", function()
  P.fetch("shop", "/../admin")
end)
