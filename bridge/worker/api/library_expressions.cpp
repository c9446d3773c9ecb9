#include "bridge/worker/api/library.hpp"

namespace omegate::worker::library {

// The loops stand here and not in C++: between two matches the plugin's budget is looked at.
const std::string_view expressions = R"lua(
local P, native = ...
local error, type, tostring, pairs, pcall = error, type, tostring, pairs, pcall
local byte, sub, gsub, concat = string.byte, string.sub, string.gsub, table.concat
local compile, find, methods, fill = native.re_compile, native.re_find, native.re_methods, P.template

local guarded = native.guarded

local known = { ignore_case = true, literal = true }

-- P.re(pattern, [{ ignore_case =, literal = }])
function P.re(pattern, opts)
  if opts ~= nil and type(opts) ~= "table" then error("P.re: expected a table of options, found a " .. type(opts), 2) end
  for name, value in pairs(opts or {}) do
    if not known[name] then error("P.re: unknown option '" .. tostring(name) .. "'", 2) end
    if type(value) ~= "boolean" then error("P.re: option '" .. name .. "': expected true or false", 2) end
  end
  if type(pattern) ~= "string" then error("P.re: expected a pattern, found a " .. type(pattern), 2) end
  local good, made = pcall(compile, pattern, opts and opts.ignore_case, opts and opts.literal)
  if not good then error("P.re: " .. made, 2) end
  return made
end

-- P.re_escape(text) → a pattern that is just this text
function P.re_escape(text)
  if type(text) ~= "string" then error("P.re_escape: expected a text, found a " .. type(text), 2) end
  return (gsub(text, "[%^%$%.%[%]%|%(%)%?%*%+%{%}\\]", "\\%0"))
end

local function expect_text(text, what)
  if type(text) ~= "string" then error(what .. ": expected a text, found a " .. type(text), 3) end
end

local function next_character(text, at)
  at = at + 1
  local next = byte(text, at)
  while next and next >= 0x80 and next < 0xc0 do
    at = at + 1
    next = byte(text, at)
  end
  return at
end

-- All matches, one after the other; none that is empty where the last one ended.
local function walk(re, text)
  local at, ended = 1, nil
  return function()
    while at <= #text + 1 do
      local first, last, match = find(re, text, at)
      if not first then
        at = #text + 2
      elseif last < first and first == ended then
        at = next_character(text, first)
      else
        ended = last + 1
        at = last < first and next_character(text, first) or ended
        return first, last, match
      end
    end
  end
end

-- re:match(text, [from]) → the first match, or nil
function methods.match(re, text, from)
  local _, _, match = guarded(find, re, text, from or 1)
  return match
end

-- re:find(text, [from]) → first, last, match; or nil
function methods.find(re, text, from)
  return guarded(find, re, text, from or 1)
end

-- re:test(text) → true or false
function methods.test(re, text)
  return guarded(find, re, text, 1) ~= nil
end

-- for match in re:gmatch(text) do
function methods.gmatch(re, text)
  expect_text(text, "gmatch")
  guarded(find, re, "", 1)
  local following = walk(re, text)
  return function()
    local _, _, match = following()
    return match
  end
end

local function replacement(with, match)
  if type(with) == "string" then return fill(with, match) end
  local text = with(match)
  if text == nil or text == false then return match[0] end
  if type(text) ~= "string" and type(text) ~= "number" then error("replace: expected a text from the function, found a " .. type(text), 3) end
  return tostring(text)
end

-- re:replace(text, "{name}" or function, [most]) → text, how many
function methods.replace(re, text, with, most)
  expect_text(text, "replace")
  if type(with) ~= "string" and type(with) ~= "function" then error("replace: expected a text or a function, found a " .. type(with), 2) end
  guarded(find, re, "", 1)
  local pieces, kept, count = {}, 1, 0
  for first, last, match in walk(re, text) do
    if most and count >= most then break end
    count = count + 1
    pieces[#pieces + 1] = sub(text, kept, first - 1)
    pieces[#pieces + 1] = replacement(with, match)
    kept = last + 1
  end
  pieces[#pieces + 1] = sub(text, kept)
  return concat(pieces), count
end

-- re:split(text, [most]) → the pieces between the matches; `most` of them, the last one with the rest
function methods.split(re, text, most)
  expect_text(text, "split")
  guarded(find, re, "", 1)
  local pieces, kept = {}, 1
  for first, last in walk(re, text) do
    if most and #pieces + 1 >= most then break end
    local empty = last < first
    if not (empty and (first == 1 or first > #text)) then
      pieces[#pieces + 1] = sub(text, kept, first - 1)
      kept = last + 1
    end
  end
  pieces[#pieces + 1] = sub(text, kept)
  return pieces
end
)lua";

}  // namespace omegate::worker::library
