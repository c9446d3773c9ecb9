#include "bridge/worker/api/library.hpp"

namespace omegate::worker::library {

const std::string_view fetching = R"lua(
local P, native = ...
local error, type, pairs, ipairs, tostring, pcall, setmetatable = error, type, pairs, ipairs, tostring, pcall, setmetatable
local gsub, byte, format, find, lower, upper = string.gsub, string.byte, string.format, string.find, string.lower, string.upper
local floor, concat, sort = math.floor, table.concat, table.sort
local encode, decode, period = P.json.encode, P.json.decode, P.period
local fetch = native.fetch

-- An error is one of the line that called P.fetch.
local function checked(good, ...)
  if not good then error((...), 2) end
  return ...
end

local function must(good, ...)
  if not good then error((...), 0) end
  return ...
end

local function escape(text)
  return (gsub(text, "[^%w%-._~]", function(c) return format("%%%02X", byte(c)) end))
end

-- What may not stand in a path; what is encoded already stays.
local function escape_rest(text)
  return (gsub(text, "[^%w%-._~%%!$&'()*+,;=:@/?]", function(c) return format("%%%02X", byte(c)) end))
end

-- {a = 1, b = {"x", "y"}} → "a=1&b=x&b=y", in the order of the names
local function urlencoded(values, what)
  if type(values) ~= "table" then error(what .. ": expected a table, found a " .. type(values), 0) end
  local names, parts = {}, {}
  for name in pairs(values) do
    if type(name) ~= "string" then error(what .. ": expected values by their names", 0) end
    names[#names + 1] = name
  end
  sort(names)
  for _, name in ipairs(names) do
    local value = values[name]
    for _, one in ipairs(type(value) == "table" and value or { value }) do
      if type(one) == "table" then error(what .. ": " .. name .. " is nested too deeply", 0) end
      parts[#parts + 1] = escape(name) .. "=" .. escape(tostring(one))
    end
  end
  return concat(parts, "&")
end

local options = { method = true, json = true, form = true, body = true, headers = true, query = true, timeout = true,
                  retries = true, max_size = true, body_file = true, save_as = true }

local Response = {}
Response.__index = Response
-- r:json() → the value, or nil and the reason
function Response:json() return decode(self.body) end

local function body_of(opts, headers)
  local body, kind
  for name, default in pairs { json = "application/json", form = "application/x-www-form-urlencoded", body = false } do
    if opts[name] ~= nil then
      if body then error("only one of json, form and body can be sent", 0) end
      body, kind = opts[name], default
      if name == "json" then body = must(pcall(encode, body)) end
      if name == "form" then body = urlencoded(body, "form") end
    end
  end
  if body ~= nil and type(body) ~= "string" then error("body: expected a text, found a " .. type(body), 0) end
  if body and opts.body_file ~= nil then error("only one of json, form, body and body_file can be sent", 0) end
  local named = false
  for name in pairs(headers) do named = named or (type(name) == "string" and lower(name) == "content-type") end
  if kind and not named then headers["Content-Type"] = kind end
  return body
end

-- The handle of a file; what is none is an error.
local function handle_of(file)
  local handle = file
  if type(file) == "table" then handle = file.handle end
  if type(handle) ~= "string" or handle == "" then error("body_file: expected a file of an event, or its handle", 0) end
  return handle
end

-- "name", or {name =, media_type =}
local function saving(as)
  local name, media_type = as, nil
  if type(as) == "table" then name, media_type = as.name, as.media_type end
  if type(name) ~= "string" or (media_type ~= nil and type(media_type) ~= "string") then
    error("save_as: expected a name, or {name = …, media_type = …}", 0)
  end
  return name, media_type
end

local function request(host, path, opts)
  if type(host) ~= "string" then error("P.fetch: expected the name of a host, found " .. tostring(host), 0) end
  if path ~= nil and type(path) ~= "string" then error("P.fetch: expected a path like /status, found " .. tostring(path), 0) end
  if opts ~= nil and type(opts) ~= "table" then error("P.fetch: expected a table of options, found a " .. type(opts), 0) end
  opts = opts or {}
  for name in pairs(opts) do
    if not options[name] then error("unknown option '" .. tostring(name) .. "'", 0) end
  end
  local headers = {}
  for name, value in pairs(opts.headers or {}) do headers[name] = value end
  local body = body_of(opts, headers)
  local target = escape_rest(path or "")
  if opts.query ~= nil then
    local query = urlencoded(opts.query, "query")
    if query ~= "" then target = target .. (find(target, "?", 1, true) and "&" or "?") .. query end
  end
  local timeout
  if opts.timeout ~= nil then timeout = floor(must(pcall(period, opts.timeout)) * 1000) end
  local handle, name, media_type
  if opts.body_file ~= nil then handle = handle_of(opts.body_file) end
  if opts.save_as ~= nil then name, media_type = saving(opts.save_as) end
  local method = opts.method or ((body or handle) and "POST" or "GET")
  if type(method) ~= "string" then error("method: expected a text like POST, found " .. tostring(method), 0) end
  local status, heard, content, fault, file, final = must(pcall(fetch, host, upper(method), target, headers, body or "", timeout,
                                                                opts.retries, opts.max_size, handle, name, media_type))
  return setmetatable({ ok = status >= 200 and status < 300, status = status, headers = heard, body = content,
                        error = fault, file = file, final = final }, Response)
end

-- P.fetch(host, path, [opts]) → {ok, status, headers, body, error, final, file, json()}
function P.fetch(host, path, opts) return checked(pcall(request, host, path, opts)) end
)lua";

}  // namespace omegate::worker::library
