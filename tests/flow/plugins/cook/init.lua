-- Hears of orders and says so; for tests.

local P = ...

local orders = P.metrics.gauge("orders", "Another type than the seller's counter.")

P.subscribe("orders", function(ev)
  P.send("alice@example.net", ("%s %d of %s"):format(ev.data.what, ev.data.number, ev.publisher))
  orders:set(1)
end)

P.subscribe("ping", function(ev)
  P.send("alice@example.net", "ping " .. ev.data)
  P.publish("pong", ev.data)
end)
