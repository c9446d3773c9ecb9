-- Bitbucket, in the cloud and on a server of one's own: two dialects of one thing. What GitHub and GitLab send: see forge.
--
-- Source: support.atlassian.com/bitbucket-cloud/docs/event-payloads; confluence.atlassian.com/bitbucketserver, "Event payload".

local text = require "text"
local words = require "forge_words"
local bitbucket = {}

local function person(json)
  return text.first(text.table(json.actor), { "display_name", "displayName", "nickname", "name" }) or "somebody"
end

-- "team/repo" in the cloud, "PROJ/repo" on a server, where a pull request says of which it is.
local function name_of(repository)
  repository = text.table(repository)
  local project, slug = text.get(repository, "project.key"), text.first(repository, { "slug", "name" })
  return text.of(repository.full_name) or project and slug and project .. "/" .. slug or slug
end

local function page_of(object)
  return text.get(object, "links.html.href") or text.get(text.table(text.at(object, "links.self"))[1] or {}, "href")
end

local function change(who, each)
  local new, old = text.table(each.new), text.table(each.old)
  local name = text.of(new.name) or text.of(old.name) or text.get(each, "ref.displayId") or "?"
  local kind = text.first(new, { "type" }) or text.first(old, { "type" }) or (text.get(each, "ref.type") or ""):lower()
  local where = (kind == "tag" or kind == "annotated_tag") and "tag " .. name or name
  if each.closed or each.type == "DELETE" then return { said = who .. " deleted " .. where } end
  local commits = text.table(each.commits)
  local link = text.get(each, "links.html.href")
  if #commits == 0 then
    local created = each.created or each.type == "ADD"
    return { said = ("%s %s %s"):format(who, created and "created" or "pushed to", where), link = link }
  end
  local shown = {}
  for i, commit in ipairs(commits) do
    commit = text.table(commit)
    shown[i] = { message = text.of(commit.message), author = { name = text.get(commit, "author.user.display_name")
      or text.of((text.get(commit, "author.raw") or ""):match("^[^<]*")) } }
  end
  return {
    said = ("%s %s %s%s to %s"):format(who, each.forced and "force-pushed" or "pushed", each.truncated and "more than " or "",
      text.count(#commits, "commit"), where),
    body = words.commit_lines(shown), link = link,
  }
end

local function push(json)
  local who, all = person(json), text.table(text.at(json, "push.changes") or json.changes)
  local first = change(who, text.table(all[1]))
  local lines = {}
  for i = 2, math.min(#all, words.longest_list) do lines[#lines + 1] = change(who, text.table(all[i])).said end
  first.body = text.lines(first.body, table.concat(lines, "\n"))
  return first
end

local past = { created = "opened", opened = "opened", fulfilled = "merged", rejected = "declined", unapproved = "took back the approval of",
               ["changes_request_created"] = "asked for changes in", ["reviewer:approved"] = "approved", ["reviewer:needs_work"] = "asked for changes in",
               ["reviewer:unapproved"] = "took back the approval of", from_ref_updated = "pushed to", modified = "updated" }

local function pull_request(json, deed)
  local request = text.table(json.pullrequest or json.pullRequest)
  local on = ("pull request #%s: %s"):format(text.of(request.id) or "?", text.of(request.title) or "")
  local comment = text.table(json.comment)
  local said = text.get(comment, "content.raw") or text.of(comment.text)
  if said then
    local verb = deed:find("deleted") and "deleted a comment on" or (deed:find("updated") or deed:find("edited")) and "edited a comment on" or "commented on"
    return { said = ("%s %s %s"):format(person(json), verb, on), body = words.quote(said), link = page_of(comment) or page_of(request) }
  end
  return { said = ("%s %s %s"):format(person(json), past[deed] or (deed:gsub("_", " "):gsub(":", " ")), on),
           body = past[deed] == "opened" and words.quote(request.description) or nil, link = page_of(request) }
end

local results = { FAILED = text.firing, SUCCESSFUL = text.resolved, STOPPED = text.warning }

local function build(json)
  local status = text.table(json.commit_status)
  local state = text.of(status.state) or "?"
  if not results[state] then return { silent = true } end
  return { sign = results[state], said = ("%s: %s"):format(text.first(status, { "name", "key" }) or "build", state:lower()),
           body = text.of(status.description), link = status.url, priority = state == "FAILED" and "high" or "normal" }
end

local function issue(json, deed)
  local one = text.table(json.issue)
  local on = ("issue #%s: %s"):format(text.of(one.id) or "?", text.of(one.title) or "")
  local said = deed == "comment_created" and text.get(json, "comment.content.raw")
  return { said = ("%s %s %s"):format(person(json), said and "commented on" or past[deed] or deed:gsub("_", " "), on),
           body = words.quote(said or deed == "created" and text.get(one, "content.raw") or nil), link = page_of(one) }
end

-- A stored request may come without its headers; a server of one's own says it in the body, too.
local function event_of(json, req)
  local said = text.of(text.table(req.headers)["x-event-key"]) or text.of(json.eventKey)
  if said then return said:match("^[%w_]+:[%w_:]+$") end
  if type(text.at(json, "push.changes")) == "table" then return "repo:push" end
  if type(json.commit_status) == "table" then return "repo:commit_status_updated" end
  if type(json.pullrequest) == "table" then return "pullrequest:" .. (json.comment and "comment_created" or "changed") end
end

function bitbucket.fits(json, req)
  return event_of(json, req) ~= nil
end

function bitbucket.read(json, req)
  local event = event_of(json, req)
  local kind, deed = event:match("^([%w_]+):(.*)$")
  local repository = name_of(json.repository) or name_of(text.at(json, "pullRequest.toRef.repository"))
  local found
  if event == "diagnostics:ping" or json.test == true then found = { said = "the hook works" }
  elseif event == "repo:push" or event == "repo:refs_changed" then found = push(json)
  elseif kind == "pullrequest" or kind == "pr" then found = pull_request(json, deed)
  elseif event:find("^repo:commit_status") then found = build(json)
  elseif kind == "issue" then found = issue(json, deed)
  else
    found = { said = ("%s: %s"):format(person(json), (event:gsub("[_:]", " "))),
              body = words.quote(text.get(json, "comment.content.raw") or text.get(json, "comment.text")),
              link = page_of(text.table(json.comment)) or page_of(text.table(json.repository)) }
  end
  return words.content(repository, found)
end

return bitbucket
