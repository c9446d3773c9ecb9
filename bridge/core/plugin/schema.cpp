#include "bridge/core/plugin/schema.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "bridge/core/base/priority.hpp"
#include "bridge/core/plugin/json.hpp"
#include "bridge/core/plugin/trust_level.hpp"

namespace omegate::plugin {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<FieldType, std::string_view>, 14> types{{
    {FieldType::string, "string"},
    {FieldType::integer, "integer"},
    {FieldType::boolean, "boolean"},
    {FieldType::jid, "jid"},
    {FieldType::secret, "secret"},
    {FieldType::account, "account"},
    {FieldType::host, "host"},
    {FieldType::mail, "mail"},
    {FieldType::mail_to, "mail_to"},
    {FieldType::trust, "trust"},
    {FieldType::priority, "priority"},
    {FieldType::list, "list"},
    {FieldType::map, "map"},
    {FieldType::record, "record"},
}};

constexpr std::string_view expectation(FieldType type) {
  switch (type) {
    case FieldType::string:
      return "a text";
    case FieldType::integer:
      return "a whole number";
    case FieldType::boolean:
      return "true or false";
    case FieldType::jid:
      return "a bare JID like name@example.org";
    case FieldType::secret:
      return "the name of a secret";
    case FieldType::account:
      return "the name of an account";
    case FieldType::host:
      return "the name of a host";
    case FieldType::mail:
      return "an address like alerts@example.org, with one * at most: bot+*@example.org";
    case FieldType::mail_to:
      return "a mail address like name@example.org, a domain like \"*@example.org\", or \"*\" for all";
    case FieldType::trust:
      return "one of undecided, tofu, trusted, verified";
    case FieldType::priority:
      return "one of low, normal, high";
    case FieldType::list:
      return "a list";
    case FieldType::map:
      return "a map of names to values";
    case FieldType::record:
      return "a map of settings";
  }
  return "something else";
}

/// Rough on purpose: catches the slip of the pen, while core/xmpp decides what a JID is.
bool looks_like_bare_jid(std::string_view text) {
  const auto at = text.find('@');
  return at != text.npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == text.npos &&
         text.find_first_of(" \t\r\n/<>&\"") == text.npos;
}

/// As rough: core/mail decides.
bool looks_like_mail_pattern(std::string_view text) {
  return !text.empty() && !text.starts_with('@') && !text.ends_with('@') && text.find_first_of(" \t\r\n<>\"") == text.npos &&
         std::ranges::count(text, '*') <= 1;
}

/// As rough: an address, or a pattern of them.
bool looks_like_mail_recipient(std::string_view text) {
  return text == "*" || (looks_like_bare_jid(text) && text.find('*', text.starts_with("*@") ? 1 : 0) == text.npos);
}

bool is_min_trust(std::string_view text) {
  const auto level = trust_level(text);
  return level && *level != TrustLevel::revoked;
}

bool fits(const json::value& value, FieldType type) {
  switch (type) {
    case FieldType::integer:
      return value.is_int64();
    case FieldType::boolean:
      return value.is_bool();
    case FieldType::list:
      return value.is_array();
    case FieldType::map:
    case FieldType::record:
      return value.is_object();
    default:
      break;
  }
  if (!value.is_string()) return false;
  const std::string_view text = value.get_string();
  switch (type) {
    case FieldType::jid:
      return looks_like_bare_jid(text);
    case FieldType::mail_to:
      return looks_like_mail_recipient(text);
    case FieldType::account:
    case FieldType::host:
    case FieldType::secret:
      return !text.empty();
    case FieldType::mail:
      return looks_like_mail_pattern(text);
    case FieldType::trust:
      return is_min_trust(text);
    case FieldType::priority:
      return priority_named(text).has_value();
    default:
      return true;
  }
}

/// Walks schema and value side by side.
class Checker {
 public:
  explicit Checker(CheckedConfig& checked) : checked_(checked) {}

