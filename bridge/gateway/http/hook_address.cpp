#include "bridge/gateway/http/hook_address.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace omegate::gateway {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 3> endpoints{"message", "v2/send", "v1/about"};

bool is_endpoint(std::string_view path) { return std::ranges::find(endpoints, path) != endpoints.end(); }

/// ntfy's `POST /`: the topic stands in the JSON.
std::string topic_of(const std::string& body) {
  boost::system::error_code bad;
  const json::value value = json::parse(body, bad);
  const auto* const object = bad ? nullptr : value.if_object();
  const auto* const topic = object == nullptr ? nullptr : object->if_contains("topic");
  const auto* const text = topic == nullptr ? nullptr : topic->if_string();
  return text == nullptr ? std::string() : "/" + std::string(*text);
}

http::Response as_json(unsigned status, const json::object& object) {
  return {status, json::serialize(object) + "\n"};
}

/// Gotify's ids are numbers; 2^53 is what a JavaScript client can hold.
std::int64_t number_of(std::string_view id) {
  std::uint64_t number = 0;
  std::from_chars(id.data(), id.data() + std::min<std::size_t>(id.size(), 13), number, 16);
  return static_cast<std::int64_t>(number);
}

std::string rfc3339(WallTime now) {
  const auto days = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - days));
  std::array<char, 80> text{};
  const int size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", int(date.year()),
                                 unsigned(date.month()), unsigned(date.day()), int(time.hours().count()),
                                 int(time.minutes().count()), int(time.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

HookAddress hook_address(const http::Request& request) {
  std::string_view path = request.path;
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path == hooks_prefix || path.empty()) return {topic_of(request.body), {}, true};
  const bool ours =
      path.starts_with(hooks_prefix) && path.size() > hooks_prefix.size() && path[hooks_prefix.size()] == '/';
  if (ours) path.remove_prefix(hooks_prefix.size());
  if (is_endpoint(path.substr(1))) return {{}, std::string(path.substr(1)), false};
  return {std::string(path), {}, !ours};
}

std::optional<BelowHook> below_hook(std::string_view rest) {
  if (rest.empty()) return BelowHook{};
  rest.remove_prefix(1);
  if (is_endpoint(rest)) return BelowHook{{}, std::string(rest)};
  const auto slash = std::min(rest.find('/'), rest.size());
  BelowHook below{std::string(rest.substr(0, slash)),
                  std::string(rest.substr(std::min(slash + 1, rest.size())))};
  if (!below.endpoint.empty() && !is_endpoint(below.endpoint)) return std::nullopt;
  return below;
}

http::Response about_answer() {
  return as_json(
      200, {{"versions", {"v1", "v2"}}, {"build", 2}, {"mode", "native"}, {"capabilities", json::object{}}});
}

http::Response hook_answer(const HookAddress& address, std::string_view endpoint, std::string_view hook,
                           const std::string& id, WallTime now) {
  if (endpoint == "v2/send") return as_json(201, {{"timestamp", std::to_string(to_ms(now))}});
  if (endpoint == "message") {
    return as_json(
        200, {{"id", number_of(id)}, {"appid", 1}, {"message", ""}, {"priority", 0}, {"date", rfc3339(now)}});
  }
  if (address.expects_ntfy) {
    return as_json(200, {{"id", id.substr(0, 12)},
                         {"time", to_ms(now) / 1000},
                         {"event", "message"},
                         {"topic", hook.substr(1)},
                         {"ok", true}});
  }
  // "ok": what speaks to Slack takes JSON without it for a refusal.
  return as_json(202, {{"ok", true}, {"id", id}, {"state", "accepted"}});
}

}  // namespace omegate::gateway
