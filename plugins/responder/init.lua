-- Answers commands and patterns with ready-made replies.

local P = ...

local configured = {} -- the names of commands from the configuration: they win over those below

-- What {from}, {text}, {1}, {2} … mean in a reply.
local function fill(reply, ev, captures)
  local values = { from = ev.from, text = ev.text }
  for i, capture in ipairs(captures) do values[i] = capture end
  return P.template(reply, values)
end

for number, entry in ipairs(P.cfg.replies) do
  local opts = { min_trust = entry.min_trust }

  if entry.command then
    local name = entry.command:gsub("^[!/]", "")
    configured[name:lower()] = true
    P.command(name .. " [<words>]", entry.help or "A ready-made reply", opts, function(cmd)
      cmd:reply(fill(entry.reply, cmd, { cmd.rest }))
    end)
  elseif entry.pattern then
    P.hear(entry.pattern, opts, function(ev, ...)
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
