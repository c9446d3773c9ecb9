#include "bridge/gateway/api/body.hpp"

#include "bridge/core/xml/text.hpp"
#include "bridge/gateway/api/limits.hpp"
#include "bridge/gateway/api/problem.hpp"

namespace omegate::gateway::api {
namespace {

namespace json = boost::json;

[[noreturn]] void refuse(std::string name, std::string detail, std::string expected) {
  throw Refusal({400, std::move(name), std::move(detail), "body", std::move(expected)});
}

std::size_t members_in(const json::value& value) {
  std::size_t count = 0;
  if (const auto* object = value.if_object()) {
    count = object->size();
    for (const auto& member : *object) count += members_in(member.value());
  } else if (const auto* array = value.if_array()) {
    for (const json::value& each : *array) count += members_in(each);
  }
  return count;
}

/// In good JSON each colon outside of a text is behind the name of a member.
std::size_t names_in(std::string_view text) {
  std::size_t count = 0;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') inside = !inside;
    if (inside && text[i] == '\\') ++i;
    if (!inside && text[i] == ':') ++count;
  }
  return count;
}

std::string kind_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "true or false";
    case json::kind::string: return "the text " + in_quotes(std::string_view(value.get_string()));
    case json::kind::array: return "a list";
    case json::kind::object: return "an object";
    default: return "the number " + json::serialize(value);
  }
}

}  // namespace

json::object parse_body(std::string_view text) {
  json::parse_options options;
  options.max_depth = max_depth;
  boost::system::error_code failure;
  json::value value = json::parse(text, failure, {}, options);
  if (failure) {
    refuse("bad-json", "the body is not JSON: " + failure.message(),
           "one JSON object in UTF-8, " + std::to_string(max_depth) + " levels deep at most");
  }
  if (!value.is_object()) refuse("bad-json", "the body is " + kind_of(value), "a JSON object");
  if (names_in(text) != members_in(value)) refuse("bad-json", "a name comes twice in one object", "each name once");
  return std::move(value.get_object());
}

std::string Members::place(std::string_view name) const {
  return where_ + (where_ == "body" ? " /" : "/") + std::string(name);
}

void Members::wrong(std::string_view name, std::string expected) const {
  const json::value* value = object_.if_contains(name);
  throw Refusal({400, "wrong-member",
                 "'" + std::string(name) + "' is " + (value ? kind_of(*value) : std::string("missing")), place(name),
                 std::move(expected)});
}

const json::value* Members::find(std::string_view name) {
  known_.insert(std::string(name));
  return object_.if_contains(name);
}

/// What XML cannot carry would be lost on the way, and two programs would see two texts.
std::optional<std::string> Members::optional_text(std::string_view name) {
  const json::value* value = find(name);
  if (!value) return std::nullopt;
  if (!value->is_string()) wrong(name, "a text");
  const std::string_view text = value->get_string();
  if (!xml::is_xml_text(text)) {
    throw Refusal({400, "bad-text", "'" + std::string(name) + "' has a character that no message can carry", place(name),
                   "no control characters but tab and line feed"});
  }
  return std::string(text);
}

std::string Members::text(std::string_view name) {
  auto text = optional_text(name);
  if (!text || text->empty()) wrong(name, "a text that is not empty");
  return std::move(*text);
}

std::optional<std::int64_t> Members::number(std::string_view name, std::int64_t least, std::int64_t most) {
  const json::value* value = find(name);
  if (!value) return std::nullopt;
  const std::int64_t* number = value->if_int64();
  if (!number || *number < least || *number > most)
    wrong(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return *number;
}

bool Members::flag(std::string_view name) {
  const json::value* value = find(name);
  if (!value) return false;
  if (!value->is_bool()) wrong(name, "true or false");
  return value->get_bool();
}

std::optional<Members> Members::object(std::string_view name) {
  const json::value* value = find(name);
  if (!value) return std::nullopt;
  if (!value->is_object()) wrong(name, "an object");
  return Members(value->get_object(), place(name));
}

std::vector<std::string> Members::texts(std::string_view name) {
  const json::value* value = find(name);
  if (!value || !value->is_array()) wrong(name, "a list of texts");
  std::vector<std::string> texts;
  for (const json::value& each : value->get_array()) {
    if (!each.is_string() || !xml::is_xml_text(each.get_string())) wrong(name, "a list of texts");
    texts.emplace_back(each.get_string());
  }
  return texts;
}

void Members::finish() const {
  for (const auto& member : object_) {
    const std::string name(member.key());
    if (known_.contains(name)) continue;
    std::string all;
    for (const auto& known : known_) all += (all.empty() ? "" : ", ") + known;
    throw Refusal({400, "unknown-member", in_quotes(name) + " is nothing that is known here", where_, "only " + all});
  }
}

}  // namespace omegate::gateway::api
