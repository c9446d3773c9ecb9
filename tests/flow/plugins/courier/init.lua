local P = ...

P.command("bring <what:word>", "Brings it", function(cmd)
  local r = P.fetch("shop", "/parcels", { json = { what = cmd.args.what }, retries = 0 })
  if r.status == 0 or r.status >= 500 then P.retry("1m", "the shop is closed") end
  cmd:reply("brought " .. cmd.args.what)
end)
