-- Programs of the operator's list, run for verified admins. What may run, and with what, is the gateway's business: see
-- docs/command.md. This only asks, and tells.
local P = ...

local only = { min_trust = "verified", role = "admin" }
local safe = { min_trust = "verified" }

local programs = {}
for _, program in ipairs(P.programs) do programs[program.name] = program end

-- "restart <unit:nginx|postfix>" → {{name = "unit", type = "nginx|postfix"}}
local function arguments_of(program)
  local arguments = {}
  for name, type in program.usage:gmatch("<([^:>]+):([^>]+)>") do arguments[#arguments + 1] = { name = name, type = type } end
  return arguments
end

-- As the gateway judges it, which comes only after the yes and tells nobody.
local function fits(word, type)
  if type == "word" then return #word <= 64 and word:find("^%w[%w._@:-]*$") ~= nil end
  if type == "integer" then return #word <= 18 and word:find("^%d+$") ~= nil end
  for choice in type:gmatch("[^|]+") do
    if word == choice then return true end
  end
  return false
end

local function line_of(program, arguments)
  local words = { program.name }
  for _, each in ipairs(arguments_of(program)) do words[#words + 1] = arguments[each.name] end
  return table.concat(words, " ")
end

P.command("programs", "What can be run", only, function(cmd)
  local lines = {}
  for _, program in ipairs(P.programs) do lines[#lines + 1] = "run " .. program.usage .. (program.help ~= "" and ": " .. program.help or "") end
  cmd:reply(#lines > 0 and table.concat(lines, "\n") or "No programs are listed.", safe)
end)

P.command("run <program:word> [<arguments>]", "Runs a program, after a question", only, function(cmd)
  local program = programs[cmd.args.program] or P.fail("There is no program %s. Write: programs", cmd.args.program)
  local expected, arguments, words = arguments_of(program), {}, 0
  for word in (cmd.args.arguments or ""):gmatch("%S+") do
    words = words + 1
    local one = expected[words]
    if not one or not fits(word, one.type) then P.fail("Usage: run %s", program.usage) end
    arguments[one.name] = word
  end
  if words ~= #expected then P.fail("Usage: run %s", program.usage) end
  local state = { program = program.name, arguments = arguments, line = line_of(program, arguments) }
  cmd:ask("Run " .. state.line .. "? (yes or no)", "run", state, P.cfg.patience, safe)
end)

P.on_answer("run", function(ev)
  if ev.lost then return end
  if not ev.yes then return ev:reply(ev.state.line .. (ev.timeout and ": nobody said yes, so it was not run." or ": not run."), safe) end
  P.run(ev.state.program, ev.state.arguments)
  ev:reply("Running " .. ev.state.line .. " …", safe)
end)

local ends = {
  ended = function(ev) return ev.status == 0 and "done" or "failed with exit code " .. ev.status end,
  killed = function(ev) return "was killed by signal " .. ev.status end,
  too_long = function() return "took too long and was killed" end,
  not_started = function() return "did not run" end,
  unknown = function() return "may have run: the gateway was interrupted. It is not run again." end,
}

P.on("ran", function(ev)
  local program = programs[ev.program]
  local text = (program and line_of(program, ev.arguments) or ev.program) .. ": " .. ends[ev.outcome](ev)
  if ev.output ~= "" then text = text .. "\n" .. ev.output end
  if ev.cut then text = text .. "\n…" end
  ev:reply(text, safe)
end)
