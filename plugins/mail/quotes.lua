-- Where a mail's own words end: lines with ">", and the forms of those who write above what they answer and mark no line.

local P = ...
local quotes = {}

local longest_line = 500 -- bytes of one that says who is quoted
local most_fields = 8 -- lines of a header, as Outlook copies it

-- What stands above a copied mail, in the languages of the mail programs that copy so. A header has a sender, a date and
-- a subject, each by one of these names.
local sender = { "From", "Von", "De", "Da", "Van", "Från", "Fra", "Od", "От" }
local date = {
  "Sent", "Date", "Gesendet", "Datum", "Envoyé", "Enviado", "Enviado el", "Enviada em", "Fecha", "Data", "Inviato", "Verzonden",
  "Skickat", "Sendt", "Dato", "Wysłano", "Отправлено", "Дата",
}
local subject = { "Subject", "Betreff", "Objet", "Asunto", "Oggetto", "Onderwerp", "Assunto", "Ämne", "Emne", "Temat", "Тема" }
local original = {
  "Original Message", "Original message", "Ursprüngliche Nachricht", "Message d'origine", "Mensaje original", "Messaggio originale",
  "Oorspronkelijk bericht", "Mensagem original", "Ursprungligt meddelande", "Oprindelig meddelelse", "Wiadomość oryginalna",
  "Исходное сообщение",
}
-- "On Monday, 4 November 2024 at 10:00, Alice wrote:"
local says = {
  { "On ", " wrote:$" }, { "Am ", " schrieb.*:$" }, { "Le ", " a écrit.*:$" }, { "El ", " escribió:$" }, { "Il ", " ha scritto:$" },
  { "Op ", " schreef.*:$" }, { "Em ", " escreveu:$" }, { "Den ", " skrev.*:$" }, { "Dnia ", " napisał.*:$" }, { "W dniu ", " napisał.*:$" },
}

local function among(list, name)
  for _, each in ipairs(list) do
    if each == name then return true end
  end
  return false
end

-- A mail is a stranger's: each pattern walks over its line once. Two repetitions that may take the same characters walk
-- over it once for each of them, and three of 500 blanks for hours.

local function is_blank(line) return not line:find "%S" end

local function trimmed(line) return line:match("^%s*(.*)$"):match "^.*%S" or "" end

-- "*From:* Alice" → "From"
local function field_of(line)
  local colon = #line <= longest_line and line:find(":", 1, true)
  if not colon or not (line:find("^%*?%s", colon + 1) or line:find("^%*?$", colon + 1)) then return nil end
  return trimmed(line:sub(1, colon - 1)):match "^%*?([^*]*)$"
end

-- Does a copied header begin here?
local function is_header(lines, place)
  if not among(sender, field_of(lines[place]) or "") then return false end
  local has_date, has_subject = false, false
  for each = place + 1, math.min(place + most_fields, #lines) do
    local field = field_of(lines[each]) or ""
    has_date = has_date or among(date, field)
    has_subject = has_subject or among(subject, field)
    if is_blank(lines[each]) and each > place + 1 then break end
  end
  return has_date and has_subject
end

local function is_original(line)
  local inner = #line <= longest_line and trimmed(line):match "^%-%-%-%-(.*)%-%-%-%-$"
  local words = inner and inner:match("^%-*(.*)$"):match "^.*[^%-]"
  return words and among(original, trimmed(words))
end

-- How many lines here say who wrote what follows: none, one, or two where it was too long for one. A date belongs to it:
-- "On the phone he wrote:" is somebody's own.
local function attribution(lines, place)
  for count = 1, 2 do
    local line = lines[place]
    if count == 2 then line = line .. " " .. (lines[place + 1] or "") end
    if #line > longest_line or count == 2 and is_blank(lines[place + 1] or "") then return 0 end
    line = trimmed(line)
    local has_date = line:find "%d%d%d%d" or line:find "%d[:.]%d%d"
    for _, form in ipairs(has_date and says or {}) do
      if line:sub(1, #form[1]) == form[1] and line:find(form[2]) then return count end
    end
  end
  return 0
end

local function next_written(lines, place)
  while place <= #lines and is_blank(lines[place]) do place = place + 1 end
  return place
end

-- The first line of what is copied below somebody's own words; nil if nothing is, or if there are no words above it: then
-- it is what the mail is about, as in one that is passed on.
function quotes.begin(lines)
  local has_words = false
  for place, line in ipairs(lines) do
    local found
    if is_original(line) then
      found = place
    elseif is_header(lines, place) then
      found = place
      while found > 1 and is_blank(lines[found - 1]) do found = found - 1 end
      found = found > 1 and lines[found - 1]:find "^%s*____+%s*$" and found - 1 or place
    else
      local count = attribution(lines, place)
      local after = count > 0 and next_written(lines, place + count)
      if after and after <= #lines and lines[after]:sub(1, 1) ~= ">" then found = place + count end
    end
    if found then return has_words and found or nil end
    has_words = has_words or not is_blank(line) and not line:find "^>" and not line:find "^%s*____+%s*$"
  end
end

-- HTML as text, in which the lines of a <blockquote> begin with ">": what mail programs put there is what they answer.
function quotes.from_html(html)
  local parts, depth, from = {}, 0, 1
  local function add(till)
    local text = P.html_to_text(html:sub(from, till))
    if text == "" then return end
    if depth > 0 then text = (text .. "\n"):gsub("([^\n]*)\n", "> %1\n"):sub(1, -2) end
    parts[#parts + 1] = text
  end
  for place, slash, next_place in html:gmatch "()<(/?)[bB][lL][oO][cC][kK][qQ][uU][oO][tT][eE][^<>]*>()" do
    add(place - 1)
    depth = slash == "" and depth + 1 or math.max(depth - 1, 0)
    from = next_place
  end
  add(#html)
  return table.concat(parts, "\n\n")
end

return quotes
