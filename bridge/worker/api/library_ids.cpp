#include "bridge/worker/api/library.hpp"

namespace omegate::worker::library {

const std::string_view ids = R"lua(
local P = ...
local error, type, tostring, ipairs, pcall, mathtype = error, type, tostring, ipairs, pcall, math.type

local longest = 400 -- bytes of a name; of a longer one nothing is remembered
local together = 50 -- pairs that are forgotten at once

-- P.ids("name", {expires_in="30d", most=3000}) → which name here is which name there: messages of a chat and of what it
-- is bridged to. Of more than `most` pairs the oldest are forgotten.
function P.ids(name, opts)
  opts = opts or {}
  local most, life = opts.most or 3000, opts.expires_in or "30d"
  if mathtype(most) ~= "integer" or most < together then error("P.ids: option 'most': expected a whole number from " .. together, 2) end
  local good, space = pcall(P.kv, name)
  if not good then error(space, 2) end
  local ids = {}

  local function forget(here)
    local there = space:get("h/" .. here)
    if there == nil then return end
    space:delete("h/" .. here)
    space:delete("t/" .. there)
  end

  -- In which order they came, `together` of them in one value.
  local function note(here)
    local at = space:get("at", { first = 1, last = 1 })
    local page = space:get("r/" .. at.last, {})
    page[#page + 1] = here
    space:put("r/" .. at.last, page, { expires_in = life })
    if #page < together then return end
    at.last = at.last + 1
    while (at.last - at.first) * together > most - together do
      for _, old in ipairs(space:get("r/" .. at.first, {})) do forget(old) end
      space:delete("r/" .. at.first)
      at.first = at.first + 1
    end
    space:put("at", at)
  end

  -- false: one of them is no text, or too long to be kept
  function ids:put(here, there)
    if type(here) ~= "string" or type(there) ~= "string" or #here > longest or #there > longest then return false end
    if here == "" or there == "" then return false end
    local before = space:get("t/" .. there)
    if before ~= nil and before ~= here then forget(before) end
    local known = space:get("h/" .. here)
    if known == there then return true end
    if known ~= nil then forget(here) end
    space:put("h/" .. here, there, { expires_in = life })
    space:put("t/" .. there, here, { expires_in = life })
    note(here)
    return true
  end

  function ids:there(here)
    if type(here) == "string" and here ~= "" and #here <= longest then return space:get("h/" .. here) end
  end

  function ids:here(there)
    if type(there) == "string" and there ~= "" and #there <= longest then return space:get("t/" .. there) end
  end

  function ids:forget(here)
    if type(here) == "string" and here ~= "" and #here <= longest then forget(here) end
  end

  return ids
end
)lua";

}  // namespace omegate::worker::library
