-- Sends what arrives by HTTP to people, encrypted.
--
--   curl -H "Authorization: Bearer $TOKEN" -d "disk is full" http://127.0.0.1:8443/hooks/alerts

local P = ...
local body = require "body"

for name, hook in pairs(P.cfg.hooks) do
  P.hook("/" .. name, { auth = "bearer:" .. hook.secret }, function(req)
    local content = body.read(req)
    if content.silent then return P.log.info("%s: nothing to tell (a step of something that goes on)", name) end
    content.headers, content.query = req.headers, req.query
    local text = body.shorten(P.template(hook.template or content.layout, content))
    if text == "" then P.fail("There is no text in the request.") end

    for _, jid in ipairs(hook.to) do
      P.send(jid, text, { account = hook.account, min_trust = hook.min_trust, expires_in = hook.expires_in,
                          priority = hook.priority or content.priority })
    end
  end)
end
