-- Sends what arrives by HTTP to people, encrypted.
--
--   curl -H "Authorization: Bearer $TOKEN" -d "disk is full" http://127.0.0.1:8443/hooks/alerts
--
-- With ?key=… the next request of that key changes the message in place.

local P = ...
local body = require "body"

for name, hook in pairs(P.cfg.hooks) do
  P.hook("/" .. name, { auth = "bearer:" .. hook.secret }, function(req)
    local content = body.read(req)
    if content.silent then return P.log.info("%s: nothing to tell (a step of something that goes on)", name) end
    content.headers, content.query = req.headers, req.query
    local text = body.shorten(P.template(hook.template or content.layout, content))
    if text == "" then P.fail("There is no text in the request.") end

    local key = req.query.key
    if key == "" then key = nil end
    if key and #key > 200 then P.fail("The key has more than 200 bytes.") end
    for _, jid in ipairs(hook.to) do
      P.send(jid, text, { account = hook.account, min_trust = hook.min_trust, expires_in = hook.expires_in,
                          priority = hook.priority or content.priority,
                          name = key and name .. "/" .. key, update = key ~= nil })
    end
  end)
end
