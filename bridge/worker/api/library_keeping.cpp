#include "bridge/worker/api/library.hpp"

namespace omegate::worker::library {

const std::string_view keeping = R"lua(
local P, native = ...
local error, type, tostring, ipairs = error, type, tostring, ipairs
local match, sub, ceil, mathtype = string.match, string.sub, math.ceil, math.type
local encode, decode, period = P.json.encode, P.json.decode, P.period
local guarded, known = native.guarded, native.known
local get, put, delete, keys = native.kv_get, native.kv_put, native.kv_delete, native.kv_keys

local function text(value, what)
  if type(value) ~= "string" or value == "" then error(what .. ": expected a text, found " .. tostring(value), 3) end
  return value
end

local function seconds(value)
  if value ~= nil then return ceil(guarded(period, value)) end
end

-- P.kv "name" → a space of keys that no other space sees
function P.kv(name)
  if type(name) ~= "string" or not match(name, "^[%w_-]+$") or #name > 32 then
    error("P.kv: expected a name of up to 32 letters, digits, - and _, found " .. tostring(name), 2)
  end
  guarded(native.kv_use)
  local space, prefix = {}, name .. "/"

  function space:get(key, otherwise)
    local found = guarded(get, prefix .. text(key, "key"))
    if found == nil then return otherwise end
    return (decode(found))
  end

  function space:put(key, value, opts)
    if value == nil or value == P.json.null then error("value: expected something to keep, found nil; to forget it there is :delete", 2) end
    local expires = seconds(known(opts, { expires_in = true }).expires_in)
    guarded(put, prefix .. text(key, "key"), guarded(encode, value), expires)
    return value
  end

  function space:delete(key)
    guarded(delete, prefix .. text(key, "key"))
  end

  function space:expire(key, after)
    local found = guarded(get, prefix .. text(key, "key"))
    if found == nil then return false end
    guarded(put, prefix .. key, found, seconds(after))
    return true
  end

  function space:add(key, amount, opts)
    local was = space:get(key, 0)
    if not mathtype(was) then error("'" .. key .. "' is not a number", 2) end
    return space:put(key, was + (amount or 1), opts)
  end

  -- keys{prefix=, after=, limit=} → a sorted list, and where the next page begins (nil: there is none)
  function space:keys(opts)
    opts = known(opts, { prefix = true, after = true, limit = true })
    local after = opts.after and prefix .. opts.after or ""
    local found, more = guarded(keys, prefix .. (opts.prefix or ""), after, opts.limit or 100)
    for i, key in ipairs(found) do found[i] = sub(key, #prefix + 1) end
    return found, more and found[#found] or nil
  end

  -- for key, value in space:each("prefix") do … end
  function space:each(start)
    local page, next_page = space:keys { prefix = start }
    local position = 0
    return function()
      while true do
        position = position + 1
        if position > #page then
          if not next_page then return nil end
          page, next_page = space:keys { prefix = start, after = next_page }
          position = 1
          if #page == 0 then return nil end
        end
        local value = space:get(page[position])
        if value ~= nil then return page[position], value end
      end
    end
  end

  function space:count(start)
    local count, after = 0, nil
    repeat
      local page
      page, after = space:keys { prefix = start, after = after, limit = 500 }
      count = count + #page
    until not after
    return count
  end

  return space
end
)lua";

}  // namespace omegate::worker::library
