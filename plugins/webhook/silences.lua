-- 🔕 at an alert, or "silence 2h": Alertmanager is told to be quiet about it, by whom it was wanted.
--
-- Source: Alertmanager, API v2, POST /silences (api/v2/openapi.yaml: postableSilence, matcher).

local P = ...
local text = require "text"
local silences = {}

local most_sets = 10   -- alerts that are silenced one by one; of more only what their labels share
local most_labels = 40 -- of one alert
local longest = 1024   -- bytes of a label's value

silences.sign = "🔕"

local function known(labels)
  local kept, count = {}, 0
  for _, name in ipairs(text.names(text.table(labels))) do
    local value = text.of(labels[name])
    if not value or #value > longest or count == most_labels then return nil end
    kept[name], count = value, count + 1
  end
  return count > 0 and kept or nil
end

local function shared(sets)
  local same = {}
  for name, value in pairs(sets[1]) do
    local everywhere = true
    for _, labels in ipairs(sets) do everywhere = everywhere and labels[name] == value end
    if everywhere then same[name] = value end
  end
  return same
end

-- What is kept of the labels of the alerts that fire; nil: there is nothing that would
-- name them. What more than `most_sets` share may name others, too.
function silences.kept(sets)
  local all = {}
  for _, labels in ipairs(sets or {}) do
    local kept = known(labels)
    if not kept then return nil end
    all[#all + 1] = kept
  end
  if #all > most_sets then all = { shared(all) } end
  if #all == 0 or next(all[1]) == nil then return nil end
  return all
end

local function request(labels, starts, ends, who, comment)
  local matchers = P.json.array {}
  for _, name in ipairs(text.names(labels)) do
    matchers[#matchers + 1] = { name = name, value = labels[name], isRegex = false, isEqual = true }
  end
  local layout = "%Y-%m-%dT%H:%M:%SZ"
  return { matchers = matchers, startsAt = P.time.format(starts, layout), endsAt = P.time.format(ends, layout),
           createdBy = who, comment = comment }
end

-- When it ends, in ms; nil and the reason.
function silences.create(hook, record, seconds, who)
  if not hook.alertmanager then return nil, "this hook does not know its Alertmanager" end
  if not record.labels then return nil, "the alert came without labels that would name it" end
  local starts = P.now_ms()
  local ends = starts + math.ceil(seconds) * 1000
  for _, labels in ipairs(record.labels) do
    local r = P.fetch(hook.alertmanager, "/api/v2/silences", {
      json = request(labels, starts, ends, who, "asked for in the chat: " .. text.line(record.text, 200)), timeout = "10s",
    })
    if not r.ok then return nil, "Alertmanager: " .. (r.error or ("it answered %d %s"):format(r.status, text.line(r.body or "", 200))) end
  end
  return ends
end

return silences
