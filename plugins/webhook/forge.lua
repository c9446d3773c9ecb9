-- GitHub, Gitea and Forgejo (which send the same members), GitLab.
--
-- Source: docs.github.com "Webhook events and payloads"; docs.gitea.com "Webhooks"; docs.gitlab.com "Webhook events".

local P = ...
local text = require "text"
local words = require "forge_words"
local forge = {}

local quote, commit_lines, content = words.quote, words.commit_lines, words.content

local function event_of(req)
  local headers = text.table(req.headers)
  return text.first(headers, { "x-github-event", "x-forgejo-event", "x-gitea-event", "x-gogs-event" })
end

-- A stored request may come without its headers.
local function guess(json)
  for _, name in ipairs { "workflow_run", "workflow_job", "check_run", "release", "review", "comment", "pull_request",
                          "issue", "deployment_status", "alert" } do
    if type(json[name]) == "table" then return name end
  end
  if json.commits and json.ref then return "push" end
  if json.zen then return "ping" end
  return json.ref_type and (json.master_branch and "create" or "delete") or "event"
end

local function person(who)
  who = text.table(who)
  return text.first(who, { "login", "username", "name", "full_name" }) or "somebody"
end

local function short_ref(ref)
  local kind, name = tostring(ref):match("^refs/(%a+)/(.+)$")
  if kind == "tags" then return "tag " .. name, name end
  return name or tostring(ref), name or tostring(ref)
end

local function numbered(object)
  return ("#%s: %s"):format(tostring(object.number or object.iid or object.index or "?"), text.get(object, "title") or "")
end

local events = {}

function events.ping(json)
  return { said = "the hook works", body = text.of(json.zen) }
end

function events.push(json)
  local commits = text.table(json.commits)
  local where = short_ref(assert(text.of(json.ref), "a push without a ref"))
  local who = json.pusher and person(json.pusher) or person(json.sender)
  if who == "somebody" then who = person(json.sender) end
  if json.deleted or tostring(json.after):match("^0+$") then return { said = who .. " deleted " .. where } end
  if where:match("^tag ") then return { said = who .. " pushed " .. where, link = json.compare or json.compare_url } end
  local total = tonumber(json.total_commits) or #commits
  if total == 0 then return { said = who .. " created " .. where } end
  return {
    said = ("%s %s %s to %s"):format(who, json.forced and "force-pushed" or "pushed", text.count(total, "commit"), where),
    body = commit_lines(commits),
    link = json.compare or json.compare_url,
  }
end

local action_words = {
  synchronize = "pushed to", synchronized = "pushed to", review_requested = "asked for a review of", labeled = "labelled",
  unlabeled = "took a label from", label_updated = "labelled", ready_for_review = "marked ready", converted_to_draft = "made a draft of",
}

local function about(json, kind, object)
  local action = text.of(json.action) or "changed"
  if action == "closed" and (object.merged or text.of(object.merged_at)) then action = "merged" end
  return {
    said = ("%s %s %s %s"):format(person(json.sender), action_words[action] or action:gsub("_", " "), kind, numbered(object)),
    body = (action == "opened" or action == "reopened") and quote(object.body) or nil,
    link = object.html_url,
  }
end

function events.pull_request(json)
  return about(json, "pull request", text.table(json.pull_request))
end

function events.issues(json)
  return about(json, "issue", text.table(json.issue))
end
events.issue = events.issues

local function commented(json)
  local object = text.table(json.issue or json.pull_request)
  local comment = text.table(json.comment)
  local on = (object.number or object.index) and numbered(object) or "commit " .. tostring(comment.commit_id):sub(1, 8)
  local verb = json.action == "created" and "commented on" or tostring(json.action) .. " a comment on"
  return { said = ("%s %s %s"):format(person(json.sender), verb, on), body = quote(comment.body), link = comment.html_url }
end
events.issue_comment, events.comment, events.commit_comment = commented, commented, commented
events.pull_request_comment, events.pull_request_review_comment = commented, commented

