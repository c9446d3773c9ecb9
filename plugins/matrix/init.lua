-- An application service: a Matrix room and a chat are one.
--
-- The homeserver hands over what happens in transactions, which the gateway stores before it says so, each event once and
-- those of a room in their order. What people say in a chat goes to the homeserver when it takes it.
-- Source: Matrix, Application Service API.

local P = ...
local text, hs, links, portals = require "text", require "hs", require "links", require "portals"
local take = require "to_chat"

local auth = "bearer:" .. P.cfg.secret
local unknown = P.json.encode { errcode = "M_NOT_FOUND", error = "there is no such thing here" }

P.http("PUT /_matrix/app/v1/transactions/{txn}", { auth = auth, once = "txn", each = "events", id = "event_id", order = "room_id",
  passing = { "ephemeral", "de.sorunome.msc2409.ephemeral" } }, take)
P.http("POST /_matrix/app/v1/ping", { auth = auth })
P.http("GET /_matrix/app/v1/users/{user}", { auth = auth, status = 404, answer = unknown })
P.http("GET /_matrix/app/v1/rooms/{alias}", { auth = auth, status = 404, answer = unknown })

local no_keys =
  "This room is end-to-end encrypted. The bridge has no keys to it and could not read what is written here, so it is not linked. Make a room without encryption for it."

local function consent(where)
  return ("What is written here is encrypted from device to device, and ends to be at this bot. In %s the homeserver %s, the homeservers of its members and everybody who is or comes into it can read it, and it stays in their history. Link this chat to it? (yes or no)"):format(where, P.cfg.server)
end

local function chat_of(ev) return ev.room or ev.from end

local function link(cmd, wanted)
  local mine = wanted:sub(1, 1)
  if mine ~= "!" and mine ~= "#" then P.fail("Which room? Its id (!…:server) or address (#…:server) is wanted: matrix link #room:%s", P.cfg.server) end
  local joined, why = hs.enter(wanted)
  if not joined then P.fail("The bot may not enter %s (%s). Invite %s there, then say it again.", wanted, why, hs.bot) end
  local room = text.of(joined.room_id) or wanted
  local secret = hs.is_encrypted(room)
  if secret ~= false then
    hs.notice(cmd, 1, room, no_keys)
    hs.leave(room)
    P.fail("%s is end-to-end encrypted: the bot has no keys to it and cannot read it. Link a room without encryption.", wanted)
  end
  cmd:ask(consent("the Matrix room " .. wanted), "link", { room = room, called = wanted, by = cmd.from }, "10m", { min_trust = "trusted" })
end

-- A new room, with those in it who are named.
local function create(cmd, rest)
  local guests = {}
  for word in rest:gmatch "%S+" do
    if not word:find "^@[^:%s]+:%S+$" or #word > 255 then P.fail("Whom shall it have in it? Users are named like @you:%s, found %s", P.cfg.server, word) end
    guests[#guests + 1] = word
  end
  if #guests == 0 then P.fail("Whom shall it have in it? matrix create @you:%s", P.cfg.server) end
  if links.of_chat(chat_of(cmd)) then P.fail "This chat is linked already; `matrix unlink` ends that." end
  cmd:ask(consent "a new Matrix room", "link", { guests = guests, by = cmd.from }, "10m", { min_trust = "trusted" })
end

P.on_answer("link", function(ev)
  if ev.timeout or ev.lost then return end
  local state = ev.state
  if ev.from ~= state.by then P.fail("Only %s could say that; nothing was linked.", state.by) end
  if not ev.yes then return ev:reply("Nothing was linked.") end
  local room, called, alias = state.room, state.called, nil
  if state.guests then
    room, alias = portals.make(chat_of(ev), state.guests)
    if not room then P.fail("The homeserver made no room (%s). If it names the alias, write a new registration: `omegate matrix registration`.", alias) end
    called = alias
  end
  if not links.add(room, chat_of(ev), ev.account, { alias = alias }) then P.fail "This chat or that room is linked in the configuration of the gateway." end
  ev:reply(("Linked: %s is this chat. `matrix unlink` ends it."):format(called))
  hs.notice(ev, 1, room, ("This room is linked to the chat %s, by %s. What is written here is sent there end-to-end encrypted; here the homeservers can read it, what comes from there too."):format(chat_of(ev), ev.from))
end)

local function status(cmd)
  local lines = { ("The bot is %s."):format(hs.bot) }
  local r, json = hs.ask("GET", "/_matrix/client/v3/account/whoami")
  lines[#lines + 1] = r.ok and ("The homeserver knows it as %s."):format(text.name(json.user_id, "?")) or ("The homeserver: %s"):format(hs.why(r, json))
  for _, each in ipairs(links.all()) do lines[#lines + 1] = ("%s is %s"):format(each.room, each.chat) end
  cmd:reply(table.concat(lines, "\n"))
end

P.command("matrix <order:link|create|unlink|status> [<room>]", "Links this chat to a Matrix room or to a new one, ends that, or shows what is linked",
  { role = "admin", min_trust = "trusted" }, function(cmd)
    local order = cmd.args.order
    if order == "status" then return status(cmd) end
    if order == "link" then return link(cmd, cmd.args.room or "") end
    if order == "create" then return create(cmd, cmd.args.room or "") end
    local link = links.remove(chat_of(cmd))
    if not link then P.fail "This chat was not linked by `matrix link`." end
    if link.alias then hs.ask("DELETE", hs.path("directory", "room", link.alias)) end
    hs.leave(link.room)
    cmd:reply "Not linked any more."
  end)
