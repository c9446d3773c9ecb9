-- What happens in a Matrix room goes into its chat.
--
-- All of it was written by strangers: each member is looked at before it is used, and what is not known is left out.
-- Source: Matrix, Client-Server API, "Instant messaging", "Event replacements", "Event annotations and reactions",
-- "Redactions".

local P = ...
local text, hs, links, names, media, html = require "text", require "hs", require "links", require "names", require "media", require "html"
local message_id = require("to_matrix").message_id
local room_news, now = require "room_news", require "now"

local thoughts = P.kv "opinions" -- event → { emoji = { reaction's event = sender } }
local reactions = P.ids("reactions", { expires_in = "7d", most = 700 }) -- a reaction's event → "event itself emoji"
local in_two = P.kv "in_two" -- event → it became two messages, the second is called event+; "three": and event++
local memory = "7d"
local most_reactions = 20 -- emojis that are shown at one message
local most_kept = 40 * 1024 -- bytes of what is known of one message's reactions
local piece = 48 * 1024 -- bytes of one message

local function table_of(value) return type(value) == "table" and value or {} end

-- --- messages

-- What people read of a text; nil: nothing of it is for reading.
local function body_of(content)
  local formatted = content.format == "org.matrix.custom.html" and text.of(content.formatted_body)
  return formatted and html.to_text(formatted) or text.of(content.body)
end

local function said(link, event, content, body)
  local name = names.of(link.room, event.sender)
  if content.msgtype == "m.emote" then return text.said("* " .. name, body, "") end
  return text.said(name, body)
end

-- The chat's message that a Matrix event is, or became; a quotation for clients that show no replies.
local function message_of(link, event_id, quote)
  local id = message_id(event_id)
  if id then return { to = link.chat, message_id = id, account = link.account, text = quote } end
  return { to = link.chat, name = event_id, account = link.account, text = quote }
end

local function second_of(link, event_id) return { to = link.chat, name = event_id .. "+", account = link.account } end
local function third_of(link, event_id) return { to = link.chat, name = event_id .. "++", account = link.account } end

local function related(content)
  local relation = table_of(content["m.relates_to"])
  local answered = table_of(relation["m.in_reply_to"]).event_id
  return text.of(relation.rel_type), text.of(relation.event_id), text.of(answered)
end

-- Only its writer changes a message: a homeserver hands on what anybody says.
local function is_of(room, event_id, sender)
  local found = hs.must("GET", hs.path("rooms", room, "event", event_id))
  return found and found.sender == sender
end

-- A text in one message or two; what is even longer was made to be.
local function in_pieces(whole)
  local parts = text.parts(whole, piece)
  if #parts < 2 then return parts end
  return { parts[1], "… " .. parts[2] .. (#parts > 2 and "\n  […]" or "") } -- no second one begins with a name
end

local function replace(link, event, target, content)
  local body = body_of(content)
  if not body or not is_of(link.room, target, event.sender) then return end
  local what = media.of(content.msgtype, content)
  if what then body = what.caption or media.label(what.name, what.size) end
  local parts = in_pieces(said(link, event, content, body))
  P.edit(message_of(link, target), parts[1])
  if what or not (parts[2] or in_two:get(target)) then return end
  if parts[2] then
    P.send(link.chat, parts[2], { name = target .. "+", update = true, account = link.account })
    in_two:put(target, true, { expires_in = memory })
  else
    P.retract(second_of(link, target))
    in_two:delete(target)
  end
end

local function say(link, event, content)
  local kind, target, answered = related(content)
  if kind == "m.replace" and target then return replace(link, event, target, table_of(content["m.new_content"])) end
  local what = media.of(event.type == "m.sticker" and event.type or content.msgtype, content)
  local body = body_of(content)
  local file, why
  if what then
    file, why = media.download(what)
    body = file and what.caption or media.label(what.name, file and file.size or what.size, why)
    if why and what.caption then body = what.caption .. "\n" .. body end
  end
  if not body then return end
  local quote
  if answered then quote, body = text.without_fallback(body) end
  local options = { name = event.event_id, account = link.account, answers = answered and message_of(link, answered, quote) or nil }
  local parts = in_pieces(said(link, event, content, body))
  P.send(link.chat, parts[1], options)
  if parts[2] then P.send(link.chat, parts[2], { name = event.event_id .. "+", account = link.account }) end
  if file then P.send(link.chat, "", { name = event.event_id .. (parts[2] and "++" or "+"), account = link.account, files = { file } }) end
  if file or parts[2] then in_two:put(event.event_id, file and parts[2] and "three" or true, { expires_in = memory }) end
end

-- --- reactions: a chat is shown all that Matrix thinks, as what the bot thinks

local function show(link, event_id, all)
  local emojis = {}
  for emoji in pairs(all) do emojis[#emojis + 1] = emoji end
  table.sort(emojis)
  local shown = table.move(emojis, 1, most_reactions, 1, {})
  P.react(message_of(link, event_id), table.unpack(shown))
end

local function size_of(all)
  local bytes = 0
  for emoji, who in pairs(all) do
    bytes = bytes + #emoji + 8
    for event_id, sender in pairs(who) do bytes = bytes + #event_id + #sender + 8 end
  end
  return bytes
end

local function react(link, event, content)
  local kind, target = related(content)
  local emoji = text.of(table_of(content["m.relates_to"]).key)
  if kind ~= "m.annotation" or not target or not emoji or #emoji > 64 then return end
  local all = thoughts:get(target, {})
  if size_of(all) > most_kept then return end
  local is_new = all[emoji] == nil
  all[emoji] = all[emoji] or {}
  all[emoji][event.event_id] = event.sender
  thoughts:put(target, all, { expires_in = memory })
  reactions:put(event.event_id, target .. " " .. event.event_id .. " " .. emoji)
  if is_new then show(link, target, all) end
end

-- What was said in the chat is its writer's: it stays there.
local function redact(link, event, content)
  local target = text.of(event.redacts) or text.of(content.redacts)
  if not target or message_id(target) then return end
  local about, emoji = (reactions:there(target) or ""):match "^(%S+) %S+ (.+)$"
  if not about then
    P.retract(message_of(link, target))
    local others = in_two:get(target)
    if others then P.retract(second_of(link, target)) end
    if others == "three" then P.retract(third_of(link, target)) end
    return
  end
  reactions:forget(target)
  local all = thoughts:get(about, {})
  local who = all[emoji]
  if not who then return end
  who[target] = nil
  if next(who) then return thoughts:put(about, all, { expires_in = memory }) end
  all[emoji] = nil
  if next(all) then thoughts:put(about, all, { expires_in = memory }) else thoughts:delete(about) end
  show(link, about, all)
end

local handlers = { ["m.room.message"] = say, ["m.sticker"] = say, ["m.reaction"] = react, ["m.room.redaction"] = redact }
for kind, handler in pairs(room_news.handlers) do handlers[kind] = handler end

-- Room ids, users and events are of the homeserver's making, yet their parts are a stranger's.
local function is_id(value, sign) return text.of(value) and #value <= 255 and value:sub(1, 1) == sign and not value:find "[%s%c]" end

-- What is of now has no id: nothing that somebody wrote looks like it.
local function of_now(event)
  local handle = event.event_id == nil and now.handlers[event.type]
  local link = handle and is_id(event.room_id, "!") and links.of_room(event.room_id)
  if link then handle(link, table_of(event.content)) end
end

return function(ev)
  local event = ev.json
  if type(event) == "table" and event.event_id == nil then return of_now(event) end
  if type(event) ~= "table" or not is_id(event.room_id, "!") or not is_id(event.sender, "@") or not is_id(event.event_id, "$") then return end
  local handle, content = handlers[event.type], table_of(event.content)
  if not handle then return end
  event.of = ev
  local link = links.of_room(event.room_id)
  if not link then return event.type == "m.room.member" and room_news.invited(event, content) or nil end
  local comes_back = hs.is_ours(event.sender) or content[hs.mark] ~= nil
  if comes_back and event.type ~= "m.room.member" then return end
  handle(link, event, content)
end
