local P = ...

local ids = P.ids "ids"

P.http("PUT /relay/in/{txn}", { auth = "bearer:" .. P.cfg.secret, once = "txn", each = "events", id = "id", order = "room",
  passing = { "now", "old.now" } }, function(ev)
  if ev.json.text == "wait" then P.retry("1h", "it is asked to") end
  if not ev.json.id then return P.send("alice@example.net", "now: " .. ev.json.text) end
  P.send("alice@example.net", ("%s (%s)"):format(ev.json.text, ev.params.txn), { name = ev.json.id })
  ids:put(ev.json.text, ev.json.id)
end)

P.http("GET /relay/users/{who}", { auth = "bearer:" .. P.cfg.secret, status = 404, answer = '{"error":"nobody"}' })

P.on("message", { min_trust = "undecided" }, function(ev)
  if ev.text == "later" and not ids:there "now" then P.retry("10s", "nobody has said now") end
  ev:reply("carried: " .. ev.text)
end)
