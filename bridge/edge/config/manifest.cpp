#include "bridge/edge/config/manifest.hpp"

#include <fstream>
#include <iterator>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/core/plugin/topic.hpp"
#include "bridge/edge/config/json_text.hpp"
#include "bridge/edge/config/limits.hpp"
#include "bridge/edge/config/yaml_document.hpp"
#include "bridge/edge/config/yaml_section.hpp"

namespace omegate::config {
namespace {

using plugin::Field;
using plugin::FieldType;
using plugin::Grants;
using plugin::Manifest;

constexpr int max_schema_depth = 8;  // levels; a plugin's settings nest two or three

constexpr std::string_view type_names =
    "one of string, integer, boolean, jid, secret, account, host, mail, mail_to, trust, priority, list, map, record";

std::vector<Field> load_fields(Reading& reading, const Value& value, int depth);

FieldType load_type(YamlSection& section, const Value& value) {
  const auto type = plugin::field_type(is_scalar(value.node) ? value.node.Scalar() : "");
  if (!type) section.wrong(value, type_names);
  return type.value_or(FieldType::string);
}

void expect_shape(YamlSection& section, const Field& field) {
  const bool has_elements = field.type == FieldType::list || field.type == FieldType::map;
  const bool has_fields = field.type == FieldType::record;
  const std::string& path = section.value().path;
  if (has_elements == field.of.empty()) {
    section.fault(section.value(),
                  path + ": a list and a map have 'of', the type of their elements; nothing else has");
  }
  if (has_fields == field.fields.empty()) {
    section.fault(section.value(), path + ": a record has 'fields'; nothing else has");
  }
}

/// A default must fit its own field, or the operator would be blamed for it.
void expect_default_fits(YamlSection& section, const Field& field) {
  if (field.default_json.empty()) return;
  for (const auto& problem : plugin::check_config({field}, "{}").problems) {
    section.fault(section.value(), section.value().path + ".default: " + problem.what);
  }
}

/// Just the name of a type, or {type: …, required: …, default: …, help: …, of: …, fields: …}.
Field load_field(Reading& reading, const Value& value, const std::string& name, int depth) {
  const bool is_short = is_scalar(value.node);
  YAML::Node node(YAML::NodeType::Map);
  if (is_short) node["type"] = value.node;
  YamlSection section(reading, is_short ? Value{node, value.path} : value);
  Field field;
  field.name = name;
  if (depth > max_schema_depth) {
    section.fault(value, value.path + ": settings nest too deeply");
    return field;
  }
  if (const auto type = section.take("type"))
    field.type = load_type(section, *type);
  else
    section.missing("type", std::string(type_names));
  field.required = section.flag("required").value_or(false);
  field.help = section.text("help", "a text").value_or("");
  if (const auto otherwise = section.take("default")) field.default_json = to_json(reading, *otherwise).text;
  if (const auto element = section.take("of"))
    field.of.push_back(load_field(reading, *element, {}, depth + 1));
  if (const auto fields = section.take("fields")) field.fields = load_fields(reading, *fields, depth + 1);
  section.finish();
  expect_shape(section, field);
  expect_default_fits(section, field);
  return field;
}

std::vector<Field> load_fields(Reading& reading, const Value& value, int depth) {
  YamlSection section(reading, value);
  std::vector<Field> fields;
  for (const auto& [name, entry] : section.entries())
    fields.push_back(load_field(reading, entry, name, depth));
  return fields;
}

void load_recipient(YamlSection& section, const Value& value, const std::string& word, Grants& grants) {
  if (word == "config")
    grants.send_to_config = true;
  else if (word == "sender")
    grants.send_to_sender = true;
  else if (word == "*")
    grants.send_to_anyone = true;
  else if (word.find('@') != word.npos)
    grants.send_to.push_back(word);
  else
    section.wrong(value, "config, sender, \"*\" or a JID");
}

std::vector<std::string> load_topics(YamlSection& section, const char* key) {
  const std::string expected = "topics: a letter, then letters in lower case, digits, '-', '_' and '.', up to " +
                               std::to_string(plugin::max_topic_name);
  std::vector<std::string> topics;
  for (const auto& [place, topic] : section.texts(key, expected.c_str())) {
    if (!plugin::is_topic(topic))
      section.wrong(place, expected);
    else
      topics.push_back(topic);
  }
  return topics;
}

Grants load_grants(Reading& reading, const Value& value) {
  YamlSection section(reading, value);
  Grants grants;
  grants.hooks = section.flag("hooks").value_or(false);
  for (const auto& [place, path] : section.texts("http", "paths that its endpoints are below")) {
    if (!path.starts_with('/') || !path.ends_with('/') || path.size() < 3)
      section.wrong(place, "a path like /_matrix/app/");
    else
      grants.http.push_back(path);
  }
  grants.bridge = section.flag("bridge").value_or(false);
  grants.messages = section.flag("messages").value_or(false);
  grants.typing = section.flag("typing").value_or(false);
  grants.moderate = section.flag("moderate").value_or(false);
  grants.keys = section.flag("keys").value_or(false);
  grants.mail = section.flag("mail").value_or(false);
  grants.kv_mib = section.number("kv", 0, plugin::max_kv_mib, "MiB it may keep").value_or(0);
  for (const auto& [place, word] : section.texts("send_to", "config, sender, \"*\" or a JID")) {
    load_recipient(section, place, word, grants);
  }
  for (const auto& [place, word] : section.texts("fetch", "config or the name of a host")) {
    if (word == "config")
      grants.fetch_from_config = true;
    else
      grants.fetch.push_back(word);
  }
  grants.fetch_rate = section.number("fetch_rate", 1, plugin::max_fetch_rate, "requests a minute").value_or(plugin::default_fetch_rate);
  grants.fetch_files = section.flag("fetch_files").value_or(false);
  grants.avatars = section.flag("avatars").value_or(false);
  for (const auto& [place, word] : section.texts("mail_to", "config, an address, \"*@example.org\" or \"*\"")) {
    if (word == "config")
      grants.mail_to_config = true;
    else if (word == "*" || word.find('@') != word.npos)
      grants.mail_to.push_back(word);
    else
      section.wrong(place, "config, an address, \"*@example.org\" or \"*\"");
  }
  for (const auto& [place, word] : section.texts("run", "\"*\" or the name of a program that the operator lists")) {
    if (word == "*")
      grants.run_any = true;
    else
      grants.run.push_back(word);
  }
  for (const auto& [place, word] : section.texts("accounts", "config, \"*\" or an account's name")) {
    if (word == "config")
      grants.accounts_from_config = true;
    else if (word == "*")
      grants.any_account = true;
    else
      grants.accounts.push_back(word);
  }
  grants.publish = load_topics(section, "publish");
  grants.subscribe = load_topics(section, "subscribe");
  section.finish();
  return grants;
}

plugin::WorkerProgram load_program(Reading& reading, const Value& value) {
  YamlSection section(reading, value);
  plugin::WorkerProgram program;
  for (const auto& [place, word] : section.texts("command", "a program and its arguments, like [/usr/bin/python3, -I, plugin.py]"))
    program.command.push_back(word);
  if (program.command.empty()) section.missing("command", "a program and its arguments, like [/usr/bin/python3, -I, plugin.py]");
  for (const auto& [place, path] : section.texts("read", "folders below /usr, /lib, /lib64 or /opt")) program.reads.push_back(path);
  section.finish();
  return program;
}

Manifest load_manifest(Reading& reading, const YAML::Node& root) {
  YamlSection section(reading, {root, ""});
  Manifest manifest;
  manifest.name = section.text("name", "the plugin's name").value_or("");
  manifest.version = section.text("version", "a version like \"1.0\"").value_or("");
  manifest.api = static_cast<int>(section.number("api", 0, 1000, "API level").value_or(0));
  manifest.description = section.text("description", "a text").value_or("");
  if (const auto config = section.take("config")) manifest.config = load_fields(reading, *config, 0);
  if (const auto program = section.take("program")) manifest.program = load_program(reading, *program);
  if (const auto grants = section.take("grants")) manifest.grants = load_grants(reading, *grants);
  section.finish();
  for (const auto& problem : check(manifest)) section.fault(section.value(), plugin::to_text(problem));
  return manifest;
}

}  // namespace

plugin::Manifest parse_manifest(const std::string& yaml, const std::filesystem::path& file) {
  Reading reading(file, {});
  Manifest manifest;
  try {
    manifest = load_manifest(reading, load_document(reading, yaml));
  } catch (const YAML::Exception& failure) {
    reading.fault(failure.mark, failure.msg);
  }
  if (reading.has_faults()) throw ConfigError(reading.take_faults());
  return manifest;
}

plugin::Manifest read_manifest(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string yaml{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.good() && !stream.eof()) throw ConfigError({{file.string(), 0, 0, "cannot be read"}});
  if (yaml.size() > max_config_size) throw ConfigError({{file.string(), 0, 0, "is larger than 1 MiB"}});
  return parse_manifest(yaml, file);
}

}  // namespace omegate::config
