-- Tells people and rooms what is new in RSS and Atom feeds.

local P = ...
local feed = require "feed"

local feeds = P.kv "feeds" -- "blog" → { seen = ids, the newest first; etag, modified: for the next request; trouble }

local most_seen = 300 -- ids of one feed that are remembered

local function say(source, text)
  for _, jid in ipairs(source.to) do P.send(jid, text, { expires_in = P.period "2d" }) end
end

-- A feed that cannot be read is mentioned in the log once, and when it is back.
local function trouble(name, known, why)
  if known.trouble ~= why then
    if why then P.log.warn("feed %s: %s", name, why) else P.log.info("feed %s is back", name) end
  end
  known.trouble = why
  feeds:put(name, known)
end

local function tell(name, source, entries)
  for position = math.min(#entries, P.cfg.most), 1, -1 do -- the oldest first
    local entry = entries[position]
    say(source, ("%s: %s%s"):format(name, entry.title, entry.link and "\n" .. entry.link or ""))
  end
  if #entries > P.cfg.most then say(source, ("%s: and %d more"):format(name, #entries - P.cfg.most)) end
end

local function look(name, source)
  local known = feeds:get(name, {})
  local answer = P.fetch(source.host, source.path, {
    timeout = "20s",
    headers = { Accept = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.1",
      ["If-None-Match"] = known.etag, ["If-Modified-Since"] = known.modified },
  })
  if answer.status == 304 then return trouble(name, known, nil) end
  if not answer.ok then return trouble(name, known, answer.error or "it answers " .. answer.status) end
  local entries = feed.read(answer.body)
  if not entries then return trouble(name, known, "what it answers is no feed") end

  local seen, is_seen, new = {}, {}, {}
  for _, id in ipairs(known.seen or {}) do is_seen[id] = true end
  for _, entry in ipairs(entries) do
    if not is_seen[entry.id] then new[#new + 1] = entry end
    is_seen[entry.id] = true
    seen[#seen + 1] = entry.id
  end
  for _, id in ipairs(known.seen or {}) do -- a feed may show an old entry again
    if #seen < most_seen then seen[#seen + 1] = id end
  end
  if known.seen then tell(name, source, new) end -- at first sight all are old
  known.seen = P.json.array(seen)
  known.etag, known.modified = answer.headers.etag, answer.headers["last-modified"]
  trouble(name, known, nil)
end

for name, source in pairs(P.cfg.feeds) do
  P.every(source.every, { name = "feed " .. name }, function() look(name, source) end)
end
