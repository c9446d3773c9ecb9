// Hooks as an operator sees them: their addresses, what came, have it again, what would come of it.
#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/plugin/event.hpp"
#include "bridge/edge/config/limits.hpp"
#include "bridge/gateway/http/hook_limits.hpp"
#include "bridge/gateway/http/hook_log.hpp"
#include "bridge/gateway/http/hook_urls.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/operator/operator_service.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

/// "alerts", as people say it; "/alerts" and "/hooks/alerts" mean the same.
std::string path_of(std::string_view name) {
  if (name.starts_with(hooks_prefix) && name.size() > hooks_prefix.size() && name[hooks_prefix.size()] == '/')
    name.remove_prefix(hooks_prefix.size());
  if (name.starts_with('/')) name.remove_prefix(1);
  return "/" + std::string(name);
}

json::object log_row(const LoggedRequest& row) {
  return {{"id", row.id},         {"hook", row.hook.substr(1)},           {"plugin", row.plugin},
          {"result", row.result}, {"received_ms", to_ms(row.received)}, {"size", row.size}};
}

void add_times(json::object& object, const HookUrl& url) {
  if (url.made) object["made_ms"] = to_ms(*url.made);
  if (url.expires) object["expires_ms"] = to_ms(*url.expires);
  if (url.previous_until) object["previous_until_ms"] = to_ms(*url.previous_until);
}

LoggedRequest must_find(store::Tables& tables, std::int64_t id, WallTime now) {
  auto row = HookLog(tables, now).find(id);
  if (!row)
    throw OperatorError("not_found", "there is no request " + std::to_string(id) + " any more, or never was",
                        "omegate hook log");
  return std::move(*row);
}

/// The same request as one that comes now.
std::string happening_now(const std::string& payload, Random& random, WallTime now) {
  json::value value = json::parse(payload);
  std::array<Byte, 12> id{};
  random.fill(id);
  value.as_object()["request_id"] = crypto::to_hex(id);
  value.as_object()["time_ms"] = to_ms(now);
  return json::serialize(value);
}

json::object to_json(const plugin::Send& send) {
  json::object object{{"to", send.to}, {"account", send.account}, {"text", send.text}, {"priority", name(send.priority)}};
  if (!send.name.empty()) object["name"] = send.name;
  if (send.update) object["update"] = true;
  return object;
}

json::array messages_of(const std::vector<plugin::Effect>& effects) {
  json::array messages;
  for (const plugin::Effect& effect : effects) {
    if (const auto* const send = std::get_if<plugin::Send>(&effect)) messages.push_back(to_json(*send));
  }
  return messages;
}

std::string_view word(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::done: return "done";
    case Outcome::Kind::refused: return "refused";
    case Outcome::Kind::later:
    case Outcome::Kind::failed:
    case Outcome::Kind::killed: return "failed";
    case Outcome::Kind::unavailable: return "unavailable";
  }
  return "failed";
}

/// A request that a file or the command line describes.
std::string payload_of(const OperatorArgs& args, const json::object& all, const std::string& path, WallTime now) {
  plugin::HookRequest request{path, "POST", args.text("content_type").value_or("application/json"),
                              args.text("query").value_or(""), args.needed("body"), "dry-run", now};
  if (const json::value* const headers = all.if_contains("headers"); headers != nullptr && headers->is_object()) {
    for (const auto& [header, value] : headers->as_object()) {
      if (value.is_string()) request.headers.emplace_back(header, value.as_string());
    }
  }
  request.headers.emplace_back("content-type", request.content_type);
  return plugin::payload(request);
}

}  // namespace

asio::awaitable<std::vector<ServedHook>> OperatorService::served_hooks() const {
  const auto actors = all_.actors.get();
  if (!actors->webhooks) throw OperatorError("conflict", "there is no HTTP server", "the section `http` of the config");
  co_return co_await actors->webhooks->served();
}

asio::awaitable<ServedHook> OperatorService::hook_named(std::string path) const {
  const std::vector<ServedHook> hooks = co_await served_hooks();
  const auto found = std::ranges::find(hooks, path, [](const ServedHook& each) { return each.hook.path; });
  if (found == hooks.end())
    throw OperatorError("not_found", "no hook is called " + path.substr(1), "omegate hook list");
  co_return *found;
}

asio::awaitable<json::value> OperatorService::hook_list(Call) {
  const std::vector<ServedHook> hooks = co_await served_hooks();
  const WallTime now = all_.context.now();
  json::array rows = co_await all_.context.store.transact([&](store::Tables& tables) {
    json::array list;
    for (const ServedHook& each : hooks) {
      const auto logged = HookLog(tables, now).list(each.hook.path, config::max_hook_log);
      json::object row{{"hook", each.hook.path.substr(1)}, {"plugin", each.owner->host.name()}, {"requests", logged.size()}};
      if (!logged.empty()) row["last_ms"] = to_ms(logged.front().received);
      add_times(row, gateway::hook_url(tables, each.hook.path));
      list.push_back(std::move(row));
    }
    return list;
  });
  co_return json::object{{"hooks", std::move(rows)}};
}

