-- Texts on their way: who says them, how they look, how long they are.

local text = {}

local function is_text(value) return type(value) == "string" and utf8.len(value) ~= nil end
text.is_text = is_text

-- A text, or nil: whatever a stranger put there.
function text.of(value) return is_text(value) and value ~= "" and value or nil end

-- Characters that are not seen, and those that turn others around. Source: Unicode, UAX #9, "Explicit directional formatting".
local unseen = {}
for _, code in ipairs { 0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF } do unseen[#unseen + 1] = utf8.char(code) end
for code = 0x202A, 0x202E do unseen[#unseen + 1] = utf8.char(code) end
for code = 0x2066, 0x2069 do unseen[#unseen + 1] = utf8.char(code) end

local function lines_as_blanks(value)
  return (value:gsub("%c", " "):gsub("\u{85}", " "):gsub("\u{2028}", " "):gsub("\u{2029}", " "))
end

local function cut(value, characters)
  local stop = utf8.offset(value, characters + 1)
  if stop and stop <= #value then return value:sub(1, stop - 1) .. "…" end
  return value
end

-- A name that cannot pretend to be more: one line, nothing unseen, no colon that looks like the end of another name.
function text.name(value, otherwise)
  if not is_text(value) then return otherwise end
  local plain = lines_as_blanks(value)
  for _, each in ipairs(unseen) do plain = plain:gsub(each, "") end
  plain = (plain:gsub(":%s+", " "):match "^.*[^:%s]" or ""):gsub("^%s+", ""):gsub("%s+", " ")
  return plain ~= "" and cut(plain, 64) or otherwise
end

-- One line of what somebody wrote, like a topic.
function text.line(value)
  if not is_text(value) then return nil end
  local plain = lines_as_blanks(value)
  for _, each in ipairs(unseen) do plain = plain:gsub(each, "") end
  plain = (plain:match "^.*%S" or ""):gsub("^%s+", "")
  return plain ~= "" and cut(plain, 300) or nil
end

-- The same for two names that people take for one another, as far as letters go.
function text.alike(name)
  return (name:lower():gsub("\u{200C}", ""):gsub("\u{200D}", ""):gsub("%s+", ""))
end

-- Whatever begins a line for some client.
local function lines_of(body)
  body = body:gsub("\r\n", "\n"):gsub("[\r\v\f]", "\n"):gsub("\u{85}", "\n"):gsub("\u{2028}", "\n"):gsub("\u{2029}", "\n")
  return (body .. "\n"):gmatch "([^\n]*)\n"
end

-- Quotations and the fences of code are known by where they stand (XEP-0393).
local function has_its_place(line) return line:sub(1, 1) == ">" or line:find "^```[%w+-]*$" ~= nil end

-- "Alice: text". What follows is indented, so that no second line looks like somebody else's first.
function text.said(name, body, sign)
  local lines = {}
  for line in lines_of(body) do
    if #lines > 0 then
      lines[#lines + 1] = (line == "" or has_its_place(line)) and line or "  " .. line
    elseif has_its_place(line) then
      lines = { name .. (sign or ":"), line }
    else
      lines[1] = name .. (sign or ":") .. " " .. line
    end
  end
  return table.concat(lines, "\n")
end

-- What Matrix clients put before a reply for those who know no replies, and the rest.
function text.without_fallback(body)
  if body:sub(1, 2) ~= "> " then return nil, body end
  local quoted, rest = {}, body
  while rest:sub(1, 1) == ">" do
    local line, after = rest:match "^>%s?([^\n]*)\n?(.*)$"
    quoted[#quoted + 1] = line
    rest = after
  end
  quoted[1] = quoted[1]:gsub("^<@[^>]*>%s?", "")
  return table.concat(quoted, "\n"), (rest:gsub("^\n", ""))
end

local function escape(line)
  return (line:gsub("[&<>\"]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }))
end

-- XEP-0393 in one line: *strong*, _emphasis_, ~deleted~, `code`. What is in code stays as it is.
local spans = { { "_", "em" }, { "~", "del" }, { "*", "strong" } } -- *_both_* is read from the inside
local function styled(line)
  local parts = {}
  for before, code in (line .. "``"):gmatch "([^`]*)`([^`]*)`" do
    for _, span in ipairs(spans) do
      local sign, tag = span[1], span[2]
      local s = "%" .. sign
      before = (" " .. before .. " "):gsub("([%s%p])" .. s .. "([^%s" .. s .. "][^" .. s .. "]*)" .. s .. "([%s%p])", function(left, inner, right)
        if inner:match "%s$" or left == sign or right == sign then return nil end
        return left .. "\1" .. tag .. "\2" .. inner .. "\1/" .. tag .. "\2" .. right
      end):sub(2, -2)
    end
    parts[#parts + 1] = escape(before):gsub("\1", "<"):gsub("\2", ">")
    if code ~= "" then parts[#parts + 1] = "<code>" .. escape(code) .. "</code>" end
  end
  return table.concat(parts)
end

-- The HTML that Matrix shows.
function text.html(body)
  local out, quote, code = {}, nil, nil
  local function close()
    if quote then out[#out + 1] = "<blockquote>" .. table.concat(quote, "<br>") .. "</blockquote>" end
    quote = nil
  end
  for line in (body:gsub("[\1\2]", "") .. "\n"):gmatch "([^\n]*)\n" do
    if code then
      if line:match "^```%s*$" then
        out[#out + 1] = "<pre><code>" .. table.concat(code, "\n") .. "\n</code></pre>"
        code = nil
      else
        code[#code + 1] = escape(line)
      end
    elseif line:sub(1, 3) == "```" then
      close()
      code = {}
    elseif line:sub(1, 1) == ">" then
      quote = quote or {}
      quote[#quote + 1] = styled((line:gsub("^>%s?", "")))
    else
      close()
      out[#out + 1] = styled(line)
    end
  end
  if code then out[#out + 1] = "<pre><code>" .. table.concat(code, "\n") .. "\n</code></pre>" end
  close()
  return table.concat(out, "<br>")
end

text.escape = escape

function text.size(bytes)
  if bytes >= 1 << 20 then return ("%.1f MiB"):format(bytes / (1 << 20)) end
  return ("%d KiB"):format((bytes + 1023) >> 10)
end

-- Parts of at most `size` bytes, cut at the end of a line if there is one, never inside of a character.
function text.parts(body, size)
  local parts = {}
  while #body > size do
    local cut = size
    while cut > 1 and (body:byte(cut + 1) & 0xC0) == 0x80 do cut = cut - 1 end
    local line = body:sub(1, cut):match "^.*()\n"
    if line and line > size // 2 then
      parts[#parts + 1] = body:sub(1, line - 1)
      body = body:sub(line + 1)
    else
      parts[#parts + 1] = body:sub(1, cut)
      body = body:sub(cut + 1)
    end
  end
  parts[#parts + 1] = body
  return parts
end

return text
