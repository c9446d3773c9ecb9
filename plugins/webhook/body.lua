-- Finds the message in a request, in the shapes that tools already send.

local P = ...
local text = require "text"
local alerts = require "alerts"
local monitors = require "monitors"
local forge = require "forge"
local bitbucket = require "bitbucket"
local media = require "media"
local chat = require "chat"
local push = require "push"
local guess = require "guess"
local mend = require "mend"
local body = {}

local most_leaves = 100   -- elements of XML that are looked at
local longest = 16 * 1024 -- bytes of one message: a phone shows no more, and it stays far below a stanza's limit

local function plain(value)
  return value == P.json.null and "null" or tostring(value)
end

-- The first that fits reads it; the order matters where one sender's members hold another's.
local shapes = {
  { alerts.fits, alerts.read },
  { alerts.fits_old_grafana, alerts.read_old_grafana },
  { monitors.fits_kuma, monitors.read_kuma },
  { monitors.fits_healthchecks, monitors.read_healthchecks },
  { monitors.fits_sonarqube, monitors.read_sonarqube },
  { forge.fits_gitlab, forge.read_gitlab },
  { bitbucket.fits, bitbucket.read },
  { forge.fits, forge.read },
  { media.fits_arr, media.read_arr },
  { push.fits_gotify, push.read_gotify },
  { push.fits_apprise, push.read_apprise },
  { push.fits_signal, push.read_signal },
  { push.fits_ntfy_json, push.read_ntfy_json },
  { chat.fits_card, chat.read_card },
  { chat.fits_adaptive, chat.read_adaptive },
  { chat.fits_google, chat.read_google },
  { chat.fits_telegram, chat.read_telegram },
  { chat.fits_discord, chat.read_discord },
  { chat.fits_slack, chat.read_slack },
}

-- Whether there is more to be read in it than its members.
local function is_known(json, req)
  for _, shape in ipairs(shapes) do
    if shape[1](json, req) then return true end
  end
  return guess.find(json) ~= nil
end

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
  local content = guess.read(json)
  content.json = json
  return content
end

-- Senders that post a form with JSON in it: GitHub and Slack call the field `payload`, Discord `payload_json`, Uptime Kuma `data`.
local function from_form(form, raw, req)
  local json = P.json.decode(form.payload or form.payload_json or form.data or raw)
  if type(json) == "table" then return from_json(json, req) end
  if push.fits_gotify(form, req) then return push.read_gotify(form) end
  if push.fits_apprise(form) then return push.read_apprise(form) end
  local payload = text.of(form.payload)
  return guess.find(form) or { text = payload or raw }
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

-- A body that is a file, or was packed: nobody can read it.
local function is_no_text(req)
  local kind = req.content_type:lower():match("^[^;%s]*") or ""
  if kind:match("^image/") or kind:match("^audio/") or kind:match("^video/") or kind == "application/pdf" or kind:match("zip$") then return true end
  local start = req.body:sub(1, 4096)
  local _, strange = start:gsub("\u{FFFD}", "")
  local _, control = start:gsub("[%z\1-\8\14-\26\28-\31]", "")
  return control > 0 and strange > 0 or strange * 4 > #start
end

local function from_parts(req)
  local fields, files = parts_of(req)
  if not fields or next(fields) == nil and #files == 0 then return nil end
  local rest = {}
  for _, name in ipairs(text.names(fields)) do rest[#rest + 1] = name .. ": " .. fields[name] end
  local content = from_form(fields, table.concat(rest, "\n"), req)
  if #files > 0 then
    content.text = text.lines(content.text, ("[%s not sent: %s]"):format(text.count(#files, "file"), table.concat(files, ", ")))
  end
  return content
end

-- What stands in elements that hold nothing but a text, by their names.
local function leaves_of(raw)
  local fields, count = {}, 0
  for name, found in raw:gmatch("<([%a_][%w_.-]*)[^<>]*>([^<>]+)</") do
    count = count + 1
    if count > most_leaves then break end
    fields[name] = fields[name] or text.of(P.html_to_text(found))
  end
  return fields
end

-- Apprise's xml:// and whatever else has a <Message>; of other markup what a person would read of it.
local function from_markup(raw, kind)
  local function element(name)
    local found = raw:match("<" .. name .. "%f[%s>][^>]*>(.-)</" .. name .. ">")
    return found and text.of(P.html_to_text(found))
  end
  local message = element("Message") or element("message")
  if not raw:find("<MessageType", 1, true) then
    local content = kind ~= "text/html" and guess.find(leaves_of(raw))
    if content then return content end
  end
  if not message then return { text = P.html_to_text(raw) } end
  local state = element("MessageType")
  local sign, title = text.sign(state), element("Subject") or element("subject") or element("title")
  if sign and title then title = sign .. " " .. title elseif sign then message = sign .. " " .. message end
  return { title = title, text = message, priority = text.priority(state) }
end

local function found_in(req)
  if req.json == nil and push.fits_ntfy(req) then return push.read_ntfy(req) end
  if req.json ~= nil then return from_json(req.json, req) end
  if req.content_type:lower():match("^multipart/form%-data") then
    local content = from_parts(req)
    if content then return content end
  end
  local kind = req.content_type:lower():match("^[^;%s]*") or ""
  if kind == "text/html" or kind:match("[/+]xml$") then return from_markup(req.body, kind) end
  -- Many publish JSON without saying that it is: ntfy's clients, Amazon's SNS, Jellyfin, scripts.
  local json = mend.decode(req.body)
  -- What was called a text stays one, unless it says something else to us.
  if json and (kind ~= "text/plain" or is_known(json, req)) then return from_json(json, req) end
  if req.form then return from_form(req.form, req.body, req) end
  if is_no_text(req) then return { text = ("[1 file not sent: %s]"):format(kind ~= "" and kind or "no text") } end
  return { text = req.body }
end

-- What the request says, as { title?, text, priority?, state?, silent?, json?, layout }; `layout` is the template that suits it.
function body.read(req)
  local content = found_in(req)
  content.text = text.trim(((content.text or ""):gsub("\r\n?", "\n")))
  -- As ntfy has it: somebody wanted something to be heard.
  if req.body == "" and content.text == "" and not content.title then content.text = "triggered" end
  content.layout = not content.title and "{text}" or content.text == "" and "{title}" or "{title}\n{text}"
  return content
end

-- What the request says is ill or well again: see `living`. A state alone is of nothing; with a key it is of that.
function body.incident(content, key)
  local incident = content.incident or key and content.state and text.incident("key " .. key, content.state)
  if incident and not incident.part then
    function incident.part() return text.line(content.title or content.text) end
  end
  return incident
end

-- Cuts between characters and says that it did; without characters that no message can hold, and without those that turn the
-- direction of what follows: "exe.gnp" is to be read as it is.
function body.shorten(value)
  value = value:gsub("[%z\1-\8\11\12\14-\31\127]", ""):gsub("\u{FEFF}", "")
  value = value:gsub("\xE2\x80[\xAA-\xAE]", ""):gsub("\xE2\x81[\xA6-\xA9]", "")
  if #value <= longest then return text.trim(value) end
  local cut = longest
  while cut > 0 and value:byte(cut + 1) & 0xC0 == 0x80 do cut = cut - 1 end
  return value:sub(1, cut) .. ("\n[… %d more bytes]"):format(#value - cut)
end

return body
