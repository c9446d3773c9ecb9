-- What is of now in a Matrix room goes into its chat: who types, what was read. The homeserver hands it over once, and nobody waits.
--
-- Source: Matrix, Client-Server API, "Typing Notifications", "Receipts"; Application Service API, "Pushing ephemeral data" (MSC2409).

local P = ...
local text, hs, people = require "text", require "hs", require "people"
local message_id = require("to_matrix").message_id

local now = { handlers = {} }
local most_read = 20 -- messages that one notice may be about

local function table_of(value) return type(value) == "table" and value or {} end

-- Somebody in Matrix, and none of those for whom the bridge speaks there: what they do comes from the chat.
local function is_of_matrix(user) return text.of(user) ~= nil and #user <= 255 and not hs.is_ours(user) and not people.has_token(user) end

local typing = {} -- room → what the chat was told last; nil: not known, as after a restart
now.handlers["m.typing"] = function(link, content)
  if not P.cfg.typing then return end
  local types = false
  for _, user in ipairs(table_of(content.user_ids)) do types = types or is_of_matrix(user) end
  if types == typing[link.room] then return end
  typing[link.room] = types
  P.typing(link.chat, types, { account = link.account })
end

-- Of what was said in the chat, that somebody in Matrix has read it: once, whoever it was.
local read = {} -- room → the event that was read last
now.handlers["m.receipt"] = function(link, content)
  if not P.cfg.receipts then return end
  local looked_at = 0
  for event, receipts in pairs(content) do
    looked_at = looked_at + 1
    if looked_at > most_read then return end
    local id = text.of(event) and #event <= 255 and read[link.room] ~= event and message_id(event)
    local by_somebody = false
    for user in pairs(table_of(table_of(receipts)["m.read"])) do by_somebody = by_somebody or is_of_matrix(user) end
    if by_somebody and id then
      read[link.room] = event
      P.displayed { to = link.chat, message_id = id, account = link.account }
    end
  end
end

return now
