#include "bridge/worker/api/library.hpp"

namespace omegate::worker::library {

// For the other parts. "The line" is the plugin's, which called the function of P that calls one of these.
const std::string_view guards = R"lua(
local P, native = ...
local error, type, tostring, pairs, pcall = error, type, tostring, pairs, pcall

local function checked(good, first, ...)
  if not good then error(first, 3) end
  return first, ...
end

-- What fn returns; an error of it is one of the line.
function native.guarded(fn, ...) return checked(pcall(fn, ...)) end

-- The options, or none; one that has not one of these names is an error of the line.
function native.known(opts, names)
  if opts == nil then return {} end
  if type(opts) ~= "table" then error("expected a table of options, found a " .. type(opts), 3) end
  for name in pairs(opts) do
    if not names[name] then error("unknown option '" .. tostring(name) .. "'", 3) end
  end
  return opts
end
)lua";

}  // namespace omegate::worker::library
