-- JSON that is nearly JSON: what shell scripts and templates make when they put a text between quotation marks.

local P = ...
local mend = {}

local most_mended = 256 * 1024 -- bytes; more than that was made by a program, and is not mended

local escapes = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\b"] = "\\b", ["\f"] = "\\f" }

local function escaped(control)
  return escapes[control] or ("\\u%04x"):format(control:byte())
end

-- Halves of characters beyond \uFFFF that have lost the other half.
local function without_halves(inner)
  if not inner:find("\\u[dD][89a-fA-F]") then return inner end
  return (inner:gsub("(\\u[dD][89abAB]%x%x)(\\u[dD][c-fC-F]%x%x)", function(high, low) return "\1" .. high:sub(3) .. low:sub(3) .. "\2" end)
    :gsub("\\u[dD][89a-fA-F]%x%x", "\\ufffd")
    :gsub("\1(%x%x%x%x)(%x%x%x%x)\2", "\\u%1\\u%2"))
end

-- The text with line ends inside of strings escaped, and no comma before the end of a list or an object.
local function mended(body)
  local parts, at = {}, 1
  while true do
    local quote = body:find('"', at, true)
    local between = body:sub(at, (quote or #body + 1) - 1)
    parts[#parts + 1] = between:gsub(",(%s*[%]}])", "%1")
    if not quote then return table.concat(parts) end
    local from = quote + 1
    at = from
    repeat -- the end of the string: a quotation mark that nothing escapes
      at = body:find('["\\]', at)
      if not at then return nil end
      local is_escape = body:byte(at) == 92
      at = at + (is_escape and 2 or 1)
    until not is_escape
    local inner = body:sub(from, at - 2)
    if inner:find("%c") then inner = inner:gsub("[%z\1\2]", ""):gsub("%c", escaped) end
    parts[#parts + 1] = '"' .. without_halves(inner) .. '"'
  end
end

-- What it says, or nil if that is no JSON with members.
function mend.decode(body)
  body = body:gsub("^\u{FEFF}", "")
  if not body:find("^%s*[{%[]") then return nil end
  local json = P.json.decode(body)
  if json == nil and #body <= most_mended then
    local better = mended(body)
    json = better and P.json.decode(better)
  end
  return type(json) == "table" and json or nil
end

return mend
