#include "bridge/gateway/http/hook_log.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace omegate::gateway {
namespace {

namespace json = boost::json;

constexpr std::string_view next_key = "next", index_prefix = "index", request_prefix = "request/";

std::string index_key(std::string_view hook) { return std::string(index_prefix) + std::string(hook); }
std::string request_key(std::int64_t id) { return std::string(request_prefix) + std::to_string(id); }

std::int64_t number(const json::object& object, std::string_view name) {
  return object.at(name).to_number<std::int64_t>();
}

std::string text(const json::object& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}

json::object to_json(const LoggedRequest& row) {
  return {{"id", row.id},
          {"plugin", row.plugin},
          {"result", row.result},
          {"received_ms", to_ms(row.received)},
          {"size", row.size}};
}

LoggedRequest from_json(const json::object& object, std::string hook) {
  return {number(object, "id"),
          std::move(hook),
          text(object, "plugin"),
          text(object, "result"),
          from_ms(number(object, "received_ms")),
          static_cast<std::size_t>(number(object, "size")),
          {}};
}

}  // namespace

/// Oldest first.
std::vector<LoggedRequest> HookLog::index(std::string_view hook) {
  std::vector<LoggedRequest> rows;
  const auto stored = tables_.kv.get(hooks_owner, index_key(hook), now_);
  if (!stored) return rows;
  const json::value list = json::parse(as_text(stored->value));
  for (const json::value& each : list.as_array()) rows.push_back(from_json(each.as_object(), std::string(hook)));
  return rows;
}

void HookLog::put_index(std::string_view hook, const std::vector<LoggedRequest>& rows, std::chrono::hours age) {
  json::array list;
  for (const LoggedRequest& row : rows) list.push_back(to_json(row));
  tables_.kv.put(hooks_owner, index_key(hook), as_bytes(json::serialize(list)), now_ + age);
}

std::int64_t HookLog::add(LoggedRequest request, const HookLogRoom& room) {
  request.size = request.payload.size();
  if (room.requests == 0 || request.size > room.bytes) return 0;
  const auto last = tables_.kv.get(hooks_owner, next_key);
  request.id = last ? std::stoll(std::string(as_text(last->value))) : 1;
  tables_.kv.put(hooks_owner, next_key, as_bytes(std::to_string(request.id + 1)));

  json::object whole = to_json(request);
  whole["hook"] = request.hook;
  whole["payload"] = request.payload;
  tables_.kv.put(hooks_owner, request_key(request.id), as_bytes(json::serialize(whole)), now_ + room.age);

  std::vector<LoggedRequest> rows = index(request.hook);
  rows.push_back(request);
  std::size_t kept = 0, bytes = 0;
  while (kept < rows.size() && kept < room.requests) {
    const LoggedRequest& row = rows[rows.size() - 1 - kept];
    if (bytes + row.size > room.bytes || row.received + room.age <= now_) break;
    bytes += row.size;
    ++kept;
  }
  const auto first = rows.end() - static_cast<std::ptrdiff_t>(kept);
  for (auto gone = rows.begin(); gone != first; ++gone) tables_.kv.erase(hooks_owner, request_key(gone->id));
  rows.erase(rows.begin(), first);
  put_index(request.hook, rows, room.age);
  return request.id;
}

std::vector<LoggedRequest> HookLog::list(std::string_view hook, std::size_t limit) {
  std::vector<LoggedRequest> rows;
  for (const std::string& key : tables_.kv.keys(hooks_owner, index_prefix, now_)) {
    const std::string path = key.substr(index_prefix.size());
    if (!hook.empty() && path != hook) continue;
    for (LoggedRequest& row : index(path)) rows.push_back(std::move(row));
  }
  // A hook that nobody calls any more still has an index whose requests have gone.
  std::erase_if(rows, [&](const LoggedRequest& row) {
    return tables_.kv.version(hooks_owner, request_key(row.id), now_) == 0;
  });
  std::ranges::sort(rows, std::greater<>(), &LoggedRequest::id);
  if (rows.size() > limit) rows.resize(limit);
  return rows;
}

std::optional<LoggedRequest> HookLog::find(std::int64_t id) {
  const auto stored = tables_.kv.get(hooks_owner, request_key(id), now_);
  if (!stored) return std::nullopt;
  const json::value value = json::parse(as_text(stored->value));
  const json::object& whole = value.as_object();
  LoggedRequest row = from_json(whole, text(whole, "hook"));
  row.payload = text(whole, "payload");
  return row;
}

}  // namespace omegate::gateway