asio::awaitable<json::value> OperatorService::hook_log(Call call) {
  const OperatorArgs args = call.read();
  const auto name = args.text("hook");
  const std::string path = name ? path_of(*name) : std::string();
  const std::size_t limit = args.limit();
  auto found = co_await all_.context.store.transact(
      [&](store::Tables& tables) { return HookLog(tables, all_.context.now()).list(path, limit + 1); });
  const bool more = found.size() > limit;
  if (more) found.pop_back();
  json::array rows;
  for (const LoggedRequest& row : found) rows.push_back(log_row(row));
  co_return json::object{{"rows", std::move(rows)}, {"more", more}};
}

asio::awaitable<json::value> OperatorService::hook_show(Call call) {
  const std::int64_t id = call.read().needed_number("id");
  const LoggedRequest row = co_await all_.context.store.transact(
      [&](store::Tables& tables) { return must_find(tables, id, all_.context.now()); });
  json::object answer = log_row(row);
  const json::value payload = json::parse(row.payload);
  for (const char* member : {"method", "content_type", "query", "endpoint", "headers", "body"}) {
    if (const json::value* const value = payload.as_object().if_contains(member)) answer[member] = *value;
  }
  co_return answer;
}

asio::awaitable<json::value> OperatorService::hook_replay(Call call) {
  const std::int64_t id = call.read().needed_number("id");
  const LoggedRequest row = co_await all_.context.store.transact(
      [&](store::Tables& tables) { return must_find(tables, id, all_.context.now()); });
  const ServedHook hook = co_await hook_named(row.hook);
  const auto added = co_await all_.context.store.transact([&](store::Tables& tables) {
    const WallTime now = all_.context.now();
    const std::string payload = happening_now(row.payload, all_.context.random, now);
    return tables.inbox.add({hook.owner->account, hook.owner->host.name(), {}, "hook", to_bytes(payload), {}}, now);
  });
  hook.owner->kick();
  json::object answer = log_row(row);
  answer["inbox"] = added->value();
  co_return answer;
}

/// The plugin runs as it would, and nothing of what it wants happens.
asio::awaitable<json::value> OperatorService::hook_dry_run(Call call) {
  const OperatorArgs args = call.read();
  const WallTime now = all_.context.now();
  const auto id = args.number("id");
  std::string path, payload;
  if (id) {
    const LoggedRequest row =
        co_await all_.context.store.transact([&](store::Tables& tables) { return must_find(tables, *id, now); });
    path = row.hook;
    payload = happening_now(row.payload, all_.context.random, now);
  } else {
    path = path_of(args.needed("hook"));
    payload = payload_of(args, call.args, path, now);
  }
  const ServedHook hook = co_await hook_named(path);
  plugin::Event event{"dry-run", plugin::EventKind::hook, std::move(payload)};
  const Outcome outcome = co_await hook.owner->host.handle(std::move(event));
  json::object answer{{"hook", path.substr(1)}, {"outcome", word(outcome.kind)}, {"messages", messages_of(outcome.effects)}};
  if (!outcome.error.empty()) answer["error"] = outcome.error;
  co_return answer;
}

json::object OperatorService::url_row(const ServedHook& hook, const HookUrl& url) const {
  const std::string& path = hook.hook.path;
  const HookWords words = hook_words(Webhooks::secret_of(*hook.owner, hook.hook), path, url, all_.context.now());
  json::object row{{"hook", path.substr(1)}, {"expired", words.now.empty()}};
  if (!words.now.empty()) row["url"] = "http://" + all_.http + std::string(hooks_prefix) + path + "/" + words.now;
  add_times(row, url);
  if (words.previous.empty()) row.erase("previous_until_ms");
  return row;
}

asio::awaitable<json::value> OperatorService::hook_url(Call call) {
  const ServedHook hook = co_await hook_named(path_of(call.read().needed("hook")));
  const HookUrl url = co_await all_.context.store.transact(
      [&](store::Tables& tables) { return gateway::hook_url(tables, hook.hook.path); });
  co_return url_row(hook, url);
}

asio::awaitable<json::value> OperatorService::hook_rotate(Call call) {
  const OperatorArgs args = call.read();
  const ServedHook hook = co_await hook_named(path_of(args.needed("hook")));
  const std::chrono::milliseconds grace(args.number("grace_ms").value_or(0));
  std::optional<std::chrono::milliseconds> life;
  if (const auto given = args.number("expires_in_ms")) life = std::chrono::milliseconds(*given);
  if (grace.count() < 0 || grace > max_hook_url_life || (life && (life->count() <= 0 || *life > max_hook_url_life)))
    throw OperatorError("bad_argument", "an address lives ten years at most, and not less than a moment");
  const HookUrl url = co_await all_.context.store.transact([&](store::Tables& tables) {
    const HookUrl next = next_url(gateway::hook_url(tables, hook.hook.path), all_.context.now(), grace, life);
    put_hook_url(tables, hook.hook.path, next);
    return next;
  });
  log_info("hook.rotated", {{"path", std::string(hooks_prefix) + hook.hook.path}, {"by", call.actor}});
  co_return url_row(hook, url);
}

}  // namespace omegate::gateway
