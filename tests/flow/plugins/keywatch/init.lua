-- Tells alice what it hears of keys; for tests.

local P = ...

P.on("key", function(ev)
  P.send("alice@example.net", ("heard: %s %s"):format(ev.what, ev.trust))
end)
