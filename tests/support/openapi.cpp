#include "tests/support/openapi.hpp"

#include <algorithm>
#include <set>

namespace omegate::test {
namespace {

namespace json = boost::json;

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return result;
}

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t start = 0; start <= path.size();) {
    const auto end = std::min(path.find('/', start), path.size());
    parts.push_back(path.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

bool has_type(const json::value& value, std::string_view type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "integer") return value.is_int64() || value.is_uint64();
  return false;
}

}  // namespace

OpenApi::OpenApi(std::string_view document) : document_(json::parse(document)) {}

std::vector<std::string> OpenApi::operations() const {
  std::vector<std::string> all;
  for (const auto& path : document_.at("paths").as_object()) {
    for (const auto& method : path.value().as_object()) all.push_back(upper(method.key()) + " " + std::string(path.key()));
  }
  return all;
}

std::string OpenApi::template_of(std::string_view path) const {
  const auto given = parts_of(path);
  for (const auto& each : document_.at("paths").as_object()) {
    const auto wanted = parts_of(each.key());
    const bool fits = std::ranges::equal(wanted, given, [](std::string_view w, std::string_view g) { return w.starts_with('{') || w == g; });
    if (fits) return std::string(each.key());
  }
  return {};
}

const json::object* OpenApi::operation(std::string_view method, std::string_view path) const {
  const json::object& paths = document_.at("paths").as_object();
  const json::value* found = paths.if_contains(template_of(path));
  const json::value* operation = found ? found->as_object().if_contains(lower(method)) : nullptr;
  return operation ? &operation->as_object() : nullptr;
}

std::string OpenApi::fault_of_answer(std::string_view method, std::string_view path, unsigned status, std::string_view content_type,
                                     const json::value& body) const {
  const json::object* found = operation(method, path);
  if (!found) return "the document has no " + std::string(method) + " " + std::string(path);
  const json::value* response = found->at("responses").as_object().if_contains(std::to_string(status));
  if (!response) return "the document knows no answer " + std::to_string(status);
  const json::value* content = response->at("content").as_object().if_contains(content_type);
  if (!content) return "the document knows no such content: " + std::string(content_type);
  return fault(body, content->at("schema").as_object(), "");
}

std::string OpenApi::fault_of_request(std::string_view method, std::string_view path, const json::value& body) const {
  const json::object* found = operation(method, path);
  const json::value* wanted = found ? found->if_contains("requestBody") : nullptr;
  if (!wanted) return body.is_null() ? "" : "the document knows no body";
  return fault(body, wanted->at("content").at("application/json").at("schema").as_object(), "");
}

std::string OpenApi::fault(const json::value& value, const json::object& schema, const std::string& place) const {
  static const std::set<std::string, std::less<>> known{"$ref",     "type",    "description", "enum",      "items",    "properties",
                                                        "required", "minimum", "maximum",     "maxLength", "additionalProperties"};
  for (const auto& keyword : schema) {
    if (!known.contains(std::string_view(keyword.key()))) return "the keyword " + std::string(keyword.key()) + " is not checked";
  }
  if (const json::value* ref = schema.if_contains("$ref")) {
    const std::string name(ref->as_string().subview(std::string_view("#/components/schemas/").size()));
    return fault(value, document_.at("components").at("schemas").at(name).as_object(), place + "<" + name + ">");
  }
  if (const json::value* type = schema.if_contains("type"); type && !has_type(value, std::string_view(type->as_string())))
    return place + ": " + json::serialize(value) + " is no " + std::string(type->as_string());
  if (const json::value* words = schema.if_contains("enum")) {
    const json::array& all = words->as_array();
    if (std::ranges::find(all, value) == all.end()) return place + ": " + json::serialize(value) + " is not one of them";
  }
  if (value.is_int64()) {
    const json::value *least = schema.if_contains("minimum"), *most = schema.if_contains("maximum");
    if ((least && value.as_int64() < least->as_int64()) || (most && value.as_int64() > most->as_int64()))
      return place + ": " + json::serialize(value) + " is out of bounds";
  }
  if (const json::array* list = value.if_array()) {
    const json::value* items = schema.if_contains("items");
    for (std::size_t i = 0; items && i < list->size(); ++i) {
      if (auto bad = fault(list->at(i), items->as_object(), place + "/" + std::to_string(i)); !bad.empty()) return bad;
    }
  }
  return value.is_object() ? fault_of_object(value.as_object(), schema, place) : std::string();
}

std::string OpenApi::fault_of_object(const json::object& object, const json::object& schema, const std::string& place) const {
  static const json::object none;
  const json::value* members = schema.if_contains("properties");
  const json::object& properties = members ? members->as_object() : none;
  const json::value* more = schema.if_contains("additionalProperties");
  for (const auto& member : object) {
    const std::string inside = place + "/" + std::string(member.key());
    const json::value* known = properties.if_contains(member.key());
    if (!known && more) return inside + ": is not in the document";
    if (!known) continue;
    if (auto bad = fault(member.value(), known->as_object(), inside); !bad.empty()) return bad;
  }
  const json::value* required = schema.if_contains("required");
  if (!required) return {};
  for (const json::value& name : required->as_array()) {
    if (!object.contains(name.as_string())) return place + "/" + std::string(name.as_string()) + ": is missing";
  }
  return {};
}

}  // namespace omegate::test
