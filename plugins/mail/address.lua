-- Which route an address takes: as the gateway compares addresses, but for what the * stands for.

local address = {}

-- What the * of `pattern` stands for in `mail` (empty if it has none), or nil where it does not fit.
function address.fit(pattern, mail)
  local local_part, domain = pattern:lower():match("^(.*)@([^@]*)$")
  local wanted = local_part or pattern:lower()
  local name, place = mail:lower():match("^(.*)@([^@]*)$")
  name = name or mail:lower()
  if domain and domain ~= place then return nil end
  local before, after = wanted:match("^([^*]*)%*([^*]*)$")
  if not before then return name == wanted and "" or nil end
  local fits = #name >= #before + #after and name:sub(1, #before) == before and name:sub(#name - #after + 1) == after
  return fits and name:sub(#before + 1, #name - #after) or nil
end

-- The first of these routes that fits, and what its * stands for.
function address.route(routes, mail)
  for _, route in ipairs(routes) do
    local star = address.fit(route.address, mail)
    if star then return route, star end
  end
end

return address
