-- Finds the message in the body of a request, in the shapes that tools already send.

local P = ...
local body = {}

local longest = 16 * 1024 -- bytes of one message: a phone shows no more, and it stays far below a stanza's limit

local function trim(text)
  return text:match("^%s*(.-)%s*$")
end

-- The first of these members that holds a text.
local function first_text(object, names)
  for _, name in ipairs(names) do
    local value = object[name]
    if type(value) == "string" and trim(value) ~= "" then return trim(value) end
  end
end

local function plain(value)
  return value == P.json.null and "null" or tostring(value)
end

-- A JSON value as lines of "name: value"; what is nested is indented.
local function describe(value, indent, lines)
  local names = {}
  for name in pairs(value) do names[#names + 1] = name end
  table.sort(names)

  for _, name in ipairs(names) do
    local member = value[name]
    if type(member) == "table" then
      lines[#lines + 1] = indent .. name .. ":"
      describe(member, indent .. "  ", lines)
    else
      lines[#lines + 1] = indent .. name .. ": " .. plain(member)
    end
  end
  return lines
end

local function from_json(json)
  if type(json) ~= "table" then return { text = plain(json) } end
  return {
    title = first_text(json, { "title", "subject" }),
    text = first_text(json, { "text", "message", "body", "msg" })
        or table.concat(describe(json, "", {}), "\n"),
    json = json,
  }
end

-- `curl -d` calls everything a form, so look twice: a form with a field we know, JSON, or just text.
local function from_form(form, raw)
  local json = P.json.decode(form.payload or raw)
  if type(json) == "table" then return from_json(json) end
  return {
    title = first_text(form, { "title", "subject" }),
    text = first_text(form, { "text", "payload", "message", "body", "msg" }) or raw,
  }
end

-- What the request says, as { title?, text, json?, layout }; `layout` is the template that suits it.
function body.read(req)
  local content
  if req.json ~= nil then
    content = from_json(req.json)
  elseif req.form then
    content = from_form(req.form, req.body)
  else
    content = { text = req.body }
  end
  content.text = trim(content.text)
  content.layout = content.title and "{title}\n{text}" or "{text}"
  return content
end

-- Cuts between characters and says that it did.
function body.shorten(text)
  if #text <= longest then return trim(text) end
  local cut = longest
  while cut > 0 and text:byte(cut + 1) & 0xC0 == 0x80 do cut = cut - 1 end
  return text:sub(1, cut) .. ("\n[… %d more bytes]"):format(#text - cut)
end

return body
