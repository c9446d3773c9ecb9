#include "bridge/gateway/plugin_library.hpp"

#include <algorithm>

#include "bridge/edge/zones/zone.hpp"

namespace omegate::gateway {
namespace {

plugin::KvValue value_of(store::Tables& tables, const std::string& plugin, const std::string& key,
                         WallTime now) {
  const auto found = tables.kv.get(plugin, key, now);
  if (!found) return {std::nullopt, kv_version_text(0)};
  return {std::string(as_text(found->value)), kv_version_text(found->version)};
}

plugin::KvPage page_of(store::Tables& tables, const std::string& plugin, const plugin::KvKeys& wanted,
                       WallTime now) {
  std::vector<std::string> keys = tables.kv.keys(plugin, wanted.prefix, now);
  keys.erase(keys.begin(), std::ranges::upper_bound(keys, wanted.after));
  const bool more = keys.size() > wanted.limit;
  if (more) keys.resize(wanted.limit);
  return {std::move(keys), more};
}

plugin::ZoneTime zone_time(const plugin::ZoneAsk& ask) {
  const auto zone = zones::Zone::named(ask.zone);
  if (!zone) return {};
  const WallTime time =
      ask.local ? zone->wall(zones::LocalTime(std::chrono::milliseconds(ask.time_ms))) : from_ms(ask.time_ms);
  return {true, to_ms(time), std::chrono::duration_cast<std::chrono::seconds>(zone->offset(time)).count()};
}

asio::awaitable<plugin::ToWorker> answer(Context& context, std::string plugin, plugin::ToGateway call) {
  if (const auto* const ask = std::get_if<plugin::ZoneAsk>(&call))
    co_return plugin::ToWorker(zone_time(*ask));
  co_return co_await context.store.transact([&](store::Tables& tables) -> plugin::ToWorker {
    if (const auto* const get = std::get_if<plugin::KvGet>(&call))
      return value_of(tables, plugin, get->key, context.now());
    return page_of(tables, plugin, std::get<plugin::KvKeys>(call), context.now());
  });
}

}  // namespace

std::string kv_version_text(std::uint64_t version) { return std::to_string(version); }

PluginHost::Library make_library(Context& context, std::string plugin) {
  return [&context, plugin = std::move(plugin)](plugin::ToGateway call) {
    return answer(context, plugin, std::move(call));
  };
}

}  // namespace omegate::gateway
