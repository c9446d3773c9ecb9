-- Finds the message in a request, in the shapes that tools already send.

local P = ...
local text = require "text"
local alerts = require "alerts"
local monitors = require "monitors"
local forge = require "forge"
local chat = require "chat"
local push = require "push"
local body = {}

local longest = 16 * 1024 -- bytes of one message: a phone shows no more, and it stays far below a stanza's limit
local most_lines = 40 -- of JSON that nobody explained

local titles = { "title", "subject", "summary", "alert_name", "alertname" }
local texts = { "text", "message", "body", "msg", "description", "content" }
local links = { "url", "link", "click", "html_url" }
local states = { "severity", "status", "state", "level" }

local function plain(value)
  return value == P.json.null and "null" or tostring(value)
end

-- A JSON value as lines of "name: value"; what is nested comes last and is indented.
local function describe(value, indent, lines)
  local names = text.names(value)
  for _, name in ipairs(names) do
    if type(value[name]) ~= "table" then lines[#lines + 1] = indent .. name .. ": " .. plain(value[name]) end
  end
  for _, name in ipairs(names) do
    if type(value[name]) == "table" then
      lines[#lines + 1] = indent .. name .. ":"
      describe(value[name], indent .. "  ", lines)
    end
  end
  return lines
end

local function described(json)
  local lines = describe(json, "", {})
  local more = #lines - most_lines
  if more > 1 then
    lines = table.move(lines, 1, most_lines, 1, {})
    lines[#lines + 1] = ("[… %d more lines]"):format(more)
  end
  return table.concat(lines, "\n")
end

-- A text, perhaps with a title: how bad it is goes into the title, where to look below.
local function generic(json)
  local title, message = text.first(json, titles), text.first(json, texts)
  if title and message == title then title = nil end
  if not message then return { title = title, text = described(json) } end
  local state = text.first(json, states)
  local sign = text.sign(state)
  if title and sign then title = ("%s %s (%s)"):format(sign, title, state) end
  local link = text.link(text.first(json, links))
  return {
    title = title,
    text = text.lines(chat.plain(message), link and not message:find(link, 1, true) and link or nil),
    priority = text.priority(state),
    state = state,
  }
end

-- The first that fits reads it; the order matters where one sender's members hold another's.
local shapes = {
  { alerts.fits, alerts.read },
  { alerts.fits_old_grafana, alerts.read_old_grafana },
  { monitors.fits_kuma, monitors.read_kuma },
  { monitors.fits_healthchecks, monitors.read_healthchecks },
  { forge.fits_gitlab, forge.read_gitlab },
  { forge.fits, forge.read },
  { push.fits_gotify, push.read_gotify },
  { push.fits_apprise, push.read_apprise },
  { push.fits_signal, push.read_signal },
  { push.fits_ntfy_json, push.read_ntfy_json },
  { chat.fits_card, chat.read_card },
  { chat.fits_discord, chat.read_discord },
  { chat.fits_slack, chat.read_slack },
}

local function from_json(json, req)
  if type(json) ~= "table" then return { text = plain(json) } end
  for _, shape in ipairs(shapes) do
    local fits, read = shape[1], shape[2]
    if fits(json, req) then
      local known, content = pcall(read, json, req)
      -- A shape that was mistaken for another one must not swallow what was said: it is shown as it came.
      if not known then
        P.log.warn("looks like a sender we know, and is not: %s", tostring(content))
      elseif content.silent or text.of(content.text) or content.title then
        content.json = json
        return content
      end
    end
  end
  local content = generic(json)
  content.json = json
  return content
end

-- Senders that post a form with JSON in it: GitHub and Slack call the field `payload`, Uptime Kuma `data`.
local function from_form(form, raw, req)
  local json = P.json.decode(form.payload or form.data or raw)
  if type(json) == "table" then return from_json(json, req) end
  if push.fits_gotify(form, req) then return push.read_gotify(form) end
  local message = text.first(form, { "text", "payload", "message", "body", "msg" })
  return { title = message and text.first(form, titles), text = message or raw }
end

-- The fields of `multipart/form-data` that are text, and how many files there were. Source: RFC 7578.
local function parts_of(req)
  local boundary = req.content_type:match('boundary="([^"]+)"') or req.content_type:match("boundary=([^;%s]+)")
  if not boundary then return nil end
  local fields, files = {}, {}
  local at = 1
  while true do
    local _, head_start = req.body:find("--" .. boundary .. "\r\n", at, true)
    local head_end, content_start = req.body:find("\r\n\r\n", head_start or #req.body, true)
    if not head_start or not head_end then return fields, files end
    local content_end = req.body:find("\r\n--" .. boundary, content_start, true) or #req.body + 1
    local head = req.body:sub(head_start + 1, head_end)
    local name, file = head:match('[; ]name="([^"]*)"'), head:match('filename="([^"]*)"')
    if file then files[#files + 1] = file elseif name then fields[name] = req.body:sub(content_start + 1, content_end - 1) end
    at = content_end
  end
end

local function from_parts(req)
  local fields, files = parts_of(req)
  if not fields then return nil end
  local rest = {}
  for _, name in ipairs(text.names(fields)) do rest[#rest + 1] = name .. ": " .. fields[name] end
  local content = from_form(fields, table.concat(rest, "\n"), req)
  if #files > 0 then
    content.text = text.lines(content.text, ("[%s not sent: %s]"):format(text.count(#files, "file"), table.concat(files, ", ")))
  end
  return content
end

local function found_in(req)
  if req.json == nil and push.fits_ntfy(req) then return push.read_ntfy(req) end
  if req.json ~= nil then return from_json(req.json, req) end
  if req.content_type:lower():match("^multipart/form%-data") then
    local content = from_parts(req)
    if content then return content end
  end
  if req.form then return from_form(req.form, req.body, req) end
  -- ntfy's clients publish JSON without saying that it is.
  local json = req.body:match("^%s*{") and P.json.decode(req.body)
  if type(json) == "table" and push.fits_ntfy_json(json) then return push.read_ntfy_json(json) end
  return { text = req.body }
end

-- What the request says, as { title?, text, priority?, state?, silent?, json?, layout }; `layout` is the template that suits it.
function body.read(req)
  local content = found_in(req)
  content.text = text.trim(content.text or "")
  content.layout = not content.title and "{text}" or content.text == "" and "{title}" or "{title}\n{text}"
  return content
end

-- Cuts between characters and says that it did.
function body.shorten(value)
  if #value <= longest then return text.trim(value) end
  local cut = longest
  while cut > 0 and value:byte(cut + 1) & 0xC0 == 0x80 do cut = cut - 1 end
  return value:sub(1, cut) .. ("\n[… %d more bytes]"):format(#value - cut)
end

return body
