-- What is wrong and not over yet: one record for each, with whom it was told to and who looks after it.
--
-- Bounded: the record of the 1000th incident before takes its place again. Not here: what happens to an incident (living).

local P = ...
local text = require "text"
local incidents = {}

local records = P.kv "incidents" -- by number
local numbers = P.kv "open"      -- by hook and sender's id: the number, while it is not over
local counter = P.kv "count"

local most = 999        -- numbers that people can type; the next after it is 1 again
local kept_over = "7d"  -- after its end: late reactions are understood
local kept_open = "60d" -- a sender that never says "over" does not fill the store

local function place(hook, id)
  return hook .. "/" .. text.hash(id)
end

function incidents.numbered(number)
  return records:get(tostring(number))
end

-- The open one that this sender means, or nil.
function incidents.find(hook, id)
  local number = numbers:get(place(hook, id))
  return number and incidents.numbered(number)
end

-- Of the name of a message of ours, or nil.
function incidents.named(name)
  local number = name and name:match("^incident (%d+) ")
  local record = number and incidents.numbered(number)
  if record and record.name == name then return record end
end

function incidents.forget(record)
  numbers:delete(record.place)
  records:delete(tostring(record.number))
end

function incidents.open(hook, id)
  local count = counter:add("incidents")
  local number = (count - 1) % most + 1
  local before = incidents.numbered(number)
  if before then incidents.forget(before) end
  local record = { number = number, name = ("incident %d %d"):format(number, count), hook = hook, place = place(hook, id),
                   opened_ms = P.now_ms(), acks = {}, told = {}, firing = {}, step = 0 }
  numbers:put(record.place, number, { expires_in = kept_open })
  return record
end

function incidents.keep(record)
  records:put(tostring(record.number), record, { expires_in = record.over and kept_over or kept_open })
end

-- It is over: the next of this id is another one.
function incidents.close(record)
  record.over = true
  numbers:delete(record.place)
  incidents.keep(record)
end

-- Those that `wanted(record)`, oldest first.
function incidents.all(wanted)
  local list = {}
  for _, record in records:each() do
    if wanted(record) then list[#list + 1] = record end
  end
  table.sort(list, function(a, b) return a.opened_ms < b.opened_ms or a.opened_ms == b.opened_ms and a.number < b.number end)
  return list
end

return incidents
