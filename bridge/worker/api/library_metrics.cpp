#include "bridge/worker/api/library.hpp"

namespace omegate::worker::library {

const std::string_view metrics = R"lua(
local P, native = ...
local error, type, tostring, pairs, pcall = error, type, tostring, pairs, pcall
local declare, count = native.metric_declare, native.metric_count

-- An error of `fn` is one of the line that called us.
local function checked(good, first)
  if not good then error(first, 3) end
  return first
end
local function guarded(fn, ...) return checked(pcall(fn, ...)) end

local function read_options(opts, known, what)
  if opts == nil then return {} end
  if type(opts) ~= "table" then error(what .. ": expected a table of options, found a " .. type(opts), 3) end
  for name in pairs(opts) do
    if not known[name] then error(what .. ": unknown option '" .. tostring(name) .. "'", 3) end
  end
  return opts
end

-- Seconds, from what a chat feels as at once to what nobody waits for.
local usual_buckets = { 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60 }

local metrics = {}

-- P.metrics.counter(name, help, [{ labels = }]) → with :add([how many], [labels])
function metrics.counter(name, help, opts)
  opts = read_options(opts, { labels = true }, "P.metrics.counter")
  local number = guarded(declare, "counter", name, help, opts.labels)
  return { add = function(_, value, labels) guarded(count, number, value or 1, labels) end }
end

-- P.metrics.gauge(name, help, [{ labels = }]) → with :set(value, [labels]) and :add(value, [labels])
function metrics.gauge(name, help, opts)
  opts = read_options(opts, { labels = true }, "P.metrics.gauge")
  local number = guarded(declare, "gauge", name, help, opts.labels)
  return {
    set = function(_, value, labels) guarded(count, number, value, labels, true) end,
    add = function(_, value, labels) guarded(count, number, value or 1, labels) end,
  }
end

-- P.metrics.histogram(name, help, [{ labels =, buckets = }]) → with :observe(value, [labels])
function metrics.histogram(name, help, opts)
  opts = read_options(opts, { labels = true, buckets = true }, "P.metrics.histogram")
  local number = guarded(declare, "histogram", name, help, opts.labels, opts.buckets or usual_buckets)
  return { observe = function(_, value, labels) guarded(count, number, value, labels) end }
end

P.metrics = metrics
)lua";

}  // namespace omegate::worker::library
