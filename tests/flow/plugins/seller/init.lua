-- Publishes, counts, and answers without end; for tests.

local P = ...

local orders = P.metrics.counter("orders", "Orders that were taken.", { labels = { "kind" } })
local sizes = P.metrics.histogram("order_size", "Pieces of an order.", { buckets = { 1, 10 } })
local open = P.metrics.gauge("open", "Orders that are open.")

P.command("order <what:word> [<pieces:integer>]", "Orders it", function(cmd)
  local pieces = cmd.args.pieces or 1
  for number = 1, pieces do P.publish("orders", { what = cmd.args.what, number = number }) end
  orders:add(1, { kind = cmd.args.what })
  sizes:observe(pieces)
  open:set(pieces)
end)

P.command("cancel", "Orders, and then fails", function()
  P.publish("orders", { what = "nothing", number = 0 })
  orders:add(100, { kind = "tea" })
  P.fail("no")
end)

P.command("smuggle", "Tells of what it may not", function()
  P.publish("secrets", {})
end)

P.command("play", "Begins what never ends", function() P.publish("ping", 1) end)
P.subscribe("pong", function(ev) P.publish("ping", ev.data + 1) end)

P.command("hang", "Never comes back", function()
  return ("a"):rep(40):find(("a-"):rep(40) .. "b") -- in C, where nothing of Lua's can interrupt it
end)
