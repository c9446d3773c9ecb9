-- The HTML of a Matrix message as text that is styled as XEP-0393 has it: *strong*, _emphasis_, ~deleted~, `code`, quotations
-- and blocks of code.
--
-- It was written by a stranger: what is not known is left out, what is not closed ends at the end, and one walk over it is enough.
-- Source: Matrix, Client-Server API, "m.room.message msgtypes" (the tags that are allowed); XEP-0393.

local html = {}

local most_size = 64 * 1024 -- bytes of HTML: the largest event
local most_depth = 5 -- quotations and lists within one another
local most_styles = 20 -- that are open at once: each costs a walk over its line
local longest_address = 500 -- bytes of a link

local signs = { strong = "*", b = "*", em = "_", i = "_", del = "~", s = "~", strike = "~", code = "`" }
local hidden = { ["mx-reply"] = true, script = true, style = true, head = true, title = true }
local named = { amp = "&", lt = "<", gt = ">", quot = '"', apos = "'", nbsp = " " }
local lines_of_their_own = { div = true, table = true, tr = true, details = true, summary = true, caption = true, thead = true, tbody = true }

local function character(sign, code)
  local number = sign:lower() == "x" and tonumber(code, 16) or tonumber(code, 10)
  if not number or number > 0x10FFFF or number < 32 or (number >= 0xD800 and number <= 0xDFFF) then return " " end
  return utf8.char(number)
end

local function unescaped(text)
  if not text:find("&", 1, true) then return text end
  text = text:gsub("&#([xX]?)(%x+);", character)
  return (text:gsub("&(%a+);", function(name) return named[name] end))
end

local function attribute(tag, name)
  local value = tag:match(name .. '%s*=%s*"([^"]*)"') or tag:match(name .. "%s*=%s*'([^']*)'")
  return value and unescaped(value)
end

-- --- what is written: lines, behind their quotation marks

local Page = {}
Page.__index = Page

local function new_page() return setmetatable({ lines = {}, line = {}, quotes = 0, lists = {}, open = {} }, Page) end

function Page:has_words() return #self.line > 0 end

