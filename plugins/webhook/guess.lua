-- JSON that nobody explained: what is the title in it, what the text, how bad is it, where.
--
-- Names are compared without their case, _ and -. What lies outside is looked at first; what is not understood is shown as it came.

local P = ...
local text = require "text"
local chat = require "chat"
local guess = {}

local most_lines = 40 -- of JSON that says nothing we know
local most_rest = 6   -- lines of what stands beside what we know
local deepest = 4
local longest_list = 8 -- of things that are told one after the other

-- Of the first name that there is; of two of one name the outer one.
local titles = { "title", "subject", "summary", "alertname", "eventname", "triggername", "problemname", "incidentname", "checkname",
                 "alertsubject", "alerttitle", "eventtitle", "descriptiontitle", "alertrule", "policyname", "rulename", "headline",
                 "alert", "rule", "scenario", "monitorfriendlyname", "servicename", "jobname", "projectname", "check", "name" }
local texts = { "text", "message", "body", "msg", "description", "content", "details", "detail", "alertmessage", "eventmessage",
                "descriptiontext", "triggerdescription", "serviceoutput", "output", "alertdetails", "longdescription", "errormessage",
                "cause", "reason", "statusdescription" }
local states = { "status", "state", "currentstate", "newstate", "monitorcondition", "servicestate", "hoststate",
                 "alerttypefriendlyname", "triggerstatus", "alertstatus", "statusmessage", "statusindicator", "eventaction", "result" }
local severities = { "severity", "eventseverity", "level", "alerttype" }
local urgencies = { "priority", "urgency", "importancelevel", "impact" } -- how soon somebody has to look
local deeds = { "action", "type", "event", "eventtype" } -- said by them only in a word that says how it is
local deed_names = { "event", "eventtype", "action", "notificationtype" } -- with one of them a name is news
local links = { "htmlurl", "weburl", "permalink", "shortlink", "fullurl", "link", "click", "url", "monitorurl", "subscribeurl" }
local places = { "hostname", "host", "node", "instance", "server", "device", "resourcename", "entity", "machine", "sysname" }
local ids = { "dedupkey", "incidentkey", "alertkey", "incidentid", "alertid", "problemid" } -- of what lasts, and not of one request

local function set(names)
  local all = {}
  for _, name in ipairs(names) do all[name] = true end
  return all
end

-- In whose members stands who did it, and which machine it is about; and what is about the sender alone.
local people = set { "actor", "user", "sender", "agent", "author", "creator", "owner", "assignee", "assignees", "account" }
local machines = set { "host", "node", "agent", "server", "machine", "device", "instance" }
local senders = set { "installation", "client", "webhook", "organization", "org", "manager", "decoder", "links", "avatar" }
-- They say no more than what they are the name of.
local bare_names = set { "name", "title", "summary", "text", "displayname", "displayid", "value", "label" }
-- A state in these words is the end of it, however bad it had been and wherever it stands.
local over = set { "resolved", "resolve", "recovered", "recovery", "closed", "fixed", "up" }

local function normal(name)
  return (tostring(name):lower():gsub("[_-]", ""))
end

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

