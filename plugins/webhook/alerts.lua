-- Alertmanager (JSON version 4) and Grafana, which took that shape over.
--
-- Source: prometheus.io/docs/alerting/latest/configuration/#webhook_config, grafana.com "Configure webhook notifications".

local P = ...
local text = require "text"
local alerts = {}

local longest_list = 8 -- alerts named in one message; a phone shows no more at a glance

-- What names the thing that is ill, the most telling first.
local places = { "instance", "host", "hostname", "node", "server", "device", "pod", "container", "service", "job", "target",
                 "name", "rulename" }
local not_telling = { alertname = true, severity = true, grafana_folder = true, priority = true, level = true,
                      prometheus = true, monitor = true }

-- And the word that joins it to the alert's name.
local function place_of(labels)
  local place = text.first(labels, places)
  if place then return text.line(place), " on " end
  local pairs_of = {}
  for _, name in ipairs(text.names(labels)) do
    local value = text.of(labels[name])
    if value and not not_telling[name] then pairs_of[#pairs_of + 1] = name .. "=" .. text.line(value, 100) end
  end
  return text.of(table.concat(pairs_of, ", ")), ", "
end

-- Of Grafana's values only those that are not a condition's 0 or 1.
local function values_of(alert)
  local shown = {}
  for _, name in ipairs(text.names(text.table(alert.values))) do
    local value = alert.values[name]
    if type(value) == "number" and value ~= 0 and value ~= 1 then shown[#shown + 1] = ("%s = %.6g"):format(name, value) end
  end
  return text.of(table.concat(shown, ", "))
end

local function summary_of(alert)
  local notes = text.table(alert.annotations)
  return text.first(notes, { "summary", "title", "message", "description" })
end

local function details_of(alert)
  local notes = text.table(alert.annotations)
  local summary = summary_of(alert)
  local description = text.first(notes, { "description", "message" })
  if description == summary then description = nil end
  return text.lines(summary, description, values_of(alert))
end

local function when(alert)
  local from, to = text.time(alert.startsAt), text.time(alert.endsAt)
  if not from then return nil end
  if alert.status ~= "resolved" or not to or to < from then return "since " .. text.clock(from) end
  return ("lasted %s, until %s"):format(text.span(to - from), text.clock(to))
end

local function link_of(group, alert)
  local notes = text.table(alert.annotations)
  local runbook = text.link(notes.runbook_url or notes.runbook)
  if runbook then return "runbook: " .. runbook end
  return text.link(alert.panelURL) or text.link(alert.dashboardURL) or text.link(notes.dashboard_url)
    or text.link(alert.generatorURL) or text.link(group.externalURL)
end

local function heading(status, name, severity)
  local resolved = status == "resolved"
  return ("%s %s: %s%s"):format(resolved and text.resolved or text.firing, resolved and "RESOLVED" or "FIRING", name,
    severity and not resolved and " (" .. severity .. ")" or "")
end

local function name_of(group, alert)
  return text.get(alert, "labels.alertname") or text.get(group, "commonLabels.alertname")
    or text.get(group, "groupLabels.alertname") or "alert"
end

local function severity_of(alert)
  return text.first(text.table(alert.labels), { "severity", "priority", "level" })
end

local function one(group, alert)
  local place, joint = place_of(text.table(alert.labels))
  local resolved = alert.status == "resolved"
  local details = details_of(alert)
  if resolved and details ~= "" then details = "was: " .. text.line(details) end
  return heading(alert.status, name_of(group, alert), severity_of(alert)) .. (place and joint .. place or ""),
    text.lines(details, when(alert), not resolved and link_of(group, alert) or nil)
end

local function item(alert, name)
  local own = text.get(alert, "labels.alertname")
  local place = place_of(text.table(alert.labels))
  local summary = summary_of(alert)
  local parts = { own ~= name and own or nil }
  parts[#parts + 1] = place
  parts[#parts + 1] = summary and text.line(summary, 160)
  local time = when(alert)
  if #parts == 0 then parts[1] = "no labels, no annotations" end
  return "• " .. table.concat(parts, ": ") .. (time and " (" .. time .. ")" or "")
end

-- The name and the severity that all of them share.
local function shared(list, read)
  local value = read(list[1])
  for _, alert in ipairs(list) do
    if read(alert) ~= value then return nil end
  end
  return value
end

local function many(group, list, status)
  local name = shared(list, function(alert) return name_of(group, alert) end)
  local lines = {}
  for i, alert in ipairs(list) do
    if i > longest_list then
      lines[#lines + 1] = ("… and %d more"):format(#list - longest_list)
      break
    end
    lines[#lines + 1] = item(alert, name)
  end
  local title = heading(status, (name and name .. ", " or "") .. text.count(#list, "alert"), shared(list, severity_of))
  return title, table.concat(lines, "\n")
end

local worst_first = { "high", "normal", "low" }

local function priority_of(firing)
  if #firing == 0 then return "normal" end
  local found = {}
  for _, alert in ipairs(firing) do found[text.priority(severity_of(alert)) or "normal"] = true end
  for _, priority in ipairs(worst_first) do
    if found[priority] then return priority end
  end
end

local function part(group, list, status)
  if #list == 0 then return nil end
  if #list == 1 then return one(group, list[1]) end
  return many(group, list, status)
end

-- The sender's name of an alert; without one its labels.
local function id_of(alert)
  return text.of(alert.fingerprint) or text.labels(text.table(alert.labels))
end

-- What makes two requests speak of the same: the group, as Alertmanager and Grafana call it.
local function incident_of(group, firing)
  local incident = { id = (text.of(group.receiver) or "") .. " " .. (text.of(group.groupKey) or text.labels(text.table(group.groupLabels))),
                     firing = {}, labels = {} }
  for i, alert in ipairs(firing) do
    incident.firing[id_of(alert)] = true
    incident.labels[i] = text.table(alert.labels)
  end
  function incident.part(ids)
    local some = {}
    for _, alert in ipairs(firing) do
      if ids[id_of(alert)] then some[#some + 1] = alert end
    end
    return text.lines(part(group, #some > 0 and some or firing, "firing"))
  end
  return incident
end

function alerts.read(group)
  local firing, resolved = {}, {}
  for _, alert in ipairs(group.alerts) do
    local into = text.table(alert).status == "resolved" and resolved or firing
    into[#into + 1] = text.table(alert)
  end
  local title, body = part(group, firing, "firing")
  local resolved_title, resolved_body = part(group, resolved, "resolved")
  if not title then title, body, resolved_title, resolved_body = resolved_title, resolved_body, nil, nil end
  local left_out = tonumber(group.truncatedAlerts) or 0
  return {
    title = title or "An alert group without alerts",
    text = text.lines(body, #firing > 1 and text.link(group.externalURL) or nil, resolved_title, resolved_body,
      left_out > 0 and ("… and %d more that were left out by the sender"):format(left_out) or nil),
    priority = priority_of(firing),
    state = #firing > 0 and "firing" or "resolved",
    incident = incident_of(group, firing),
  }
end

function alerts.fits(json)
  return type(json.alerts) == "table" and (json.groupKey ~= nil or json.commonLabels ~= nil or json.receiver ~= nil)
end

-- What Grafana sent before version 8: one rule, one state.
function alerts.fits_old_grafana(json)
  return json.ruleName ~= nil and json.state ~= nil
end

function alerts.read_old_grafana(json)
  local state = tostring(json.state)
  local values = {}
  for _, match in ipairs(text.table(json.evalMatches)) do
    values[#values + 1] = ("• %s: %s"):format(tostring(match.metric), tostring(match.value))
  end
  return {
    title = ("%s %s: %s"):format(text.sign(state) or text.warning, state:upper(), tostring(json.ruleName)),
    text = text.lines(text.of(json.message), table.concat(values, "\n"), text.link(json.ruleUrl)),
    priority = state == "alerting" and "high" or "normal",
    state = state,
    incident = text.incident("rule " .. (text.of(json.ruleId) or tostring(json.ruleName)), state),
  }
end

return alerts
