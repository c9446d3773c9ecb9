-- Uptime Kuma and Healthchecks: one thing is watched, and it is up or down.
--
-- Source: uptime-kuma/server/notification-providers/webhook.js; healthchecks.io/docs/configuring_notifications, its
-- placeholder $JSON.

local P = ...
local text = require "text"
local monitors = {}

local kuma_states = { [0] = "down", [1] = "up", [2] = "pending", [3] = "maintenance" }
local kuma_signs = { down = text.firing, up = text.resolved }

function monitors.fits_kuma(json)
  return json.msg ~= nil and (json.heartbeat ~= nil or json.monitor ~= nil)
end

-- A monitor's address; Kuma fills in "https://" where none was given.
local function kuma_address(monitor)
  local url = text.link(monitor.url)
  if url and url ~= "https://" and url ~= "http://" then return url end
  local host, port = text.of(monitor.hostname), text.of(monitor.port)
  return host and port and host .. ":" .. port or host
end

function monitors.read_kuma(json)
  local beat, monitor = text.table(json.heartbeat), text.table(json.monitor)
  local state = kuma_states[beat.status]
  -- A test, or a certificate that expires: there is no state, only the sentence.
  if not state then return { title = "Uptime Kuma", text = text.of(json.msg) or "" } end
  local time = text.of(beat.localDateTime) or text.of(beat.time)
  local zone = beat.localDateTime and text.of(beat.timezone) or "UTC"
  if time then time = ("%s %s"):format(time:match("^[%d-]+ (%d+:%d+)") or time, zone) end
  return {
    title = ("%s%s: %s"):format(kuma_signs[state] and kuma_signs[state] .. " " or "", state:upper(),
      text.of(monitor.name) or "a monitor"),
    text = text.lines(text.of(beat.msg), kuma_address(monitor), time and "at " .. time),
    priority = state == "down" and "high" or "normal",
    state = state,
    incident = text.incident("monitor " .. (text.of(monitor.id) or text.of(monitor.name) or ""), state),
  }
end

local check_states = { up = text.resolved, down = text.firing, grace = text.warning }

function monitors.fits_healthchecks(json)
  return text.of(json.name) ~= nil and text.of(json.status) ~= nil and (json.n_pings ~= nil or json.grace ~= nil)
end

function monitors.read_healthchecks(json)
  local status = json.status
  local last = text.time(json.last_ping)
  local heard = last and "last ping " .. text.clock(last) or "it never sent a ping"
  return {
    title = ("%s %s: %s"):format(check_states[status] or text.warning, status:upper(), json.name),
    text = text.lines(text.of(json.desc), heard, text.of(json.tags) and "tags: " .. json.tags,
      text.link(json.details_url)),
    priority = status == "down" and "high" or "normal",
    state = status,
    incident = text.incident("check " .. (text.first(json, { "uuid", "unique_key", "slug", "name" })), status),
  }
end

-- Its own `status` says only that the analysis ran. Source: docs.sonarsource.com, "Webhooks".
function monitors.fits_sonarqube(json)
  return text.get(json, "qualityGate.status") ~= nil and type(json.project) == "table"
end

function monitors.read_sonarqube(json)
  local state = json.qualityGate.status
  local failed = {}
  for _, each in ipairs(text.table(json.qualityGate.conditions)) do
    local metric = text.of(each.metric)
    if each.status == "ERROR" and metric then failed[#failed + 1] = ("%s: %s"):format(metric:gsub("_", " "), text.of(each.value) or "?") end
  end
  local name, branch = text.get(json, "project.name") or "a project", text.get(json, "branch.name")
  return {
    title = ("%s quality gate of %s%s: %s"):format(state == "OK" and text.resolved or text.firing, name, branch and " (" .. branch .. ")" or "",
      state == "OK" and "passed" or state == "ERROR" and "failed" or state),
    text = text.lines(table.concat(failed, "\n"), text.link(text.get(json, "branch.url") or text.get(json, "project.url"))),
    state = state,
    priority = state == "OK" and "normal" or "high",
    incident = text.incident("gate " .. (text.get(json, "project.key") or name) .. " " .. (branch or ""), state),
  }
end

return monitors