-- All texts and numbers with their names, those outside first: { name, normal, value, depth, parent, of }. `parent` is the name of
-- what it is a member of; `of` is "people" or "senders" if that is about them.
local function fields_of(json)
  local found, level = {}, { { value = json } }
  for depth = 0, deepest do
    local below = {}
    for _, object in ipairs(level) do
      for _, name in ipairs(text.names(object.value)) do
        local value = object.value[name]
        if type(value) == "table" then
          local inner = { value = value, parent = object.parent, of = object.of }
          if type(name) == "string" then
            local named = normal(name)
            inner.parent, inner.of = name, object.of or people[named] and "people" or senders[named] and "senders" or nil
          end
          if #below < 100 then below[#below + 1] = inner end
        elseif type(name) == "string" and value ~= P.json.null then
          found[#found + 1] = { name = name, normal = normal(name), value = value, depth = depth, parent = object.parent, of = object.of }
        end
      end
    end
    level = below
  end
  return found
end

-- The field of the first of these names; of two of one name the outer one. A number deep inside is no text, and what a person or
-- the sender is called is no name of what happened. `fits(value)` may object.
local function pick(fields, names, fits, deepest_wanted)
  for _, name in ipairs(names) do
    for _, field in ipairs(fields) do
      local may = not field.of and (field.depth == 0 or type(field.value) == "string") and field.depth <= (deepest_wanted or deepest)
      if field.normal == name and may and not field.used and text.of(field.value) and (not fits or fits(text.of(field.value))) then
        return field
      end
    end
  end
end

-- The same; but what lies outside is meant, whatever it is called.
local function pick_outer(fields, names, fits)
  for depth = 0, deepest do
    local field = pick(fields, names, fits, depth)
    if field then return field end
  end
end

local function take(field)
  if not field then return nil end
  field.used = true
  return text.of(field.value)
end

-- Names, versions and stamps of machines say nothing to people; and what may be secret stays unsaid.
local dull = { "id$", "ids$", "uuid", "version", "token", "secret", "password", "signature", "key$", "timestamp", "schema", "certurl",
               "url$", "^type$", "resourcetype", "slug", "^eventvalue", "nseverity", "identifier", "createdat", "updatedat", "startedat", "datetime$", "commit$", "size$", "hash$", "arn$" }

-- A message is of now; when it was sent says little.
local function is_time(field)
  local value = text.of(field.value)
  return value:find("^%d%d%d%d%-%d%d%-%d%d[T ]%d%d:%d%d") ~= nil
    or value:find("^1%d%d%d%d%d%d%d%d%d") ~= nil and (field.normal:find("time") or field.normal:find("at$") or field.normal:find("date")) ~= nil
end

local function is_dull(field)
  if field.of == "senders" then return true end
  for _, pattern in ipairs(dull) do
    if field.normal:find(pattern) then return true end
  end
  local value = text.of(field.value)
  return not value or value == "0" or #value > 120 or value:find("^https?://") ~= nil or value:find("\n", 1, true) ~= nil or is_time(field)
end

-- "workflow: build" instead of "name: build".
local function label_of(field)
  return field.parent and bare_names[field.normal] and field.parent or field.name
end

local function rest_of(fields, said)
  local lines, seen = {}, {}
  for _, field in ipairs(fields) do
    local line = label_of(field) .. ": " .. tostring(field.value)
    if not field.used and not is_dull(field) and not seen[line] and not said:find(tostring(field.value), 1, true) then
      seen[line] = true
      if #lines == most_rest then break end
      lines[#lines + 1] = line
    end
  end
  return table.concat(lines, "\n")
end

local no_pages = set { "git", "png", "jpg", "jpeg", "gif", "svg", "webp" }

-- A page for people: no picture, no repository, no address that programs ask.
local function is_page(value)
  local url = text.link(value)
  return url and not url:find("^https?://api%.") and not url:find("/api/", 1, true) and not no_pages[url:lower():match("[^/]/[^/?#]+%.(%l+)$") or ""]
end

-- By its name, or any other "…url" that is one.
local function link_of(fields)
  local field = pick_outer(fields, links, is_page)
  for _, each in ipairs(field and {} or fields) do
    local tells = each.normal:find("url$") and not each.of and not each.used and is_page(text.of(each.value))
    for _, other in ipairs { "avatar", "image", "icon", "thumb", "logo", "callback", "unsubscribe", "server", "cert", "feed", "hook" } do
      if each.normal:find(other, 1, true) then tells = false end
    end
    if tells then
      field = each
      break
    end
  end
  return field
end

-- The machine it is about, by a name of its own or as { host: { name } }.
local function place_of(fields)
  local field = pick(fields, places)
  if field then return field end
  for _, each in ipairs(fields) do
    local inside = each.parent and machines[normal(each.parent)]
    if inside and (each.normal == "name" or each.normal == "hostname") and not each.used and text.of(each.value) then return each end
  end
end

-- How bad it is by a word that is a severity: these have a sign even where the same word as a state says nothing.
local severity_signs = { high = text.firing, normal = text.warning }

local function severity_sign(value)
  local priority = not tonumber(value) and value:lower() ~= "normal" and text.priority(value)
  return text.sign(value) or severity_signs[priority or ""]
end

-- How it is: the field whose word is shown, its sign, and how urgent that makes it. What is over is over, however severe it was.
local function state_of(fields)
  local state = pick(fields, states, text.sign) or pick(fields, deeds, text.sign)
  local severity = pick(fields, severities, severity_sign) or pick(fields, severities, text.priority)
  local sign = state and text.sign(text.of(state.value))
  if sign == text.resolved
    and (not severity or severity.depth == state.depth or severity.depth > state.depth and over[text.of(state.value):lower()]) then
    return state, sign
  end
  local urgency = pick(fields, urgencies, text.priority)
  local priority = text.priority(text.of((severity or urgency or state or {}).value))
  if severity and state then state.used = true end -- that it is ill, the sign says
  if severity then return severity, severity_sign(text.of(severity.value)), priority end
  if state then return state, sign, priority end
  if urgency then return urgency, severity_sign(text.of(urgency.value)), priority end
  return pick(fields, states, function(value) return #value <= 24 and not tonumber(value) end)
end

-- Two of the same value are one thing said twice.
local function spent(fields, value)
  for _, field in ipairs(fields) do
    if text.of(field.value) == value then field.used = true end
  end
end

local function list_of(json)
  local all = {}
  for i, each in ipairs(json) do
    if type(each) ~= "table" then return nil end
    if i > longest_list then
      all[#all + 1] = ("… and %d more"):format(#json - longest_list)
      break
    end
    local content = guess.read(each)
    all[#all + 1] = text.lines(content.title, content.text)
  end
  return #all > 0 and { text = table.concat(all, "\n\n") } or nil
end

-- Nil: there is nothing in it that we know.
function guess.find(json)
  local fields = fields_of(json)
  local title_field = pick(fields, titles)
  local function is_more(value) return not title_field or value ~= text.of(title_field.value) end
  local text_field = pick(fields, texts, is_more, 0) or pick(fields, texts, is_more)
  if not title_field and not text_field then return nil end
  -- A name alone is no news: without a state or a text beside it, it is shown with all the rest.
  local state_field, sign, priority = state_of(fields)
  local is_known = text_field and text_field.depth == 0 or title_field and title_field.depth == 0 and title_field.normal == "title"
  is_known = is_known or title_field and title_field.depth == 0 and pick(fields, deed_names, nil, 0)
  if not text_field and not sign and not is_known and (not title_field or title_field.normal ~= "title") then return nil end
  local id_field = pick(fields, ids)
  local title, message, state = take(title_field), take(text_field), take(state_field)
  if title then spent(fields, title) end
  local place = take(place_of(fields))
  local link = text.link(take(link_of(fields)))
  local shown = title
  if title and state and not (sign and title:find(sign, 1, true)) and (sign or not title:lower():find(state:lower(), 1, true)) then
    shown = ("%s%s (%s)"):format(sign and sign .. " " or "", title, state)
  end
  if not title and message and sign then message = ("%s %s (%s)"):format(sign, message, state) end
  local said = text.lines(shown, message)
  local place_line = place and not said:lower():find(place:lower(), 1, true) and "on " .. place or nil
  return {
    title = shown,
    text = text.lines(message and chat.plain(message), place_line, rest_of(fields, said),
      link and not said:find(link, 1, true) and link or nil),
    words = message and chat.plain(message) or nil,
    priority = priority,
    state = state,
    incident = id_field and sign and text.incident("id " .. text.of(id_field.value), sign == text.resolved and "ok" or "firing") or nil,
  }
end

function guess.read(json)
  if #json > 0 then return list_of(json) or { text = described(json) } end
  return guess.find(json) or { text = described(json) }
end

return guess
