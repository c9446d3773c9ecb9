-- What is said in a chat goes into its Matrix room.
--
-- A handler here may run again at any time: each request has an id made of its event, so the homeserver makes one event of
-- it however often it is asked.

local P = ...
local text, hs, links, people = require "text", require "hs", require "links", require "people"
local media, faces = require "media", require "faces"

local ids = P.ids("ids", { expires_in = "30d", most = 2000 }) -- "chat message" ↔ event of ours
local more = P.kv "more" -- "chat message" → the events after the first, in order
local thoughts = P.kv "thoughts" -- "event emoji user" → { who = { jid = true }, id = the annotation }
local levels = { revoked = 0, undecided = 1, tofu = 2, trusted = 3, verified = 4 }

local to_matrix = {}
local piece = 16 * 1024 -- bytes of one event's text; HTML beside it, escapes, 64 KiB in all
local memory = "7d" -- of what makes one of many
local still_typing = 20000 -- milliseconds, if nothing more is heard

local function chat_of(ev) return ev.room or ev.from end
local function key(chat, id) return chat .. " " .. id end

local function link_for(ev)
  if levels[ev.trust] < levels[P.cfg.min_trust] then return nil end
  return links.of_chat(chat_of(ev))
end

local function content_of(ev, body, as)
  if as then return { msgtype = "m.text", body = body, format = "org.matrix.custom.html", formatted_body = text.html(body) } end
  local name = people.name_of(ev)
  return {
    msgtype = "m.text", body = name .. ": " .. body, format = "org.matrix.custom.html",
    formatted_body = "<strong>" .. text.escape(name) .. "</strong>: " .. text.html(body),
  }
end

-- The Matrix event of a message that somebody speaks of.
local function event_of(chat, about)
  if not about then return nil end
  if about.own then return about.name and (about.name:gsub("%+*$", "")) end
  return ids:there(key(chat, about.id))
end

local function failed(ev, why)
  P.log.error("not taken by Matrix: %s", why)
  ev:reply("(This did not go to Matrix: " .. why .. ")")
end

