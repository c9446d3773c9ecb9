-- Does what two admins want; for tests.

local P = ...

P.command("launch <what>", "Launches something", { approvals = { need = 2, of = "admin" } }, function(cmd)
  cmd:reply("launched " .. cmd.args.what .. " for " .. table.concat(cmd.approved_by, " and "))
end)
