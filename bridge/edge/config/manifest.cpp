#include "bridge/edge/config/manifest.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>

namespace omegate::config {
namespace {

using plugin::Field;
using plugin::FieldType;
using plugin::Grants;
using plugin::Manifest;

constexpr int max_schema_depth = 8;  // levels; a plugin's settings nest two or three

/// Reads one file; every complaint names it, the line, the member, what was found and what was expected.
class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  Manifest manifest(const YAML::Node& root) {
    expect_map(root, "plugin.yaml", {"name", "version", "api", "description", "config", "grants"});
    Manifest manifest;
    manifest.name = required(root, "name");
    manifest.version = required(root, "version");
    manifest.api = integer(root, "api");
    manifest.description = text(root["description"], "description");
    if (root["config"]) manifest.config = fields(root["config"], "config", 0);
    if (root["grants"]) manifest.grants = grants(root["grants"]);
    for (const auto& problem : check(manifest)) complain(root, plugin::to_text(problem));
    return manifest;
  }

  [[noreturn]] void complain(const YAML::Mark& mark, const std::string& what) const {
    const std::string line = mark.is_null() ? "" : ":" + std::to_string(mark.line + 1);
    throw ManifestError(name_ + line + ": " + what);
  }

 private:
  [[noreturn]] void complain(const YAML::Node& node, const std::string& what) const {
    complain(node.Mark(), what);
  }

  void expect_map(const YAML::Node& node, const std::string& what,
                  std::initializer_list<std::string_view> known) {
    if (!node.IsMap()) complain(node, what + ": expected a map of names to values");
    for (const auto& entry : node) {
      const std::string& key = entry.first.Scalar();
      if (std::ranges::find(known, key) == known.end())
        complain(entry.first, what + ": unknown key \"" + key + "\"");
    }
  }

  std::string text(const YAML::Node& node, const std::string& what) {
    if (!node) return {};
    if (!node.IsScalar()) complain(node, what + ": expected a text");
    return node.Scalar();
  }

  std::string required(const YAML::Node& root, const char* key) {
    if (!root[key]) complain(root, std::string(key) + ": is missing");
    return text(root[key], key);
  }

  int integer(const YAML::Node& root, const char* key) {
    const std::string value = required(root, key);
    int number = 0;
    if (!YAML::convert<int>::decode(root[key], number)) {
      complain(root[key], std::string(key) + ": expected a whole number, found \"" + value + "\"");
    }
    return number;
  }

  bool flag(const YAML::Node& node, const std::string& what) {
    bool value = false;
    if (!node) return value;
    if (!node.IsScalar() || !YAML::convert<bool>::decode(node, value)) {
      complain(node, what + ": expected true or false");
    }
    return value;
  }

  std::vector<std::string> texts(const YAML::Node& node, const std::string& what) {
    std::vector<std::string> values;
    if (!node) return values;
    if (node.IsScalar()) return {node.Scalar()};
    if (!node.IsSequence()) complain(node, what + ": expected a text or a list of texts");
    for (const auto& element : node) values.push_back(text(element, what));
    return values;
  }

  std::vector<Field> fields(const YAML::Node& node, const std::string& what, int depth) {
    if (depth == max_schema_depth) complain(node, what + ": nested too deeply");
    if (!node.IsMap()) complain(node, what + ": expected a map of settings");
    std::vector<Field> fields;
    for (const auto& entry : node) {
      const std::string name = text(entry.first, what);
      fields.push_back(field(entry.second, name, what + "." + name, depth));
    }
    return fields;
  }

  /// "jid" alone, or {type: jid, required: true, …}.
  Field field(const YAML::Node& node, const std::string& name, const std::string& what, int depth) {
    Field field;
    field.name = name;
    if (node.IsScalar()) {
      field.type = type(node, what);
    } else {
      expect_map(node, what, {"type", "required", "default", "help", "of", "fields"});
      field.type = type(node["type"] ? node["type"] : node, what);
      field.required = flag(node["required"], what + ".required");
      field.help = text(node["help"], what + ".help");
      if (node["default"]) field.default_json = json(node["default"], field.type, what + ".default");
      if (node["of"]) field.of.push_back(this->field(node["of"], {}, what + ".of", depth + 1));
      if (node["fields"]) field.fields = fields(node["fields"], what, depth + 1);
    }
    expect_shape(node, field, what);
    return field;
  }

  FieldType type(const YAML::Node& node, const std::string& what) {
    const auto type = plugin::field_type(node.IsScalar() ? node.Scalar() : "");
    if (type) return *type;
    complain(
        node,
        what +
            ": expected a type: string, integer, boolean, jid, secret, account, trust, list, map or record");
  }

  void expect_shape(const YAML::Node& node, const Field& field, const std::string& what) {
    const bool has_elements = field.type == FieldType::list || field.type == FieldType::map;
    if (has_elements == field.of.empty())
      complain(node, what + ": a list and a map need 'of', nothing else has it");
    const bool has_fields = field.type == FieldType::record;
    if (has_fields == field.fields.empty())
      complain(node, what + ": a record needs 'fields', nothing else has them");
  }

  /// A default is a scalar, or an empty list or map.
  std::string json(const YAML::Node& node, FieldType type, const std::string& what) {
    if (type == FieldType::list && node.IsSequence() && node.size() == 0) return "[]";
    if ((type == FieldType::map || type == FieldType::record) && node.IsMap() && node.size() == 0)
      return "{}";
    if (!node.IsScalar()) complain(node, what + ": expected a single value, [] or {}");
    int number = 0;
    if (type == FieldType::integer && YAML::convert<int>::decode(node, number)) return std::to_string(number);
    if (type == FieldType::boolean) return flag(node, what) ? "true" : "false";
    if (type == FieldType::integer) complain(node, what + ": expected a whole number");
    return quoted(node.Scalar());
  }

  static std::string quoted(const std::string& text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string json = "\"";
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') json += '\\';
      if (byte < 0x20)
        (json += "\\u00") += {digits[byte >> 4], digits[byte & 15]};
      else
        json += c;
    }
    return json + "\"";
  }

  Grants grants(const YAML::Node& node) {
    expect_map(node, "grants", {"send_to", "hooks", "messages", "keys", "accounts"});
    Grants grants;
    grants.hooks = flag(node["hooks"], "grants.hooks");
    grants.messages = flag(node["messages"], "grants.messages");
    grants.keys = flag(node["keys"], "grants.keys");
    for (const auto& word : texts(node["send_to"], "grants.send_to")) {
      if (word == "config")
        grants.send_to_config = true;
      else if (word == "sender")
        grants.send_to_sender = true;
      else if (word == "*")
        grants.send_to_anyone = true;
      else if (word.find('@') != word.npos)
        grants.send_to.push_back(word);
      else
        complain(node["send_to"],
                 "grants.send_to: expected config, sender, \"*\" or a JID, found \"" + word + "\"");
    }
    for (const auto& word : texts(node["accounts"], "grants.accounts")) {
      if (word == "config")
        grants.accounts_from_config = true;
      else if (word == "*")
        grants.any_account = true;
      else
        grants.accounts.push_back(word);
    }
    return grants;
  }

  std::string name_;
};

}  // namespace

Manifest parse_manifest(std::string_view yaml, std::string_view name) {
  Reader reader(name);
  try {
    return reader.manifest(YAML::Load(std::string(yaml)));
  } catch (const YAML::Exception& failure) {
    reader.complain(failure.mark, failure.msg);
  }
}

Manifest read_manifest(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string yaml{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) throw ManifestError(file.string() + ": cannot be read");
  return parse_manifest(yaml, file.string());
}

}  // namespace omegate::config
