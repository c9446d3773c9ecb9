#include "bridge/core/plugin/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/src.hpp>  // the one place where Boost.JSON is compiled

#include "bridge/core/plugin/error.hpp"
#include "bridge/core/plugin/limits.hpp"

namespace omegate::plugin {
namespace json = boost::json;

Result<json::object> parse_object(std::string_view text) {
  json::parse_options options;
  options.max_depth = max_json_depth;
  error_code failure;
  json::value value = json::parse(text, failure, {}, options);
  if (failure || !value.is_object()) return Error::frame_not_json;
  return std::move(value.get_object());
}

json::string json_text(std::string_view text) { return json::string(mend_utf8(text)); }

template <class T>
const T* Members::find(std::string_view name, bool required) {
  const json::value* const value = object_.if_contains(name);
  if (value == nullptr) {
    if (required) fail(Error::missing_member);
    return nullptr;
  }
  const T* found = nullptr;
  if constexpr (std::is_same_v<T, json::string>) found = value->if_string();
  if constexpr (std::is_same_v<T, json::object>) found = value->if_object();
  if constexpr (std::is_same_v<T, json::array>) found = value->if_array();
  if constexpr (std::is_same_v<T, std::int64_t>) found = value->if_int64();
  if constexpr (std::is_same_v<T, bool>) found = value->if_bool();
  if (found == nullptr) fail(Error::wrong_member);
  return found;
}

std::string Members::text(std::string_view name) {
  const auto* const found = find<json::string>(name, true);
  return found ? std::string(*found) : std::string();
}

std::string Members::optional_text(std::string_view name) {
  const auto* const found = find<json::string>(name, false);
  return found ? std::string(*found) : std::string();
}

std::int64_t Members::integer(std::string_view name) {
  const auto* const found = find<std::int64_t>(name, true);
  return found ? *found : 0;
}

double Members::number(std::string_view name) {
  const json::value* const value = object_.if_contains(name);
  if (value == nullptr) {
    fail(Error::missing_member);
    return 0;
  }
  error_code none;
  const double number = value->to_number<double>(none);
  if (none) fail(Error::wrong_member);
  return number;
}

bool Members::optional_flag(std::string_view name, bool otherwise) {
  const auto* const found = find<bool>(name, false);
  return found ? *found : otherwise;
}

TrustLevel Members::trust(std::string_view name) {
  const auto level = trust_level(text(name));
  if (!level) fail(Error::wrong_member);
  return level.value_or(TrustLevel::undecided);
}

Priority Members::priority(std::string_view name) {
  const auto priority = priority_named(text(name));
  if (!priority) fail(Error::wrong_member);
  return priority.value_or(Priority::normal);
}

const json::object& Members::object(std::string_view name) {
  static const json::object none;
  const auto* const found = find<json::object>(name, true);
  return found ? *found : none;
}

const json::array& Members::array(std::string_view name) {
  static const json::array none;
  const auto* const found = find<json::array>(name, false);
  return found ? *found : none;
}

std::vector<std::string> Members::texts(std::string_view name) {
  std::vector<std::string> texts;
  for (const json::value& value : array(name)) {
    const json::string* const text = value.if_string();
    if (text == nullptr) {
      fail(Error::wrong_member);
      return {};
    }
    texts.emplace_back(*text);
  }
  return texts;
}

}  // namespace omegate::plugin
