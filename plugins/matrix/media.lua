-- Files on their way between a chat, where they are encrypted, and the homeserver, where they are not. Their content never comes
-- here: the gateway carries it from one to the other.
--
-- Source: Matrix, Client-Server API, "Content repository"; v1 of downloads is the one that wants a token.

local P = ...
local text, hs = require "text", require "hs"

local media = {}
local most = math.max(0, math.min(P.cfg.max_file, 1024)) << 20 -- bytes of one; more no request brings
local taken -- what the homeserver takes, in bytes; asked once

local kinds = { image = "m.image", video = "m.video", audio = "m.audio" }
local shown_as = { ["m.image"] = "an image", ["m.video"] = "a video", ["m.audio"] = "a recording", ["m.file"] = "a file", ["m.sticker"] = "a sticker" }

function media.kind_of(media_type)
  if media_type == "image/svg+xml" then return "m.file" end -- a program more than a picture
  return kinds[media_type:match "^%a+"] or "m.file"
end

-- What is not text in an event: its name, what it is called without one, type, size as its sender says, where it lies.
function media.of(kind, content)
  if not shown_as[kind] then return nil end
  local info = type(content.info) == "table" and content.info or {}
  local size = math.tointeger(tonumber(info.size) or 0) or 0
  return {
    name = text.name(content.filename, nil) or text.name(content.body, shown_as[kind]),
    caption = text.of(content.filename) and content.body ~= content.filename and text.of(content.body) or nil,
    media_type = text.name(info.mimetype, ""), size = math.max(0, size),
    encrypted = type(content.file) == "table", url = text.of(content.url),
  }
end

function media.label(name, size, why)
  return "[" .. name .. (size > 0 and ", " .. text.size(size) or "") .. (why and ": " .. why or "") .. "]"
end

local function upload_limit()
  if taken then return taken end
  local r, json = hs.ask("GET", "/_matrix/client/v1/media/config")
  if r.status == 404 then r, json = hs.ask("GET", "/_matrix/media/v3/config") end
  if r.ok then taken = math.tointeger(tonumber(json["m.upload.size"]) or most) or most end
  return taken or most
end

-- The file of a chat, at the homeserver: its address; nil and why it will never be there.
function media.upload(file, as)
  if file.state ~= "here" then return nil, file.reason or "it did not come" end
  if file.size > most then return nil, ("larger than the %s that are carried"):format(text.size(most)) end
  if file.size > upload_limit() then return nil, ("the homeserver takes %s"):format(text.size(upload_limit())) end
  local query = hs.identity(as) or {}
  query.filename = text.name(file.name, "file")
  local r = P.fetch(hs.host(as), "/_matrix/media/v3/upload", {
    method = "POST", body_file = file, headers = { ["Content-Type"] = file.media_type ~= "" and file.media_type or "application/octet-stream" },
    query = query, timeout = "50s", retries = 1,
  })
  local json = r.status ~= 0 and r:json() or {}
  json = type(json) == "table" and json or {}
  if r.status == 413 or r.final then return nil, hs.why(r, json) end
  hs.put_off(r, json, as)
  local address = text.of(json.content_uri)
  if not r.ok or not address then return nil, hs.why(r, json) end
  return address
end

-- What is sent with it.
function media.content(file, address, name)
  return {
    msgtype = media.kind_of(file.media_type), body = name and name .. ": " .. file.name or file.name, filename = file.name, url = address,
    info = { mimetype = file.media_type ~= "" and file.media_type or "application/octet-stream", size = file.size },
  }
end

local function fetch(path, what)
  local r = P.fetch(P.cfg.host, path, {
    save_as = { name = what.name, media_type = what.media_type }, max_size = most, timeout = "50s", retries = 2,
  })
  local json = not r.ok and r.status ~= 0 and r:json() or {}
  return r, type(json) == "table" and json or {}
end

-- A file of a Matrix room, here to be sent on: nil and why it will not come. Whose homeserver is gone waits for nobody: only
-- our own homeserver is waited for.
function media.download(what)
  if what.encrypted then return nil, "encrypted, and the bridge has no key" end
  local server, id = (what.url or ""):match "^mxc://([^/%s]+)/([%w_-]+)$"
  if not server then return nil, "it lies nowhere" end
  if what.size > most then return nil, "only in Matrix" end
  local r, json = fetch("/_matrix/client/v1/media/download/" .. hs.escaped(server) .. "/" .. id, what)
  if r.status == 404 and json.errcode == "M_UNRECOGNIZED" then
    r, json = fetch("/_matrix/media/v3/download/" .. hs.escaped(server) .. "/" .. id, what)
  end
  if r.ok then return r.file end
  local is_slow = r.status == 0 and not r.final and hs.ask("GET", "/_matrix/client/versions").ok
  if r.status < 500 and not is_slow then hs.put_off(r, json) end
  return nil, r.final and "only in Matrix" or "it could not be fetched"
end

return media
