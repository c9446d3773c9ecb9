#include "bridge/gateway/plugins/fetch_fakes.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "bridge/gateway/plugins/plugin_script.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

/// A text of the pattern may have * in it; everything else is equal, in whatever order.
bool fits(const json::value& value, const json::value& pattern) {
  if (pattern.is_string()) {
    const std::string_view wanted = pattern.get_string();
    if (wanted == "*") return true;
    return value.is_string() && looks_like(value.get_string(), wanted);
  }
  if (pattern.is_array()) {
    if (!value.is_array() || value.get_array().size() != pattern.get_array().size()) return false;
    return std::ranges::equal(value.get_array(), pattern.get_array(), fits);
  }
  if (pattern.is_object()) {
    if (!value.is_object() || value.get_object().size() != pattern.get_object().size()) return false;
    return std::ranges::all_of(pattern.get_object(), [&](const auto& member) {
      const auto* const found = value.get_object().if_contains(member.key());
      return found != nullptr && fits(*found, member.value());
    });
  }
  return value == pattern;
}

bool body_fits(const std::string& body, const std::string& pattern) {
  return pattern.empty() || looks_like(body, pattern) || json_looks_like(body, pattern);
}

bool fits(const plugin::Fetch& fetch, const PluginStage::Expected& expected) {
  return looks_like(fetch.host, expected.host) && fetch.method == expected.method &&
         looks_like(fetch.path, expected.path) && body_fits(fetch.body, expected.body);
}

std::string shown(const std::string& host, const std::string& method, const std::string& path,
                  const std::string& body) {
  return host + " " + method + " " + path + (body.empty() ? "" : " " + body);
}

}  // namespace

bool json_looks_like(const std::string& text, const std::string& pattern) {
  boost::system::error_code no_json;
  const json::value wanted = json::parse(pattern, no_json);
  if (no_json) return false;
  const json::value found = json::parse(text, no_json);
  return !no_json && fits(found, wanted);
}

boost::asio::awaitable<plugin::Fetched> FetchFakes::fetch(FetchAsk ask) {
  const plugin::Fetch& fetch = ask.fetch;
  const auto found = std::ranges::find_if(expected_, [&](const auto& each) { return fits(fetch, each); });
  plugin::Fetched answer;
  if (found != expected_.end()) {
    answer = std::move(found->answer);
    expected_.erase(found);
  } else {
    answer.refused = true;
    answer.error = "nobody said what is answered to: fetch " + shown(fetch.host, fetch.method, fetch.path, fetch.body);
  }
  co_return answer;
}

std::vector<std::string> FetchFakes::left() const {
  std::vector<std::string> left;
  for (const auto& each : expected_) left.push_back(shown(each.host, each.method, each.path, each.body));
  return left;
}

}  // namespace omegate::gateway
