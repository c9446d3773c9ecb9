#include "bridge/gateway/plugins/plugin_library.hpp"

#include <algorithm>
#include <memory>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/core/xml/text.hpp"
#include "bridge/edge/zones/zone.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/plugins/plugin_avatars.hpp"

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

asio::awaitable<plugin::FileText> text_of(Context& context, FileDesk* desk, std::string handle) {
  const auto file = co_await context.store.transact([&](store::Tables& tables) { return tables.files.find(handle); });
  plugin::FileText none{std::nullopt, "there is no such file"};
  if (!file || desk == nullptr) co_return none;
  none.reason = "the file is not here: it is " + std::string(store::name(file->state));
  if (file->state != store::FileState::here) co_return none;
  none.reason = "the file has " + size_words(file->size) + ", and " + size_words(plugin::max_file_text) + " can be read";
  if (file->size > plugin::max_file_text) co_return none;
  std::string text;
  try {
    while (text.size() < file->size) {
      const crypto::SecretBytes piece = co_await desk->read(*file, text.size());
      if (piece.empty()) break;
      text += as_text(piece.bytes());
    }
  } catch (const files::SpoolFailure& failure) {
    none.reason = failure.what();
    text.clear();
  }
  if (text.size() < file->size) co_return none;
  none.reason = "the file is no text in UTF-8";
  if (!xml::is_xml_text(text)) co_return none;
  co_return plugin::FileText{std::move(text), {}};
}

asio::awaitable<plugin::ToWorker> answer(Context& context, FileDesk* desk, PluginAvatars& avatars, std::string plugin, plugin::ToGateway call) {
  if (auto* const ask = std::get_if<plugin::AvatarAsk>(&call)) {
    plugin::AvatarSeen seen = co_await avatars.see(std::move(*ask));
    co_return plugin::ToWorker(std::move(seen));
  }
  if (const auto* const ask = std::get_if<plugin::FileAsk>(&call)) {
    plugin::FileText text = co_await text_of(context, desk, ask->handle);
    co_return plugin::ToWorker(std::move(text));
  }
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

PluginHost::Library make_library(Context& context, std::string plugin, FileDesk* desk, Avatars avatars) {
  auto pictures = std::make_shared<PluginAvatars>(context.store, plugin, desk, std::move(avatars));
  return [&context, desk, pictures, plugin = std::move(plugin)](plugin::ToGateway call) {
    return answer(context, desk, *pictures, plugin, std::move(call));
  };
}

}  // namespace omegate::gateway
