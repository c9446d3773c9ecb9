-- Answers commands and patterns with ready-made replies.

local P = ...
local hours = require "hours"

local told = P.kv "told" -- whom which reply with `once_per` was given, until it may be given again
local configured = {} -- the names of commands from the configuration: they win over those below

-- What {from}, {text}, {1}, {2} … mean in a reply.
local function fill(reply, ev, captures)
  local values = { from = ev.from, text = ev.text }
  for i, capture in ipairs(captures) do values[i] = capture end
  return P.template(reply, values)
end

-- Is this the time for it, and has this person not had it lately?
local function is_due(ev, number, open, entry)
  if not open(P.time.parts(P.now_ms(), P.cfg.zone)) then return false end
  if not entry.once_per then return true end
  local key = number .. " " .. ev.from
  if told:get(key) then return false end
  told:put(key, true, { expires_in = entry.once_per })
  return true
end

for number, entry in ipairs(P.cfg.replies) do
  local opts = { min_trust = entry.min_trust }
  local open = hours.read(entry.hours, entry.days, "replies: entry " .. number)
  if entry.once_per then P.period(entry.once_per) end -- a mistake in it is one of the configuration

  if entry.command then
    local name = entry.command:gsub("^[!/]", "")
    if name:find("%s") then error("replies: entry " .. number .. ": a command is one word, found '" .. name .. "'") end
    configured[name:lower()] = true
    P.command(name .. " [<words>]", entry.help or "A ready-made reply", opts, function(cmd)
      if not is_due(cmd, number, open, entry) then return end
      cmd:reply(fill(entry.reply, cmd, { cmd.rest }))
    end)
  elseif entry.pattern then
    P.hear(entry.pattern, opts, function(ev, ...)
      if not is_due(ev, number, open, entry) then return false end -- the next entry may fit
      ev:reply(fill(entry.reply, ev, { ... }))
    end)
  else
    error("replies: entry " .. number .. " needs a command or a pattern")
  end
end

local function command(usage, help, handler)
  if not configured[usage:match("^%w+")] then P.command(usage, help, handler) end
end

command("ping", "Answers pong", function(cmd)
  cmd:reply("pong")
end)

command("echo <text>", "Says it again", function(cmd)
  cmd:reply(cmd.args.text)
end)

command("whoami", "Shows how I see you", function(cmd)
  cmd:reply(P.template("You are {from}, writing from device {device}.\nIts key is {trust}: {fingerprint}", cmd))
end)

command("help", "Shows this list", function(cmd)
  cmd:reply(P.help())
end)
