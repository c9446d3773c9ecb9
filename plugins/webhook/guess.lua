-- JSON that nobody explained: what is the title in it, what the text, how bad is it, where.
--
-- Names are compared without their case, _ and -. What lies outside is looked at first; what is not understood is shown as it came.

local P = ...
local text = require "text"
local chat = require "chat"
local guess = {}

local most_lines = 40 -- of JSON that says nothing we know
local most_rest = 8   -- lines of what stands beside what we know
local deepest = 4
local longest_list = 8 -- of things that are told one after the other

local titles = { "title", "subject", "summary", "alertname", "alertrule", "policyname", "headline", "alert", "rule", "scenario",
                 "monitorfriendlyname", "servicename", "check", "name" }
local texts = { "text", "message", "body", "msg", "description", "content", "details", "detail", "serviceoutput", "output",
                "alertdetails", "cause", "reason", "statusdescription" }
local states = { "severity", "status", "state", "level", "monitorcondition", "servicestate", "hoststate", "alerttypefriendlyname",
                 "alerttype", "statusindicator", "result" }
local links = { "url", "link", "click", "htmlurl", "weburl", "fullurl", "permalink", "shortlink", "monitorurl", "subscribeurl" }
local places = { "hostname", "host", "node", "instance", "server", "device", "resourcename", "entity", "machine" }

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

-- All texts and numbers with their names, those outside first: { name, normal, value, depth }.
local function fields_of(json)
  local found, level = {}, { json }
  for depth = 0, deepest do
    local below = {}
    for _, object in ipairs(level) do
      for _, name in ipairs(text.names(object)) do
        local value = object[name]
        if type(value) == "table" then
          if #below < 100 then below[#below + 1] = value end
        elseif type(name) == "string" and value ~= P.json.null then
          found[#found + 1] = { name = name, normal = normal(name), value = value, depth = depth }
        end
      end
    end
    level = below
  end
  return found
end

-- The field of the first of these names; of two of one name the outer one. A number deep inside is no text. `fits(value)` may
-- object.
local function pick(fields, names, fits)
  for _, name in ipairs(names) do
    for _, field in ipairs(fields) do
      local may = field.depth == 0 or type(field.value) == "string"
      if field.normal == name and may and not field.used and text.of(field.value) and (not fits or fits(text.of(field.value))) then
        return field
      end
    end
  end
end

local function take(field)
  if not field then return nil end
  field.used = true
  return text.of(field.value)
end

-- Names, versions and stamps of machines say nothing to people; and what may be secret stays unsaid.
local dull = { "id$", "ids$", "uuid", "version", "token", "secret", "password", "signature", "key$", "timestamp", "schema", "certurl",
               "url$", "^type$", "createdat", "updatedat", "startedat", "datetime$", "commit$" }

local function is_dull(field)
  for _, pattern in ipairs(dull) do
    if field.normal:find(pattern) then return true end
  end
  local value = text.of(field.value)
  return not value or #value > 120 or value:find("^https?://") ~= nil or value:find("\n", 1, true) ~= nil
end

local function rest_of(fields, said)
  local lines, seen = {}, {}
  for _, field in ipairs(fields) do
    local line = field.name .. ": " .. tostring(field.value)
    if not field.used and not is_dull(field) and not seen[line] and not said:find(tostring(field.value), 1, true) then
      seen[line] = true
      if #lines == most_rest then break end
      lines[#lines + 1] = line
    end
  end
  return table.concat(lines, "\n")
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
  local text_field = pick(fields, texts, function(value) return not title_field or value ~= text.of(title_field.value) end)
  if not title_field and not text_field then return nil end
  -- A name alone is no news: without a state or a text beside it, it is shown with all the rest.
  local state_field = pick(fields, states, text.sign) or pick(fields, states)
  local is_known = text_field and text_field.depth == 0 or title_field and title_field.depth == 0 and title_field.normal == "title"
  if not text_field and not (state_field and text.sign(text.of(state_field.value))) and not is_known
    and (not title_field or title_field.normal ~= "title") then
    return nil
  end
  local title, message, state = take(title_field), take(text_field), take(state_field)
  if title then spent(fields, title) end
  local place = take(pick(fields, places))
  local link = text.link(take(pick(fields, links, text.link)))
  local sign = text.sign(state)
  local shown = title
  if title and sign and not title:find(sign, 1, true) then shown = ("%s %s (%s)"):format(sign, title, state) end
  if not title and message and sign then message = ("%s %s (%s)"):format(sign, message, state) end
  local said = text.lines(title, message)
  local place_line = place and not said:lower():find(place:lower(), 1, true) and "on " .. place or nil
  local is_flat = text_field ~= nil and text_field.depth == 0
  return {
    title = shown,
    text = text.lines(message and chat.plain(message), place_line, not is_flat and rest_of(fields, said) or nil,
      link and not said:find(link, 1, true) and link or nil),
    priority = text.priority(state),
    state = state,
  }
end

function guess.read(json)
  if #json > 0 then return list_of(json) or { text = described(json) } end
  return guess.find(json) or { text = described(json) }
end

return guess