local verdicts = { approved = "approved", changes_requested = "asked for changes in", commented = "commented on" }

function events.pull_request_review(json)
  local review = text.table(json.review)
  local state = text.of(review.state) or (text.of(review.type) or ""):gsub("pull_request_review_", "")
  state = state:lower():gsub("^rejected$", "changes_requested")
  return {
    said = ("%s %s pull request %s"):format(person(json.sender), verdicts[state] or "reviewed", numbered(text.table(json.pull_request))),
    body = quote(review.body or review.content),
    link = review.html_url or text.get(json, "pull_request.html_url"),
  }
end
events.review = events.pull_request_review
events.pull_request_review_approved, events.pull_request_review_rejected = events.review, events.review
events.pull_request_approved, events.pull_request_rejected = events.review, events.review

function events.release(json)
  local release = text.table(json.release)
  local tag, name = tostring(release.tag_name), text.of(release.name)
  local action = json.action == "published" and "released" or tostring(json.action) .. " release"
  return {
    said = ("%s %s %s%s"):format(person(json.sender or release.author), action, tag, name and name ~= tag and ": " .. name or ""),
    body = quote(release.body),
    link = release.html_url,
  }
end

function events.create(json)
  return { said = ("%s created %s %s"):format(person(json.sender), tostring(json.ref_type), tostring(json.ref)) }
end

function events.delete(json)
  return { said = ("%s deleted %s %s"):format(person(json.sender), tostring(json.ref_type), tostring(json.ref)) }
end

local results = { failure = "failed", success = "succeeded", error = "failed", canceled = "was cancelled", cancelled = "was cancelled",
                  skipped = "was skipped" }

local function result_word(result)
  return results[result] or result:gsub("_", " ")
end

local bad = { failure = true, failed = true, timed_out = true, startup_failure = true, action_required = true, error = true }

-- A run that ended. While it runs there is nothing to tell; of jobs and checks only what failed, or a build of forty jobs
-- would ring forty times.
local function ended(json, run, only_failures)
  if json.action and json.action ~= "completed" then return { silent = true } end
  local result = tostring(run.conclusion or run.status or run.state)
  if only_failures and not bad[result] then return { silent = true } end
  return {
    sign = bad[result] and text.firing or result == "success" and text.resolved or text.warning,
    said = ("%s %s on %s"):format(text.get(run, "name") or text.get(run, "context") or "build", result_word(result),
      text.of(run.head_branch) or tostring(run.head_sha or ""):sub(1, 8)),
    body = text.of(run.display_title) or text.get(run, "head_commit.message") and text.line(run.head_commit.message),
    link = run.html_url,
    priority = bad[result] and "high" or "normal",
  }
end

function events.workflow_run(json) return ended(json, text.table(json.workflow_run)) end
function events.workflow_job(json) return ended(json, text.table(json.workflow_job), true) end
function events.check_run(json) return ended(json, text.table(json.check_run), true) end
function events.check_suite(json) return ended(json, text.table(json.check_suite), true) end

function events.status(json)
  if not bad[tostring(json.state)] then return { silent = true } end
  return { sign = text.firing, said = ("%s failed on %s"):format(text.of(json.context) or "build", tostring(json.sha):sub(1, 8)),
           body = text.of(json.description), link = json.target_url, priority = "high" }
end

-- What GitHub found in dependencies, in the code, among the secrets: the alert is named by what is wrong.
local function security(json, event)
  local alert = text.table(json.alert)
  local what = text.get(alert, "security_advisory.summary") or text.get(alert, "rule.description")
    or text.first(alert, { "secret_type_display_name", "secret_type", "affected_package_name" }) or "?"
  local severity = text.get(alert, "security_advisory.severity") or text.get(alert, "rule.security_severity_level") or text.of(alert.severity)
  local action = text.of(json.action) or "changed"
  local is_new = action:find("creat") or action:find("reopened") or action:find("appeared")
  local is_over = action == "fixed" or action == "resolved" or action:find("dismiss") or action:find("closed")
  local package = text.get(alert, "dependency.package.name")
  return {
    sign = is_new and (text.priority(severity) == "high" and text.firing or text.warning) or is_over and text.resolved or nil,
    said = ("%s %s: %s%s%s"):format((event:gsub("_", " ")), (action:gsub("_", " ")), package and package .. ": " or "", what,
      severity and is_new and " (" .. severity .. ")" or ""),
    link = alert.html_url,
    priority = is_new and text.priority(severity) or nil,
  }
