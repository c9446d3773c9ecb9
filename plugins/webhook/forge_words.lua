-- How news of repositories reads, whoever sends it.

local text = require "text"
local words = {}

words.longest_list = 5 -- commits named in one message

function words.commit_lines(commits)
  local lines = {}
  for i, commit in ipairs(commits) do
    if i > words.longest_list then
      lines[#lines + 1] = ("… and %d more"):format(#commits - words.longest_list)
      break
    end
    local author = text.get(commit, "author.name")
    lines[#lines + 1] = ("• %s%s"):format(text.line(text.get(commit, "message") or "", 120),
      author and " (" .. author .. ")" or "")
  end
  return table.concat(lines, "\n")
end

function words.quote(value)
  local body = text.of(value)
  if not body then return nil end
  local lines = {}
  for line in text.cut(body, 400):gmatch("[^\r\n]+") do
    if #lines == 4 then
      lines[#lines + 1] = "> …"
      break
    end
    lines[#lines + 1] = "> " .. line
  end
  return table.concat(lines, "\n")
end

-- `found`: { sign?, said, body?, link?, priority? } or { silent = true }.
function words.content(repository, found)
  if found.silent then return found end
  local title = (found.sign and found.sign .. " " or "") .. (repository and "[" .. repository .. "] " or "") .. text.line(found.said)
  return { title = title, text = text.lines(found.body, text.link(found.link)), priority = found.priority }
end

return words
