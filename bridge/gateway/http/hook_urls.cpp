#include "bridge/gateway/http/hook_urls.hpp"

#include <boost/json.hpp>

#include "bridge/gateway/http/hook_limits.hpp"
#include "bridge/gateway/http/hook_log.hpp"
#include "bridge/gateway/http/hook_proof.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

constexpr std::string_view url_prefix = "url";

std::string key_of(std::string_view path) { return std::string(url_prefix) + std::string(path); }

void add_time(json::object& object, std::string_view name, const std::optional<WallTime>& time) {
  if (time) object[name] = to_ms(*time);
}

std::optional<WallTime> time_in(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr) return std::nullopt;
  return from_ms(value->to_number<std::int64_t>());
}

}  // namespace

HookUrl hook_url(store::Tables& tables, std::string_view path) {
  const auto stored = tables.kv.get(hooks_owner, key_of(path));
  if (!stored) return {};
  const json::value value = json::parse(as_text(stored->value));
  const json::object& object = value.as_object();
  HookUrl url{object.at("number").to_number<std::int64_t>(), time_in(object, "made_ms"), time_in(object, "expires_ms"),
              time_in(object, "previous_until_ms"), object.at("told").as_bool()};
  return url;
}

void put_hook_url(store::Tables& tables, std::string_view path, const HookUrl& url) {
  json::object object{{"number", url.number}, {"told", url.told}};
  add_time(object, "made_ms", url.made);
  add_time(object, "expires_ms", url.expires);
  add_time(object, "previous_until_ms", url.previous_until);
  tables.kv.put(hooks_owner, key_of(path), as_bytes(json::serialize(object)));
}

HookUrl next_url(const HookUrl& url, WallTime now, std::chrono::milliseconds grace,
                 std::optional<std::chrono::milliseconds> life) {
  HookUrl next;
  next.number = url.number + 1;
  next.made = now;
  if (life) next.expires = now + *life;
  const bool is_over = url.expires && *url.expires <= now;
  if (grace.count() > 0 && !is_over) next.previous_until = now + grace;
  return next;
}

HookWords hook_words(std::string_view secret, std::string_view path, const HookUrl& url, WallTime now) {
  HookWords words;
  if (!url.expires || now < *url.expires) words.now = url_word(secret, path, url.number);
  if (url.number > 0 && url.previous_until && now < *url.previous_until)
    words.previous = url_word(secret, path, url.number - 1);
  return words;
}

std::vector<std::pair<std::string, HookUrl>> expiring_urls(store::Tables& tables, WallTime now) {
  std::vector<std::pair<std::string, HookUrl>> found;
  for (const std::string& key : tables.kv.keys(hooks_owner, url_prefix)) {
    const std::string path = key.substr(url_prefix.size());
    const HookUrl url = hook_url(tables, path);
    if (url.expires && !url.told && *url.expires - hook_url_notice <= now) found.emplace_back(path, url);
  }
  return found;
}

}  // namespace omegate::gateway
