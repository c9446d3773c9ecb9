-- A mail as a text for a chat.

local P = ...
local quotes = require "quotes"
local words = {}

-- Without U+202A to U+202E and U+2066 to U+2069: "exe.gpj" is to be read as it is.
function words.straight(text)
  return (text:gsub("\xE2\x80[\xAA-\xAE]", ""):gsub("\xE2\x81[\xA6-\xA9]", ""))
end

-- One line of a stranger's: no turns of direction, which would let it look like another.
function words.line(text, longest)
  local line = words.straight(text or ""):gsub("%s+", " ")
  return words.cut(line:match("^%s*(.-)%s*$"), longest or 300)
end

-- Cuts between characters.
function words.cut(text, longest)
  if #text <= longest then return text end
  local cut = longest
  while cut > 0 and text:byte(cut + 1) & 0xC0 == 0x80 do cut = cut - 1 end
  return text:sub(1, cut) .. "…"
end

local function plural(count, one, many)
  return count == 1 and "1 " .. one or count .. " " .. many
end

-- Quoted lines become one; so does what follows "-- ", and a copy of the mail that is answered. Nobody's own words are left
-- out, nor the line that says who is quoted.
function words.fold(text)
  local lines = {}
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do lines[#lines + 1] = line end
  while #lines > 0 and not lines[#lines]:find "%S" do lines[#lines] = nil end
  local copied = quotes.begin(lines) or #lines + 1
  local kept, quoted, signed = {}, 0, false
  local function end_quote()
    if quoted == 0 then return end
    kept[#kept + 1] = "[" .. plural(quoted, "line", "lines") .. " quoted]"
    quoted = 0
  end
  for place = 1, copied - 1 do
    local line = lines[place]
    if line == "-- " or line == "--" then
      for rest = place + 1, copied - 1 do signed = signed or lines[rest]:find "%S" ~= nil end
      break
    elseif line:find("^>") then
      quoted = quoted + 1
    elseif not (quoted > 0 and line == "") then
      end_quote()
      kept[#kept + 1] = line
    end
  end
  end_quote()
  if signed then kept[#kept + 1] = "[signature]" end
  quoted = #lines - copied + 1
  end_quote()
  return table.concat(kept, "\n")
end

-- What is written there, as text.
function words.body(ev, route)
  local parts = {}
  if ev.text:find("%S") then parts[#parts + 1] = ev.text end
  if ev.html:find("%S") then parts[#parts + 1] = route.fold and quotes.from_html(ev.html) or P.html_to_text(ev.html) end
  local text = words.straight(table.concat(parts, "\n\n"))
  -- What newsletters fill their preview with.
  text = text:gsub("[ \t]*&zwnj;", "")
  if route.fold then text = words.fold(text) end
  text = (text:match("^%s*(%S.*)$") or ""):match("^.*%S") or ""
  local short = words.cut(text, math.max(route.longest, 100))
  if ev.cut or short ~= text then short = short .. "\n[the text was longer]" end
  return short
end

local function person(someone)
  local name, address = words.line(someone.name, 100), words.line(someone.address, 200)
  if name == "" then return address end
  return address == "" and name or name .. " <" .. address .. ">"
end

-- What proves who wrote it. Anybody can write any name into a mail.
local function proof(ev)
  if ev.authentic == "fail" then return " ⚠️ not the sender it names" end
  if ev.authentic ~= "pass" then return ev.user and " (handed in by " .. words.line(ev.user, 100) .. ")" or " (not proven)" end
  local by = {}
  for _, each in ipairs(ev.proofs) do
    local is_login = each.method == "login"
    if each.result == "pass" then by[#by + 1] = is_login and "login " .. words.line(each.about, 100) or each.method:upper() end
  end
  return " ✔ " .. table.concat(by, ", ")
end

function words.sender(ev)
  local author = ev.authors[1]
  local text = author and person(author) or (ev.envelope_sender ~= "" and words.line(ev.envelope_sender, 200)) or "nobody"
  if #ev.authors > 1 then text = text .. " and " .. plural(#ev.authors - 1, "other", "others") end
  return text .. proof(ev)
end

local kinds = { bounce = "📮 ", auto_reply = "🤖 ", list = "👥 " }

-- A report of a failed delivery, in a sentence for each recipient.
function words.reports(ev)
  local lines = {}
  for _, report in ipairs(ev.reports) do
    lines[#lines + 1] = ("%s: %s %s %s"):format(words.line(report.recipient, 200), words.line(report.action, 20),
      words.line(report.status, 20), words.line(report.diagnostic, 300)):match("^(.-)%s*$")
  end
  return table.concat(lines, "\n")
end

-- The whole message. It never begins with what a stranger wrote: that might be a command to somebody else who listens.
function words.message(ev, route, missing)
  local lines = { "✉️ " .. (kinds[ev.nature] or "") .. (route.show_subject and words.line(ev.subject) or "") }
  if route.show_subject and words.line(ev.subject) == "" then lines[1] = lines[1] .. "(no subject)" end
  if route.show_sender then lines[#lines + 1] = words.sender(ev) end
  if ev.list_id ~= "" then lines[#lines + 1] = "List: " .. words.line(ev.list_id, 200) end
  local reports, body = words.reports(ev), words.body(ev, route)
  if reports ~= "" then lines[#lines + 1] = reports end
  if body ~= "" then lines[#lines + 1] = "\n" .. body end
  if missing ~= "" then lines[#lines + 1] = "\n" .. missing end
  return table.concat(lines, "\n")
end

return words