function Page:flush()
  local text = table.concat(self.line):match "^.*%S" or ""
  self.lines[#self.lines + 1] = ("> "):rep(self.quotes) .. text
  self.line, self.open = {}, {} -- no style goes over the end of a line
end

-- A new line begins here, if one has not just begun.
function Page:fresh()
  if self:has_words() then self:flush() end
end

-- One empty line between paragraphs, none before the first.
function Page:gap()
  self:fresh()
  local last = self.lines[#self.lines]
  local is_empty = last and #last <= 2 * most_depth and last:match "^[> ]*$"
  if last and #self.lists == 0 and not is_empty then self:flush() end
end

function Page:add(text)
  if not self:has_words() then text = text:gsub("^%s+", "") end
  if text ~= "" then self.line[#self.line + 1] = text end
end

function Page:open_style(sign)
  if #self.open < most_styles then self.open[#self.open + 1] = { sign = sign, at = #self.line } end
end

function Page:close_style(sign)
  local mark
  for n = #self.open, 1, -1 do
    if self.open[n].sign == sign then mark = table.remove(self.open, n) break end
  end
  if not mark then return end
  local inner = table.concat(self.line, "", mark.at + 1)
  if not inner:find "%S" then return end
  local before, words = inner:match "^(%s*)(.*%S)"
  if words:find(sign, 1, true) then return end
  for n = #self.line, mark.at + 1, -1 do self.line[n] = nil end
  self.line[mark.at + 1] = before .. sign .. words .. sign
  if #before + #words < #inner then self.line[mark.at + 2] = " " end
end

-- Blocks of code keep their lines.
function Page:code(text)
  self:fresh()
  self.line = { "```" }
  self:flush()
  for line in (text:gsub("^\n", ""):gsub("\n$", "") .. "\n"):gmatch "([^\n]*)\n" do
    self.line = { (line:gsub("^```", " ```")) }
    self:flush()
  end
  self.line = { "```" }
  self:flush()
end

-- --- tags

local tags = {}

function tags.br(page, closes)
  if not closes then page:flush() end
end
function tags.p(page) page:gap() end
function tags.hr(page)
  page:fresh()
  page.line = { "---" }
  page:flush()
end

function tags.blockquote(page, closes)
  page:fresh()
  if closes then
    local last = page.lines[#page.lines]
    if last and page.quotes > 0 and last:match "^[> ]+$" then page.lines[#page.lines] = nil end
    page.quotes = math.max(0, page.quotes - 1)
  else
    page.quotes = math.min(most_depth, page.quotes + 1)
  end
end

local function list(page, closes, tag, ordered)
  page:fresh()
  if closes then
    table.remove(page.lists)
  elseif #page.lists < most_depth then
    page.lists[#page.lists + 1] = { next = ordered and (math.tointeger(tonumber(attribute(tag, "start") or 1)) or 1) }
  end
end
function tags.ul(page, closes, tag) list(page, closes, tag, false) end
function tags.ol(page, closes, tag) list(page, closes, tag, true) end

function tags.li(page, closes)
  page:fresh()
  if closes then return end
  local here = page.lists[#page.lists] or {}
  page.line[1] = ("  "):rep(math.max(0, #page.lists - 1)) .. (here.next and here.next .. ". " or "- ")
  if here.next then here.next = here.next + 1 end
end

for level = 1, 6 do
  tags["h" .. level] = function(page, closes)
    if closes then page:close_style "*" end
    page:gap()
    if not closes then page:open_style "*" end
  end
end

local function cell(page, closes)
  if not closes and page:has_words() then page:add " | " end
end
tags.td, tags.th = cell, cell

-- What the link shows, and where it leads if that is something else; people and rooms are shown by their names.
function tags.a(page, closes, tag)
  if not closes then
    page.link = { address = attribute(tag, "href"), at = #page.line, lines = #page.lines }
    return
  end
  local link = page.link
  page.link = nil
  if not link or not link.address or #link.address > longest_address or link.lines ~= #page.lines then return end
  local shown = table.concat(page.line, "", link.at + 1)
  local leads = link.address:match "^https?://%S+$" or link.address:match "^mailto:%S+$"
  if not leads or leads:find "^https://matrix%.to/#" or shown == leads or "mailto:" .. shown == leads then return end
  page:add(shown == "" and leads or " (" .. leads .. ")")
end

function tags.img(page, closes, tag)
  local alt = not closes and attribute(tag, "alt")
  if alt and alt ~= "" then page:add("[" .. alt:gsub("%s+", " ") .. "]") end
end

function tags.span(page, closes, tag)
  if not closes and tag:find("data-mx-spoiler", 1, true) then page:add "[spoiler] " end
end

local function handle(page, name, closes, tag)
  if tags[name] then return tags[name](page, closes, tag) end
  if lines_of_their_own[name] then return page:fresh() end
  local sign = signs[name]
  if sign and closes then page:close_style(sign) elseif sign then page:open_style(sign) end
end

-- The styled text; nil: there is nothing to read in it.
function html.to_text(source)
  if #source > most_size then return nil end
  local page, at, skipped, code = new_page(), 1, nil, nil
  local function write(text)
    if skipped or text == "" then return end
    text = unescaped(text)
    if code then code[#code + 1] = text else page:add((text:gsub("%s+", " "))) end
  end
  while at <= #source do
    local start = source:find("<[%a/!]", at) -- not that of "a < b"
    local stop = start and source:find(">", start, true)
    if not stop then break end
    write(source:sub(at, start - 1))
    at = stop + 1
    local slash, name = source:match("^<(/?)(%a[%w-]*)", start)
    name = name and name:lower() or ""
    local closes = slash == "/"
    if hidden[name] then
      if not closes then skipped = name elseif skipped == name then skipped = nil end
    elseif not skipped and name == "pre" then
      if not closes then code = code or {} elseif code then page:code(table.concat(code)) code = nil end
    elseif not skipped and not code then
      handle(page, name, closes, source:sub(start, stop))
    elseif code and name == "br" then
      code[#code + 1] = "\n"
    end
  end
  write(source:sub(at))
  if code then page:code(table.concat(code)) end
  page:fresh()
  local text = table.concat(page.lines, "\n"):gsub("^\n+", ""):match "^.*[^\n]"
  return text and text:find "%S" and text or nil
end

return html