end
events.dependabot_alert = function(json) return security(json, "dependabot alert") end
events.code_scanning_alert = function(json) return security(json, "code scanning alert") end
events.secret_scanning_alert = function(json) return security(json, "secret scanning alert") end
events.repository_vulnerability_alert = events.dependabot_alert

function events.deployment_status(json)
  local status, deployment = text.table(json.deployment_status), text.table(json.deployment)
  local state = text.of(status.state) or "?"
  if not bad[state] and state ~= "success" then return { silent = true } end
  return {
    sign = bad[state] and text.firing or text.resolved,
    said = ("deployment of %s to %s %s"):format(text.of(deployment.ref) or "?",
      text.first(status, { "environment" }) or text.of(deployment.environment) or "?", result_word(state)),
    body = text.of(status.description),
    link = text.of(status.target_url) or status.log_url,
    priority = bad[state] and "high" or "normal",
  }
end

-- Forgejo's own CI.
local function action_run(json)
  local run = text.table(json.run)
  local status = text.of(json.action) or text.of(run.status) or "?"
  return {
    sign = bad[status] and text.firing or text.resolved,
    said = ("%s %s on %s"):format(text.first(run, { "workflow_id" }) or "a workflow", status == "recover" and "succeeds again" or result_word(status),
      text.first(run, { "prettyref", "commit_sha" }) or "?"),
    body = text.of(run.title),
    link = run.html_url,
    priority = bad[status] and "high" or "normal",
  }
end
events.action_run_failure, events.action_run_success, events.action_run_recover = action_run, action_run, action_run

-- Every other event: who did what to what.
local function other(json, event)
  local object = text.table(json[event] or json.alert or json.forkee or json.discussion)
  local name = text.first(object, { "title", "name", "full_name", "login", "summary", "state" }) or text.get(object, "security_advisory.summary")
  return {
    said = ("%s: %s%s%s"):format(person(json.sender), event:gsub("_", " "), text.of(json.action) and " " .. json.action:gsub("_", " ") or "",
      name and " – " .. text.line(name) or ""),
    link = object.html_url,
  }
end

function forge.fits(json, req)
  return event_of(req) ~= nil or type(json.repository) == "table" and text.get(json, "repository.full_name") ~= nil
end

function forge.read(json, req)
  local event = event_of(req) or guess(json)
  local read = events[event]
  return content(text.get(json, "repository.full_name") or text.get(json, "organization.login"),
    read and read(json) or other(json, event))
end

-- ---- GitLab

local gitlab = {}

