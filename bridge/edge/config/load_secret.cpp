#include <unistd.h>

#include "bridge/edge/config/load_parts.hpp"

namespace omegate::config {
namespace {

using Kind = SecretSource::Kind;

constexpr std::string_view sources = "one of file, command, env, credential";

void check_file(YamlSection& section, const Value& value, const std::string& file) {
  if (!section.reading().options().check_files) return;
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) return;
  const bool is_key =
      value.path == "key.file";  // never one of somebody's making: a database may need the old one
  section.fault(
      value, value.path + ": there is no file " + file +
                 (is_key ? "; correct the path, or put it back. `omegate init` makes the first one; if it is "
                           "lost, `omegate key unlock` makes a new one with the recovery passphrase"
                         : "; create it (mode 600) or correct the path"));
}

std::optional<SecretSource> command(YamlSection& section, SecretSource source) {
  const auto words = section.texts("command", "a word");
  for (const auto& [place, word] : words) source.command.push_back(word);
  if (words.empty()) return std::nullopt;
  source.kind = Kind::command;
  return source;
}

std::optional<SecretSource> named(YamlSection& section, std::string_view key, const Value& value,
                                  SecretSource source) {
  const auto name = section.text(key, "a name or a path");
  if (!name) return std::nullopt;
  source.name = *name;
  if (key == "env") {
    source.kind = Kind::environment;
  } else if (key == "credential") {
    source.kind = Kind::credential;
    if (name->find('/') != std::string::npos)
      section.wrong(value, "the name of a systemd credential, not a path");
  } else {
    source.name = section.reading().absolute(*name).string();
    check_file(section, value, source.name);
  }
  return source;
}

}  // namespace

std::optional<SecretSource> load_secret(Reading& reading, const Value& value) {
  if (value.node.IsScalar()) {
    // Not repeated in the message: it may be the secret itself.
    reading.fault(value.node.Mark(), value.path +
                                         ": a secret does not stand in the config; say where it is, with " +
                                         std::string(sources) + ", as in {file: /etc/omegate/password}");
    return std::nullopt;
  }
  YamlSection section(reading, value);
  std::optional<SecretSource> found;
  int given = 0;
  for (const std::string_view key : {"file", "command", "env", "credential"}) {
    const auto entry = section.take(key);
    if (!entry) continue;
    ++given;
    const SecretSource source{Kind::file, "", {}, reading.place(entry->node.Mark())};
    found = key == "command" ? command(section, source) : named(section, key, *entry, source);
  }
  if (given != 1 && value.node.IsMap())
    section.fault(value, value.path + ": expected exactly " + std::string(sources) + ", found " +
                             std::to_string(given));
  section.finish();
  return found;
}

std::optional<std::filesystem::path> existing_path(YamlSection& section, std::string_view key,
                                                   std::string_view what) {
  const auto text = section.text(key, what);
  if (!text) return std::nullopt;
  const auto path = section.reading().absolute(*text);
  std::error_code ignored;
  if (section.reading().options().check_files && !std::filesystem::exists(path, ignored)) {
    const auto value = *section.take(key);
    section.fault(value, value.path + ": there is no " + path.string() + "; expected " + std::string(what) +
                             "; correct the path or create it");
  }
  return path;
}

}  // namespace omegate::config