  void check_record(const std::vector<Field>& fields, json::object& record) {
    for (const auto& [name, value] : record) {
      if (std::ranges::find(fields, name, &Field::name) == fields.end()) {
        inside(name, [&] { complain("unknown setting; known are: " + names(fields)); });
      }
    }
    for (const Field& field : fields) inside(field.name, [&] { check_field(field, record); });
  }

 private:
  void check_field(const Field& field, json::object& record) {
    if (json::value* const value = record.if_contains(field.name)) {
      check_value(field, *value);
    } else if (field.required) {
      complain("is missing: expected " + std::string(expectation(field.type)));
    } else if (!field.default_json.empty()) {
      check_value(field, record[field.name] = json::parse(field.default_json));
    }
  }

  void check_value(const Field& field, json::value& value) {
    if (!fits(value, field.type)) {
      complain("expected " + std::string(expectation(field.type)) + ", found " + shown(value));
      return;
    }
    if (field.type == FieldType::list) check_list(field, value.get_array());
    if (field.type == FieldType::map) check_map(field, value.get_object());
    if (field.type == FieldType::record) check_record(field.fields, value.get_object());
    note(field.type, value);
  }

  void check_list(const Field& field, json::array& list) {
    if (field.of.empty()) return;
    for (std::size_t i = 0; i < list.size(); ++i) {
      inside(std::to_string(i), [&] { check_value(field.of.front(), list[i]); });
    }
  }

  void check_map(const Field& field, json::object& map) {
    if (field.of.empty()) return;
    for (auto& [name, value] : map) inside(name, [&, &entry = value] { check_value(field.of.front(), entry); });
  }

  void note(FieldType type, const json::value& value) {
    if (type == FieldType::jid) checked_.jids.emplace_back(value.get_string());
    if (type == FieldType::secret) checked_.secrets.emplace_back(value.get_string());
    if (type == FieldType::account) checked_.accounts.emplace_back(value.get_string());
    if (type == FieldType::host) checked_.hosts.emplace_back(value.get_string());
    if (type == FieldType::mail) checked_.mail.emplace_back(value.get_string());
    if (type == FieldType::mail_to) checked_.mail_to.emplace_back(value.get_string());
  }

  template <class Body>
  void inside(std::string_view step, Body body) {
    path_.emplace_back(step);
    body();
    path_.pop_back();
  }

  void complain(std::string what) { checked_.problems.push_back({path_, std::move(what)}); }

  static std::string shown(const json::value& value) {
    constexpr std::size_t enough = 60;
    const std::string text = json::serialize(value);
    return text.size() <= enough ? text : std::string(cut_utf8(text, enough)) + "…";
  }

  static std::string names(const std::vector<Field>& fields) {
    std::string names;
    for (const Field& field : fields) names += (names.empty() ? "" : ", ") + field.name;
    return names.empty() ? "none" : names;
  }

  CheckedConfig& checked_;
  std::vector<std::string> path_;
};

bool is_index(std::string_view step) {
  return !step.empty() && std::ranges::all_of(step, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string_view to_text(FieldType type) {
  return std::ranges::find(types, type, [](const auto& entry) { return entry.first; })->second;
}

std::optional<FieldType> field_type(std::string_view text) {
  const auto found = std::ranges::find(types, text, [](const auto& entry) { return entry.second; });
  if (found == types.end()) return std::nullopt;
  return found->first;
}

std::string to_text(const Problem& problem) {
  std::string text;
  for (const auto& step : problem.path) {
    if (is_index(step))
      text += "[" + step + "]";
    else
      text += (text.empty() ? "" : ".") + step;
  }
  return text.empty() ? problem.what : text + ": " + problem.what;
}

CheckedConfig check_config(const std::vector<Field>& schema, std::string_view config) {
  CheckedConfig checked;
  auto object = parse_object(config);
  if (!object) {
    checked.problems.push_back({{}, "expected a map of settings"});
    return checked;
  }
  Checker(checked).check_record(schema, *object);
  checked.json = json::serialize(*object);
  return checked;
}

}  // namespace omegate::plugin
