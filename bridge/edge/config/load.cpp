#include "bridge/edge/config/load.hpp"

#include <fcntl.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "bridge/edge/config/addresses.hpp"
#include "bridge/edge/config/load_parts.hpp"
#include "bridge/edge/config/yaml_document.hpp"

namespace omegate::config {
namespace {

constexpr std::pair<std::string_view, LogLevel> log_levels[] = {{"debug", LogLevel::debug},
                                                                {"info", LogLevel::info},
                                                                {"warning", LogLevel::warning},
                                                                {"error", LogLevel::error}};
constexpr std::pair<std::string_view, LogFormat> log_formats[] = {{"text", LogFormat::text},
                                                                  {"json", LogFormat::json}};

std::string joined(const std::vector<ConfigFault>& faults) {
  std::string text;
  for (const auto& fault : faults) text += (text.empty() ? "" : "\n") + fault.to_string();
  return text;
}

ConfigError whole_file(const std::filesystem::path& file, std::string text) {
  return ConfigError({{file.string(), 0, 0, std::move(text)}});
}

SecretSource load_key(Reading& reading, const Value& value) {
  const auto source = load_secret(reading, value);
  if (!source) return {};
  if (source->kind != SecretSource::Kind::file && source->kind != SecretSource::Kind::credential)
    reading.fault(value.node.Mark(),
                  "key: expected {file: …} or {credential: …}; the key must be there at each start");
  return *source;
}

HttpSettings load_http(Reading& reading, const Value& value) {
  YamlSection section(reading, value);
  HttpSettings http;
  http.max_body = section.number("max_body", 1024, max_http_body, "bytes").value_or(http.max_body);
  http.log_requests = static_cast<unsigned>(
      section.number("log_requests", 0, max_hook_log, "requests of each hook").value_or(http.log_requests));
  http.log_bytes = section.number("log_bytes", 0, max_hook_log_bytes, "bytes of each hook").value_or(http.log_bytes);
  http.allow_remote = section.flag("allow_remote").value_or(false);
  if (const auto listen = section.text("listen", "an address and a port")) {
    const auto place = *section.take("listen");
    const auto address = listen_address(*listen);
    if (!address) {
      section.wrong(place, "a numeric address and a port, as in 127.0.0.1:8443 or \"[::1]:8443\"");
    } else {
      http.address = address->address;
      http.port = address->port;
      if (!address->loopback && !http.allow_remote)
        section.fault(place,
                      place.path + ": " + *listen +
                          " is reachable by other machines and HTTP here is not "
                          "encrypted; listen on 127.0.0.1 behind a TLS proxy, or add allow_remote: true");
    }
  }
  section.finish();
  return http;
}

std::filesystem::path socket_path(YamlSection& section, std::string_view key, const std::string& text) {
  auto path = section.reading().absolute(text);
  constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
  if (path.string().size() > longest)
    section.fault(*section.take(key), "control." + std::string(key) + ": " + path.string() +
                                          " is longer than the " + std::to_string(longest) +
                                          " bytes of a socket's path; choose a shorter one");
  return path;
}

ControlSettings load_control(Reading& reading, const Value& value) {
  YamlSection section(reading, value);
  ControlSettings control;
  if (const auto path = section.text("socket", "a path"))
    control.socket = socket_path(section, "socket", *path);
  control.send_group = section.text("send_group", "the name of a group").value_or("");
  if (const auto path = section.text("send_socket", "a path"))
    control.send_socket = socket_path(section, "send_socket", *path);
  section.finish();
  return control;
}

/// The two accounts hear each other whatever their rules say.
std::optional<CanarySettings> load_canary(Reading& reading, const Value& value, std::vector<AccountSettings>& accounts) {
  YamlSection section(reading, value);
  CanarySettings canary;
  const auto named = [&](std::string_view key) -> AccountSettings* {
    const auto name = section.text(key, "the name of an account");
    if (!name) return nullptr;
    const auto found = std::ranges::find(accounts, *name, &AccountSettings::name);
    if (found != accounts.end()) return &*found;
    section.fault(*section.take(key), "canary." + std::string(key) + ": there is no account " + *name);
    return nullptr;
  };
  canary.every = std::chrono::seconds(section.number("every", 10, 86400, "seconds").value_or(300));
  AccountSettings* const account = named("account");
  AccountSettings* const to = section.take("to") ? named("to") : accounts.empty() ? nullptr : &accounts.front();
  if (!section.take("account")) section.missing("account", "an account that is used for nothing else");
  section.finish();
  if (account == nullptr || to == nullptr) return std::nullopt;
  if (account == to) {
    section.fault(*section.take("account"), "canary.account: writes to itself; name a second account of this gateway");
    return std::nullopt;
  }
  account->canary = to->jid;
  to->canary = account->jid;
  canary.account = account->name;
  canary.to = to->name;
  return canary;
}

LogSettings load_log(Reading& reading, const Value& value) {
  YamlSection section(reading, value);
  LogSettings log;
  log.level = section.choice<LogLevel>("level", log_levels).value_or(log.level);
  log.format = section.choice<LogFormat>("format", log_formats).value_or(log.format);
  section.finish();
  return log;
}

void load_anchor_dir(YamlSection& root, const std::string& dir, Settings& settings) {
  settings.anchor_dir = root.reading().absolute(dir);
  const auto seen_from_data = settings.anchor_dir.lexically_relative(settings.data_dir);
  if (seen_from_data.empty() || *seen_from_data.begin() == "..") return;
  root.fault(*root.take("anchor_dir"),
             "anchor_dir: lies in data_dir; choose another folder, or an old copy of data_dir brings its "
             "anchor along");
}

void load_required(YamlSection& root, Settings& settings) {
  if (const auto dir = root.text("data_dir", "a folder")) {
    settings.data_dir = root.reading().absolute(*dir);
  } else if (!root.take("data_dir")) {
    root.missing("data_dir", "the folder for the database, as in data_dir: /var/lib/omegate");
  }
  if (settings.data_dir.filename().empty()) settings.data_dir = settings.data_dir.parent_path();  // "data/"
  if (const auto dir = root.text("anchor_dir", "a folder")) load_anchor_dir(root, *dir, settings);
  if (const auto key = root.take("key")) {
    settings.key = load_key(root.reading(), *key);
  } else {
    root.missing("key", "where the key of the database is, as in key: {file: /etc/omegate/key}");
  }
  if (const auto accounts = root.take("accounts")) {
    settings.accounts = load_accounts(root.reading(), *accounts);
  } else {
    root.missing("accounts", "at least one (config/omegate.yaml shows how, `omegate init` writes one)");
  }
}

Settings load_root(Reading& reading, const YAML::Node& node) {
  YamlSection root(reading, {node, ""});
  Settings settings;
  settings.file = std::filesystem::absolute(reading.file());
  load_required(root, settings);
  if (const auto http = root.take("http")) settings.http = load_http(reading, *http);
  if (const auto api = root.take("api"))
    settings.api = load_api(reading, *api, settings.accounts, settings.http.has_value());
  if (const auto control = root.take("control")) settings.control = load_control(reading, *control);
  if (settings.control.socket.empty()) settings.control.socket = settings.data_dir / "control.sock";
  if (!settings.control.send_socket && !settings.control.send_group.empty())
    settings.control.send_socket = settings.control.socket.parent_path() / "send.sock";
  if (const auto plugins = root.take("plugins"))
    settings.plugins = load_plugins(reading, *plugins, settings.accounts);
  if (const auto canary = root.take("canary")) settings.canary = load_canary(reading, *canary, settings.accounts);
  if (const auto log = root.take("log")) settings.log = load_log(reading, *log);
  if (const auto files = root.take("files")) settings.files = load_files(reading, *files);
  if (const auto mail = root.take("mail")) settings.mail = load_mail(reading, *mail);
  settings.keep_days =
      static_cast<unsigned>(root.number("keep_days", 1, max_keep_days, "days").value_or(settings.keep_days));
  settings.network_threads = static_cast<unsigned>(
      root.number("network_threads", 1, max_network_threads, "threads").value_or(settings.network_threads));
  root.finish();
  return settings;
}

}  // namespace

std::string ConfigFault::to_string() const {
  if (line == 0) return file + ": " + text;
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + text;
}

ConfigError::ConfigError(std::vector<ConfigFault> faults)
    : std::runtime_error(joined(faults)), faults_(std::move(faults)) {}

Settings parse_settings(const std::string& text, const std::filesystem::path& file,
                        const LoadOptions& options) {
  Reading reading(file, options);
  Settings settings;
  try {
    const YAML::Node node = load_document(reading, text);
    if (node.IsNull()) throw whole_file(file, "is empty; `omegate init` writes a config");
    settings = load_root(reading, node);
  } catch (const YAML::Exception& error) {
    reading.fault(error.mark, "not YAML: " + error.msg + "; check the indentation and quotes around here");
  }
  auto faults = reading.take_faults();
  std::stable_sort(faults.begin(), faults.end(), [](const auto& a, const auto& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  if (!faults.empty()) throw ConfigError(std::move(faults));
  return settings;
}

Settings load_settings(const std::filesystem::path& file, const LoadOptions& options) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored))
    throw whole_file(file, "is a folder, expected the config file");
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    throw whole_file(file, std::string("cannot be read: ") + std::strerror(errno) +
                               "; name it with --config, or let `omegate init` write one");
  std::string text(max_config_size + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > max_config_size)
    throw whole_file(file, "larger than " + std::to_string(max_config_size) + " bytes; that is no config");
  return parse_settings(text, file, options);
}

}  // namespace omegate::config