function gitlab.push(json)
  local where = short_ref(assert(text.of(json.ref), "a push without a ref"))
  local who = text.first(json, { "user_name", "user_username" }) or "somebody"
  if tostring(json.after):match("^0+$") then return { said = who .. " deleted " .. where } end
  local total = tonumber(json.total_commits_count) or 0
  if total == 0 or json.object_kind == "tag_push" then
    return { said = ("%s %s %s"):format(who, json.object_kind == "tag_push" and "pushed" or "created", where) }
  end
  local commits = text.table(json.commits)
  return { said = ("%s pushed %s to %s"):format(who, text.count(total, "commit"), where), body = commit_lines(commits),
           link = text.get(commits[#commits] or {}, "url") }
end
gitlab.tag_push = gitlab.push

local past = { open = "opened", close = "closed", reopen = "reopened", update = "updated", merge = "merged", approved = "approved",
               unapproved = "took back the approval of", approval = "approved", unapproval = "took back the approval of" }

local function gitlab_object(json, kind, mark)
  local object = text.table(json.object_attributes)
  local action = text.of(object.action) or "update"
  return {
    said = ("%s %s %s %s%s: %s"):format(person(json.user), past[action] or action, kind, mark, tostring(object.iid), tostring(object.title)),
    body = action == "open" and quote(object.description) or nil,
    link = object.url,
  }
end

function gitlab.issue(json) return gitlab_object(json, "issue", "#") end
gitlab.work_item = gitlab.issue
function gitlab.merge_request(json) return gitlab_object(json, "merge request", "!") end

function gitlab.note(json)
  local note = text.table(json.object_attributes)
  local on = json.merge_request and ("!%s: %s"):format(tostring(json.merge_request.iid), tostring(json.merge_request.title))
    or json.issue and ("#%s: %s"):format(tostring(json.issue.iid), tostring(json.issue.title))
    or json.snippet and "snippet " .. (text.get(json, "snippet.title") or "?")
    or "commit " .. (text.get(json, "commit.id") or "?"):sub(1, 8)
  return { said = person(json.user) .. " commented on " .. on, body = quote(note.note), link = note.url }
end

function gitlab.pipeline(json)
  local run = text.table(json.object_attributes)
  local status = tostring(run.status)
  if status ~= "success" and status ~= "failed" and status ~= "canceled" then return { silent = true } end
  local failed = {}
  for _, job in ipairs(text.table(json.builds)) do
    if job.status == "failed" and not job.allow_failure then failed[#failed + 1] = tostring(job.name) end
  end
  return {
    sign = status == "failed" and text.firing or status == "success" and text.resolved or text.warning,
    said = ("pipeline %s %s on %s"):format(tostring(run.iid or run.id), result_word(status), tostring(run.ref)),
    body = text.lines(#failed > 0 and "failed: " .. table.concat(failed, ", ") or nil,
      text.get(json, "commit.title") or text.get(json, "commit.message") and text.line(json.commit.message)),
    link = run.url or text.get(json, "project.web_url") and ("%s/-/pipelines/%s"):format(json.project.web_url, tostring(run.id)),
    priority = status == "failed" and "high" or "normal",
  }
end

function gitlab.deployment(json)
  local status = text.of(json.status) or "?"
  if status ~= "success" and status ~= "failed" and status ~= "canceled" then return { silent = true } end
  return {
    sign = status == "failed" and text.firing or status == "success" and text.resolved or text.warning,
    said = ("deployment of %s to %s %s"):format(text.of(json.ref) or "?", text.of(json.environment) or "?", result_word(status)),
    body = text.of(json.commit_title),
    link = json.deployable_url,
    priority = status == "failed" and "high" or "normal",
  }
end

-- A job's end is told by its pipeline.
function gitlab.build(_) return { silent = true } end

function gitlab.release(json)
  return { said = ("release %s %sd"):format(text.of(json.name) or tostring(json.tag), tostring(json.action)),
           body = quote(json.description), link = json.url }
end

function forge.fits_gitlab(json)
  return text.of(json.object_kind) ~= nil and (json.project ~= nil or json.project_id ~= nil or json.repository ~= nil)
end

function forge.read_gitlab(json)
  local read = gitlab[json.object_kind]
  local repository = text.get(json, "project.path_with_namespace") or text.get(json, "project_name") or text.get(json, "repository.name")
  local function unknown()
    local object = text.table(json.object_attributes)
    local action = text.of(object.action) or text.of(json.action) or text.of(json.status) or json.event_type ~= json.object_kind and text.of(json.event_type)
    local name = text.first(object, { "title", "name" }) or text.of(json.name)
    return { said = ("%s: %s%s%s"):format(json.user and person(json.user) or "GitLab", json.object_kind:gsub("_", " "),
               action and " " .. action:gsub("_", " ") or "", name and " – " .. text.line(name) or ""),
             body = text.of(object.expires_at) and "expires " .. object.expires_at,
             link = object.url or object.awarded_on_url or json.url }
  end
  return content(repository, read and read(json) or unknown())
end

return forge
