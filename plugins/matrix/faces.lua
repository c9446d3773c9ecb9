-- The pictures of ghosts: what somebody shows in the chat, their user in Matrix shows, too.
--
-- Nobody waits for a picture: it is looked for when a message has gone, and what fails is tried again with a later one. Each
-- picture is uploaded once. Source: Matrix, Client-Server API, "Profiles", "Content repository".

local P = ...
local text, hs = require "text", require "hs"

local shown = P.kv "faces" -- ghost → the id of the picture that it shows
local addresses = P.kv "pictures" -- id → where it lies at the homeserver
local rests = P.kv "faceless" -- ghost → the homeserver did not take its picture lately

local faces = {}
local memory, rest = "30d", "10m"

-- Where the picture lies; nil and why it was not taken.
local function upload(file, as)
  local r = P.fetch(hs.host(as), "/_matrix/media/v3/upload", {
    method = "POST", body_file = file, headers = { ["Content-Type"] = file.media_type },
    query = { filename = file.name, user_id = as.id }, timeout = "10s", retries = 0,
  })
  local json = r.status ~= 0 and r:json() or nil
  json = type(json) == "table" and json or {}
  return r.ok and text.of(json.content_uri) or nil, hs.why(r, json)
end

-- "" shows none.
local function set(address, as)
  local r, json = hs.ask("PUT", hs.path("profile", as.id, "avatar_url"), { avatar_url = address }, as, "5s")
  return r.ok, hs.why(r, json)
end

local function change(avatar, as)
  if not avatar then return set("", as) end
  local address, why = addresses:get(avatar.id)
  if not address then
    if not avatar.file then return false, "there is no file" end
    address, why = upload(avatar.file, as)
    if not address then return false, why end
    addresses:put(avatar.id, address, { expires_in = memory })
  end
  return set(address, as)
end

-- Of whoever wrote this, if a ghost stands for them.
function faces.show(ev, as)
  if not P.cfg.avatars or not as or as.host then return end
  local before = shown:get(as.id, "")
  local avatar, unknown = P.avatar(ev.from, { account = ev.account, room = ev.room, known = before ~= "" and before or nil })
  local id = avatar and avatar.id or ""
  if unknown or id == before or rests:get(as.id) then return end
  local done, why = change(avatar, as)
  if done then
    shown:put(as.id, id)
  else
    rests:put(as.id, true, { expires_in = rest })
    P.log.warn("the picture of %s was not taken: %s", as.id, why)
  end
end

return faces
