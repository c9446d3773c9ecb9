-- Mail that comes in: who gets it, and as what.
--
-- A mail is text by a stranger and stays that: nothing in it is ever taken for a command, whoever it says it is from.

local P = ...
local address = require "address"
local words = require "words"
local outgoing = require "outgoing"

local mails = P.kv "mails" -- Message-ID → what an answer needs to know of it
local ring = P.kv "ring" -- "next" → a number that grows; "slot N" → the Message-ID that is remembered there

local files_at_once = 10 -- that one message may carry
local most_remembered, longest_id = 3000, 200 -- mails; bytes

-- Why the route does not pass it on, or nil.
local function obstacle(ev, route)
  for _, kind in ipairs(route.drop) do
    if kind == ev.nature then return "it is of the kind " .. kind end
  end
  if route.authentic and ev.authentic ~= "pass" then return "nothing proves who wrote it" end
end

-- Who gets what comes by this route when its * stands for `star`, which is lower case.
local function people_of(route, star)
  for name, jid in pairs(route.names) do
    if star ~= "" and name:lower() == star then return { jid } end
  end
  return route.to
end

-- Everybody who gets it, each once, with the route that says how.
local function targets(ev)
  local found, seen = {}, {}
  for _, recipient in ipairs(ev.recipients) do
    local route, star = address.route(P.cfg.routes, recipient)
    local why = not route and "no route" or obstacle(ev, route)
    local people = route and people_of(route, star) or {}
    if not why and #people == 0 then why = "nobody is named for " .. words.line(star, 60) end
    if why then P.log.info("mail for %s dropped: %s", words.line(recipient, 200), why) end
    for _, jid in ipairs(why and {} or people) do
      if not seen[jid] then found[#found + 1] = { jid = jid, route = route, recipient = recipient } end
      seen[jid] = true
    end
  end
  return found
end

-- The attachments that are here, and a sentence about each that is not.
local function sort_files(ev)
  local here, missing = {}, {}
  for _, file in ipairs(ev.files) do
    if file.state == "here" then
      here[#here + 1] = file
    else
      missing[#missing + 1] = ("[%s did not come along: %s]"):format(words.line(file.name, 100), file.reason or file.state)
    end
  end
  if ev.left_out > 0 then missing[#missing + 1] = ("[%d more attachments did not come along]"):format(ev.left_out) end
  return here, table.concat(missing, "\n")
end

local function send(ev, target, here, missing)
  local route = target.route
  local opts = { account = target.account or route.account, min_trust = route.min_trust, priority = route.priority, expires_in = route.expires_in }
  local named = { name = #ev.message_id > 0 and #ev.message_id < longest_id and "mail " .. ev.message_id or nil }
  for key, value in pairs(opts) do named[key] = value end
  local first, rest = {}, {}
  for place, file in ipairs(route.files and here or {}) do
    local list = place <= files_at_once and first or rest
    list[#list + 1] = file
  end
  if #first > 0 then named.files = first end
  P.send(target.jid, words.message(ev, route, missing), named)
  for start = 1, #rest, files_at_once do
    local some = {}
    for place = start, math.min(start + files_at_once - 1, #rest) do some[#some + 1] = rest[place] end
    opts.files = some
    P.send(target.jid, "", opts)
  end
end

-- What an answer in the chat will need: whom to write to, and where it belongs. The newest are remembered, and no more than
-- there is room for: a mail must never fail because of its memory.
local function remember(ev, target)
  if ev.nature ~= "ordinary" or #ev.message_id == 0 or #ev.message_id >= longest_id or mails:get(ev.message_id) then return end
  local slot = "slot " .. ring:add("next") % most_remembered
  local before = ring:get(slot)
  if before then mails:delete(before) end
  ring:put(slot, ev.message_id)
  local references, people = {}, {}
  for place, id in ipairs(ev.references) do
    if #id < longest_id and (place == 1 or place > #ev.references - 9) then references[#references + 1] = id end
  end
  for place, someone in ipairs(#ev.reply_to > 0 and ev.reply_to or ev.authors) do
    if place <= 5 then people[place] = { name = words.line(someone.name, 100), address = words.line(someone.address, 254) } end
  end
  mails:put(ev.message_id, {
    to = P.json.array(people), subject = words.line(ev.subject, 300), references = P.json.array(references), recipient = target.recipient,
  }, { expires_in = "30d" })
end

-- The answer to a mail that was written in a chat belongs there, and not to everybody the address is for.
local function where_it_began(ev, found)
  local chat = outgoing.chat_of(ev)
  if not chat then return found end
  return { { jid = chat.to, account = chat.account, route = found[1].route, recipient = found[1].recipient } }
end

P.on("mail", function(ev)
  if outgoing.bounced(ev) then return end
  local found = targets(ev)
  if #found == 0 then return end
  found = where_it_began(ev, found)
  local here, missing = sort_files(ev)
  for _, target in ipairs(found) do send(ev, target, here, missing) end
  remember(ev, found[1])
end)
