#include "bridge/worker/api/library.hpp"

namespace omegate::worker::library {

const std::string_view periods = R"lua(
local P, native = ...
local error, type, tostring, pcall, gsub, tointeger, mathtype, ceil =
  error, type, tostring, pcall, string.gsub, math.tointeger, math.type, math.ceil
local retry = native.retry
local units = { ms = 1, s = 1000, m = 60000, min = 60000, h = 3600000, d = 86400000, w = 604800000 }

-- P.period("1h30m") → 5400 (seconds); a number is seconds already
function P.period(value)
  if mathtype(value) then
    if value < 0 then error("a period is not negative", 2) end
    return value
  end
  local total, rest = 0, type(value) == "string" and value or ""
  if rest == "" then error("expected a period like '90s', '10m', '2h30m' or '7d', found " .. tostring(value), 2) end
  local left = gsub(rest, "(%d+)%s*(%a+)%s*", function(number, unit)
    if not units[unit] or #number > 12 then return nil end
    total = total + tointeger(number) * units[unit]
    return ""
  end)
  if left ~= "" then error("expected a period like '90s', '10m', '2h30m' or '7d', found '" .. rest .. "'", 2) end
  return total % 1000 == 0 and total // 1000 or total / 1000
end

-- P.retry("10s", why): not now; the event comes again, and those behind it in its conversation wait for it
function P.retry(after, why)
  local good, seconds = pcall(P.period, after)
  if not good then error(seconds, 2) end
  retry(ceil(seconds), tostring(why or "it cannot be done now"))
end
)lua";

}  // namespace omegate::worker::library
