-- RSS 0.9 to 2.0 and Atom, as far as a line in a chat needs them: entries with an id, a title and a link.
--
-- Not a parser of XML: feeds in the field are often not well-formed, and what is looked for stands between tags that
-- do not nest.

local P = ...
local feed = {}

local function plain(text)
  text = text:gsub("<!%[CDATA%[(.-)%]%]>", "%1")
  return (P.html_to_text(text):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

-- What stands in the first such element; a prefix like atom: is skipped.
local function content(item, name)
  local found = item:match("<" .. name .. "[^>]*>(.-)</" .. name .. "%s*>")
  return found and plain(found)
end

local function link_of(item)
  local text = content(item, "link")
  if text and text ~= "" then return text end
  for attributes in item:gmatch "<link%s([^>]*)>" do
    local rel = attributes:match "rel%s*=%s*[\"']([^\"']*)"
    local href = attributes:match "href%s*=%s*[\"']([^\"']*)"
    if href and (not rel or rel == "alternate") then return plain(href) end
  end
end

-- { { id, title, link } … }, the newest first, as feeds have them; nil: this is no feed.
function feed.read(text)
  if not text:find "<rss" and not text:find "<feed" and not text:find "<rdf:RDF" then return nil end
  local entries = {}
  for _, name in ipairs { "item", "entry" } do
    for item in text:gmatch("<" .. name .. "[%s>].-</" .. name .. "%s*>") do
      local title, link = content(item, "title"), link_of(item)
      local id = content(item, "guid") or content(item, "id") or link or title
      if id then entries[#entries + 1] = { id = id:sub(1, 120), title = title or id, link = link } end
    end
  end
  return entries
end

return feed