-- All that one message becomes: its text in pieces, then its files; one that cannot be carried is named.
local function contents_of(ev, as)
  local lines, files = { text.of(ev.text) }, {}
  for _, file in ipairs(ev.files or {}) do
    local address, why = media.upload(file, as)
    local name = text.name(file.name, "a file")
    if address then
      files[#files + 1] = media.content({ name = name, media_type = file.media_type, size = file.size }, address, not as and people.name_of(ev) or nil)
    else
      lines[#lines + 1] = media.label(name, file.size, why)
    end
  end
  local all = {}
  if #lines > 0 then
    for _, part in ipairs(text.parts(table.concat(lines, "\n"), piece)) do all[#all + 1] = content_of(ev, part, as) end
  end
  return table.move(files, 1, #files, #all + 1, all)
end

-- Which message of the chat an event is, or is a piece of; nil: none.
function to_matrix.message_id(event)
  local here = ids:here(event)
  local id = here and here:match "^[^ ]+ (.+)$"
  return id and (id:gsub(" %+%d+$", ""))
end

-- The events that a message became, the first one first.
local function events_of(chat, id)
  local name = key(chat, id)
  local first = ids:there(name)
  if not first then return {} end
  return table.move(more:get(name, {}), 1, 100, 2, { first })
end

-- Who reads, answers or likes a later piece means the whole.
local function remember_rest(name, events)
  for n = 2, #events do ids:put(name .. " +" .. n, events[n]) end
  if #events > 1 then more:put(name, table.move(events, 2, #events, 1, {}), { expires_in = memory }) else more:delete(name) end
end

local function remember(ev, events)
  if not ev.message_id or #events == 0 then return end
  local name = key(chat_of(ev), ev.message_id)
  ids:put(name, events[1])
  if #events > 1 then remember_rest(name, events) end
end

local function say(ev, link, relation)
  local as, events = people.writer(ev, link), {}
  for n, content in ipairs(contents_of(ev, as)) do
    if n == 1 then content["m.relates_to"] = relation end
    local id, why = hs.send(ev, n, link.room, "m.room.message", content, as)
    if not id then
      failed(ev, why)
      break
    end
    events[n] = id
  end
  remember(ev, events)
  if #events > 0 then faces.show(ev, as) end
end

P.on("message", { min_trust = "undecided" }, function(ev)
  local link = link_for(ev)
  if not link then return end
  local answered = event_of(chat_of(ev), ev.reply_to)
  say(ev, link, answered and { ["m.in_reply_to"] = { event_id = answered } })
end)

-- The new text has other pieces: those that were there get theirs, what is too much is taken back.
P.on("edit", { min_trust = "undecided" }, function(ev)
  local link = link_for(ev)
  if not link then return end
  local old = ev.about and not ev.about.own and events_of(chat_of(ev), ev.about.id) or {}
  if #old == 0 then return say(ev, link) end
  local as, events = people.writer(ev, link), {}
  local new = contents_of(ev, as)
  for n = 1, math.max(#old, #new) do
    local content, done, why = new[n], nil, nil
    if content and old[n] then
      local shown = { msgtype = content.msgtype, body = "* " .. content.body, url = content.url }
      shown["m.new_content"], shown["m.relates_to"] = content, { rel_type = "m.replace", event_id = old[n] }
      done, why = hs.send(ev, n, link.room, "m.room.message", shown, as)
      events[n] = old[n]
    elseif content then
      done, why = hs.send(ev, n, link.room, "m.room.message", content, as)
      events[n] = done
    else
      done, why = hs.redact(ev, n, link.room, old[n], as)
    end
    if not done then return failed(ev, why) end
  end
  remember_rest(key(chat_of(ev), ev.about.id), events)
end)

P.on("retract", { min_trust = "undecided" }, function(ev)
  local link = link_for(ev)
  local events = link and ev.about and not ev.about.own and events_of(chat_of(ev), ev.about.id) or {}
  local as = #events > 0 and people.writer(ev, link) or nil
  for n, event in ipairs(events) do
    local done, why = hs.redact(ev, n, link.room, event, as)
    if not done then return failed(ev, why) end
  end
end)

-- A chat says all that somebody thinks, Matrix each thing by itself, and each user once: who thinks the same by way of the
-- bot is counted.
P.on("reaction", { min_trust = "undecided" }, function(ev)
  local link = link_for(ev)
  local target = link and event_of(chat_of(ev), ev.about)
  if not target then return end
  local as, n = people.writer(ev, link), 0
  local function thought(emoji) return (target .. " " .. emoji .. " " .. (as and as.id or "")):sub(1, 400) end
  for _, emoji in ipairs(ev.added) do
    local state = thoughts:get(thought(emoji), { who = {} })
    n = n + 1
    if not state.id then
      state.id = hs.send(ev, n, link.room, "m.reaction", { ["m.relates_to"] = { rel_type = "m.annotation", event_id = target, key = emoji } }, as)
    end
    state.who[ev.from] = true
    if state.id then thoughts:put(thought(emoji), state, { expires_in = memory }) end
  end
  for _, emoji in ipairs(ev.removed) do
    local state = thoughts:get(thought(emoji))
    n = n + 1
    if state then
      state.who[ev.from] = nil
      if next(state.who) then
        thoughts:put(thought(emoji), state, { expires_in = memory })
      else
        hs.redact(ev, n, link.room, state.id, as)
        thoughts:delete(thought(emoji))
      end
    end
  end
end)

-- As much theirs as a text has to be that goes to Matrix. What is said in the clear anybody on the way could have written.
local function is_theirs(ev) return ev.encrypted and link_for(ev) ~= nil end

local most_marked = 500
local marked, marks = {}, 0 -- "room user" → the event that was read last; who is forgotten says it once more

local function is_new_mark(who, event)
  if marked[who] == event then return false end
  if marked[who] == nil then
    if marks == most_marked then marked, marks = {}, 0 end
    marks = marks + 1
  end
  marked[who] = event
  return true
end

-- They have read what came from Matrix: so has whoever they are there. Nobody waits for it.
P.on("marker", { min_trust = "undecided" }, function(ev)
  local link = P.cfg.receipts and links.of_chat(chat_of(ev))
  local event = link and ev.state == "displayed" and event_of(chat_of(ev), ev.about)
  if not event or event:sub(1, 1) ~= "$" then return end
  local as = people.present(ev, link, is_theirs(ev))
  if not is_new_mark(link.room .. " " .. (as and as.id or hs.bot), event) then return end
  hs.ask("POST", hs.path("rooms", link.room, "receipt", "m.read", event), {}, as, "3s")
end)

-- Of now or not at all: nobody waits for it, and nothing is done about it.
local typing = {} -- "room user" → told so
P.on("typing", { min_trust = "undecided" }, function(ev)
  local link = P.cfg.typing and links.of_chat(chat_of(ev))
  if not link then return end
  local as, types = people.present(ev, link, is_theirs(ev)), ev.state == "composing"
  local id = as and as.id or hs.bot
  local who = link.room .. " " .. id
  if not types and not typing[who] then return end
  typing[who] = types or nil
  hs.ask("PUT", hs.path("rooms", link.room, "typing", id), { typing = types, timeout = types and still_typing or nil }, as, "3s")
end)

return to_matrix
