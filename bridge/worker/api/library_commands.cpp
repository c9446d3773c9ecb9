#include "bridge/worker/api/library.hpp"

namespace omegate::worker::library {

const std::string_view commands = R"lua(
local P, native, methods = ...
local error, type, pairs, ipairs, tonumber, tostring, pcall = error, type, pairs, ipairs, tonumber, tostring, pcall
local gsub, gmatch, match, lower, tointeger = string.gsub, string.gmatch, string.match, string.lower, math.tointeger
local fail, period, fill, on_answer = P.fail, P.period, P.template, P.on_answer
local ceil, ask = math.ceil, methods.ask

local function choice(words)
  return function(text)
    for word in gmatch(words, "[^|]+") do
      if lower(word) == lower(text) then return word end
    end
  end, "one of " .. gsub(words, "|", ", ")
end

local types = {
  integer = { function(text) return tointeger(tonumber(text)) end, "a whole number" },
  number = { tonumber, "a number" },
  boolean = { function(text)
    local answer = ({ yes = true, on = true, ["true"] = true, ["1"] = true, no = false, off = false, ["false"] = false, ["0"] = false })[lower(text)]
    return answer
  end, "yes or no" },
  jid = { function(text) return match(text, "^[^%s@/]+@[^%s@/]+$") end, "an address like name@example.org" },
  period = { function(text)
    local good, seconds = pcall(period, text)
    return good and seconds or nil
  end, "a period like 90s, 10m, 2h30m or 7d" },
  word = { function(text) return match(text, "^%S+$") end, "one word" },
  text = { function(text) return text end, "a text" },
}

-- "deploy <service> [<count:integer>]" → what is shown, and the types by name
local function read_usage(usage)
  local typed = {}
  local shown = gsub(usage, "<([^<>:]+):([^<>]+)>", function(name, kind)
    local convert, expected
    if types[kind] then convert, expected = types[kind][1], types[kind][2]
    elseif match(kind, "|") then convert, expected = choice(kind)
    else error("P.command: <" .. name .. ":" .. kind .. ">: there is no type '" .. kind .. "'; there are boolean, integer, jid, number, period, text, word and a|list|of|words", 5) end
    typed[name] = { convert, expected }
    return "<" .. name .. ">"
  end)
  shown = match(shown, "^(.-)%s*$")
  local rest, optional = match(shown, "^%S*%s*(.*)$"), nil
  while rest ~= "" do
    local open, name, close, behind = match(rest, "^(%[?)<([^<>]+)>(%]?)%s*(.*)$")
    if not open or #open ~= #close then error("P.command: '" .. match(rest, "^%S+") .. "' is no argument; they look like <name> or [<name>], and a command's name is one word", 3) end
    if open ~= "" then optional = name
    elseif optional then error("P.command: <" .. name .. "> stands behind [<" .. optional .. ">], which may be left out", 3) end
    rest = behind
  end
  return shown, typed
end

local function convert(args, typed, usage)
  for name, kind in pairs(typed) do
    local text = args[name]
    if text ~= nil then
      local value = kind[1](text)
      if value == nil then fail("%s: expected %s, found '%s'\nUsage: %s", name, kind[2], text, usage) end
      args[name] = value
    end
  end
end

local own = { aliases = true, cooldown = true, confirm = true, approvals = true }

-- { need = 2, of = "admin", within = "10m" }: how many of a role have to agree
local function read_approvals(wanted)
  if type(wanted) ~= "table" then error("option 'approvals': expected a table like {need = 2, of = \"admin\"}, found a " .. type(wanted), 4) end
  for name in pairs(wanted) do
    if name ~= "need" and name ~= "of" and name ~= "within" then error("option 'approvals': there is no '" .. tostring(name) .. "'; there are need, of and within", 4) end
  end
  local need = wanted.need
  if type(need) ~= "number" or need < 2 or need > 10 or need ~= ceil(need) then error("option 'approvals': need is a whole number from 2 to 10", 4) end
  if type(wanted.of) ~= "string" or wanted.of == "" then error("option 'approvals': of is the name of a role", 4) end
  local good, seconds = pcall(period, wanted.within or "10m")
  if not good then error("option 'approvals': " .. seconds, 4) end
  if seconds < 60 or seconds > 86400 then error("option 'approvals': within is from 1m to 24h", 4) end
  return { ceil(need), wanted.of, ceil(seconds) }
end

-- Aliases are commands of their own, without a help text: P.help leaves them out.
local function read_options(opts)
  local given, mine = {}, {}
  for name, value in pairs(opts or {}) do
    if own[name] then mine[name] = value else given[name] = value end
  end
  local aliases = mine.aliases or {}
  if type(aliases) ~= "table" then error("option 'aliases': expected a list of names, found a " .. type(aliases), 3) end
  local cooldown
  if mine.cooldown ~= nil then
    local good, seconds = pcall(period, mine.cooldown)
    if not good then error("option 'cooldown': " .. seconds, 3) end
    cooldown = ceil(seconds)
  end
  if mine.confirm ~= nil and type(mine.confirm) ~= "string" then error("option 'confirm': expected a text, found a " .. type(mine.confirm), 3) end
  return given, aliases, cooldown, mine.confirm, mine.approvals ~= nil and read_approvals(mine.approvals) or {}
end

-- The command runs when its question is answered with yes, by a key that may give it.
local function asking_first(name, question, min_trust, run)
  local handler = "confirm " .. name
  on_answer(handler, function(answer)
    if answer.lost then return end
    if answer.timeout then return answer:reply("Nobody said yes, so " .. name .. " was not done.") end
    if not answer.yes then return answer:reply(name .. " was not done.") end
    for member, value in pairs(answer.state) do answer[member] = value end
    return run(answer)
  end)
  return function(cmd)
    local state = { name = cmd.name, args = cmd.args, rest = cmd.rest, words = cmd.words, text = cmd.text }
    return ask(cmd, fill(question, cmd) .. " (yes or no)", handler, state, "5m", { min_trust = min_trust })
  end
end

-- P.command(usage, help, [{min_trust=, role=, aliases=, cooldown=, confirm=, approvals={need=, of=, within=}}], handler)
function P.command(usage, help, opts, fn)
  if type(usage) ~= "string" then error("bad argument #1 to 'command' (string expected, got " .. type(usage) .. ")", 2) end
  if type(help) ~= "string" then error("bad argument #2 to 'command' (string expected, got " .. type(help) .. ")", 2) end
  if fn == nil then opts, fn = nil, opts end
  if type(fn) ~= "function" then error("bad argument to 'command' (function expected, got " .. type(fn) .. ")", 2) end
  if opts ~= nil and type(opts) ~= "table" then error("bad argument #3 to 'command' (table expected, got " .. type(opts) .. ")", 2) end
  local given, aliases, cooldown, question, approvals = read_options(opts)
  local shown, typed = read_usage(usage)
  local handler = question and asking_first(match(shown, "^%S*"), question, given.min_trust, fn) or fn
  local function run(cmd)
    convert(cmd.args, typed, shown)
    return handler(cmd)
  end
  local function register(line, text)
    local good, why = pcall(native.register_command, line, text, given, run, cooldown, approvals[1], approvals[2], approvals[3])
    if not good then error(why, 3) end
  end
  register(shown, help)
  for _, alias in ipairs(aliases) do
    if type(alias) ~= "string" then error("option 'aliases': expected names, found a " .. type(alias), 2) end
    register(gsub(shown, "^[^ ]*", (gsub(alias, "%%", "%%%%")), 1), "")
  end
end
)lua";

}  // namespace omegate::worker::library
