-- What push services take: ntfy, Gotify, Apprise's json://, signal-cli-rest-api.
--
-- Source: docs.ntfy.sh/publish; gotify.net/docs/pushmsg; github.com/caronc/apprise/wiki/Notify_Custom_JSON;
-- bbernhard.github.io/signal-cli-rest-api.

local P = ...
local text = require "text"
local pictures = require "pictures"
local push = {}

-- 1 to 5, or a word → ours.
local ntfy_priorities = {
  ["1"] = "low", min = "low", ["2"] = "low", low = "low", ["3"] = "normal", default = "normal", ["4"] = "high", high = "high",
  ["5"] = "high", max = "high", urgent = "high",
}

local function base64(value)
  local bits, count, bytes = 0, 0, {}
  for c in value:gmatch("[%w+/_-]") do
    local code = c:byte()
    local six = c:match("%u") and code - 65 or c:match("%l") and code - 71 or c:match("%d") and code + 4
      or (c == "+" or c == "-") and 62 or 63
    bits, count = bits << 6 | six, count + 6
    if count >= 8 then
      count = count - 8
      bytes[#bytes + 1] = string.char(bits >> count & 0xFF)
      bits = bits & ((1 << count) - 1)
    end
  end
  return table.concat(bytes)
end

-- `=?UTF-8?B?…?=`: how a header says what is not ASCII. Source: RFC 2047.
local function header_text(value)
  value = value:gsub("%?=%s+=%?", "?==?")
  return (value:gsub("=%?([%w-]+)%?([bBqQ])%?(.-)%?=", function(charset, kind, encoded)
    if not charset:lower():match("^utf%-?8$") and not charset:lower():match("^us%-ascii$") then return nil end
    local decoded = kind:lower() == "b" and base64(encoded)
      or encoded:gsub("_", " "):gsub("=(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
    return utf8.len(decoded) and decoded or nil
  end))
end

local function split(value)
  local parts = {}
  for part in value:gmatch("[^,]+") do
    if text.of(part) then parts[#parts + 1] = text.trim(part) end
  end
  return parts
end

-- Pictures before the title, words below the text.
local function tagged(tags)
  local shown, words = {}, {}
  for _, tag in ipairs(tags) do
    tag = text.of(tag)
    if tag and pictures[tag] then shown[#shown + 1] = pictures[tag]
    elseif tag then words[#words + 1] = tag end
  end
  return table.concat(shown), #words > 0 and "tags: " .. table.concat(words, ", ") or nil
end

-- "view, Open, https://…; http, Close, https://…", or the same as JSON: only what opens a page is of use to a reader.
local function actions_of(value)
  local list = type(value) == "table" and value or type(value) == "string" and value:match("^%s*%[") and P.json.decode(value) or nil
  local lines = {}
  if not list then
    list = {}
    for one in (text.of(value) or ""):gmatch("[^;]+") do
      local action, label, url = one:match("^%s*(%a+)%s*,(.-),%s*([^,%s]+)")
      list[#list + 1] = { action = action, label = label, url = url }
    end
  end
  for _, one in ipairs(list) do
    one = text.table(one)
    local url = text.link(one.url)
    if one.action == "view" and url then lines[#lines + 1] = (text.of(one.label) or "open") .. ": " .. url end
  end
  return table.concat(lines, "\n")
end

local function ntfy(found)
  local signs, words = tagged(found.tags)
  local title, body = found.title, found.body
  if signs ~= "" then
    if title then title = signs .. " " .. title else body = signs .. " " .. (body or "") end
  end
  local file = text.of(found.attach)
  return {
    title = title,
    text = text.lines(body or (not title and "triggered" or nil), text.link(found.click) or text.of(found.click),
      actions_of(found.actions),
      file and "file: " .. file, words),
    key = found.sequence, -- the next message of this one takes its place
    delay = found.delay,
    priority = ntfy_priorities[(text.of(found.priority) or ""):lower()],
  }
end

-- Headers, or the same names in the query. Source: docs.ntfy.sh/publish, "List of all parameters".
local ntfy_names = {
  title = { "x-title", "title", "ti", "t" }, body = { "x-message", "message", "m" }, priority = { "x-priority", "priority", "prio", "p" },
  tags = { "x-tags", "tags", "tag", "ta" }, click = { "x-click", "click" }, attach = { "x-attach", "attach", "a" },
  delay = { "x-delay", "delay", "x-at", "at", "x-in", "in" }, filename = { "x-filename", "filename", "file", "f" },
  actions = { "x-actions", "actions", "action" }, sequence = { "x-sequence-id", "sequence-id", "sid" },
}

local function ntfy_parameters(req)
  local found = {}
  for name, spellings in pairs(ntfy_names) do
    local value = text.first(text.table(req.headers), spellings)
    found[name] = value and header_text(value) or text.first(text.table(req.query), spellings)
  end
  return found
end

-- By its headers; a body alone is a generic request, and reads the same.
function push.fits_ntfy(req)
  local found = ntfy_parameters(req)
  return (found.title or found.priority or found.tags or found.click or found.attach or found.delay or found.body
    or found.filename or found.sequence or found.actions) ~= nil
end

function push.read_ntfy(req)
  local found = ntfy_parameters(req)
  -- A header's text comes instead of the body, which is then a file; `\n` in it is a line's end.
  local file = found.filename and ("[1 file not sent: %s]"):format(found.filename) or nil
  local message = found.body and found.body:gsub("\\n", "\n")
  found.body = text.of(text.lines(message, file)) or text.of(req.body)
  found.tags = found.tags and split(found.tags) or {}
  return ntfy(found)
end

function push.fits_ntfy_json(json)
  return text.of(json.topic) ~= nil and json.eventType == nil
end

-- Apprise puts some of it into headers.
function push.read_ntfy_json(json, req)
  local beside = ntfy_parameters(req)
  local tags = type(json.tags) == "table" and json.tags or split(text.of(json.tags) or beside.tags or "")
  return ntfy { title = text.of(json.title) or beside.title, body = text.of(json.message), tags = tags,
                priority = json.priority or beside.priority, click = json.click or beside.click, attach = json.attach or beside.attach,
                delay = text.of(json.delay) or beside.delay, actions = json.actions or beside.actions, sequence = text.of(json.sequence_id) or beside.sequence }
end

-- 0 to 10, as Gotify's app shows them: up to 3 in silence, from 8 on with alarm.
function push.gotify_priority(value)
  local number = math.tointeger(tonumber(value))
  if not number then return nil end
  return number <= 3 and "low" or number <= 7 and "normal" or "high"
end

function push.fits_gotify(fields, req)
  return req.endpoint == "message" and text.of(fields.message) ~= nil
end

function push.read_gotify(fields)
  local notice = text.table(text.table(fields.extras)["client::notification"])
  return {
    title = text.of(fields.title),
    text = text.lines(text.of(fields.message), text.link(text.at(notice, "click.url"))),
    priority = push.gotify_priority(fields.priority),
  }
end

local function files_not_sent(list)
  if #list == 0 then return nil end
  local names = {}
  for _, file in ipairs(list) do
    -- An object with its name; or a text, "data:image/png;filename=door.png;base64,…".
    names[#names + 1] = text.of(text.table(file).filename) or type(file) == "string" and file:sub(1, 300):match(";filename=([^;,]+)") or nil
  end
  return ("[%s not sent%s]"):format(text.count(#list, "file"), #names > 0 and ": " .. table.concat(names, ", ") or "")
end

local apprise_types = { failure = "high", warning = "normal", success = "normal", info = "normal" }

function push.fits_apprise(json)
  return json.version ~= nil and json.message ~= nil and apprise_types[json.type] ~= nil
end

function push.read_apprise(json)
  local title, body = text.of(json.title), text.of(json.message)
  local sign = text.sign(json.type)
  if sign and title then title = sign .. " " .. title elseif sign then body = sign .. " " .. (body or "") end
  return { title = title, text = text.lines(body, files_not_sent(text.table(json.attachments))), priority = apprise_types[json.type] }
end

function push.fits_signal(json)
  return text.of(json.message) ~= nil and type(json.recipients) == "table"
end

-- Its recipients are telephone numbers; who gets it, the hook says.
function push.read_signal(json)
  local attachments = text.table(json.base64_attachments)
  if #attachments == 0 then attachments = text.table(json.attachments) end
  return { text = text.lines(text.of(json.message), files_not_sent(attachments)) }
end

return push
