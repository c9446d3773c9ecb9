// The parts of the configuration that have a file of their own.
//
// Inside edge/config only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/edge/config/settings.hpp"
#include "bridge/edge/config/yaml_section.hpp"

namespace omegate::config {

std::vector<AccountSettings> load_accounts(Reading& reading, const Value& value);
void load_plugin_programs(YamlSection& section, PluginSettings& plugin);
std::vector<PluginSettings> load_plugins(Reading& reading, const Value& value,
                                         const std::vector<AccountSettings>& accounts);

std::vector<ImapSettings> load_imap(Reading& reading, const Value& value);
SubmissionSettings load_submission(Reading& reading, const Value& value);
FileSettings load_files(Reading& reading, const Value& value);
MailSettings load_mail(Reading& reading, const Value& value);
ApiSettings load_api(Reading& reading, const Value& value, const std::vector<AccountSettings>& accounts, bool has_http);

/// `nickname` and `avatar`.
void load_face(YamlSection& section, AccountSettings& account);

/// A mail server that we connect to, and the ports that such ones usually have.
struct MailServer {
  std::string host;
  SubmissionSettings::Tls tls = SubmissionSettings::Tls::implicit;
  std::uint16_t port = 0;
};
struct MailPorts {
  std::uint16_t implicit, starttls;
};
/// `host`, `tls` and `port`.
MailServer load_mail_server(YamlSection& section, const std::string& what_it_does, MailPorts usual);

bool is_one_line(std::string_view text);

/// `{file: …}`, `{command: […]}`, `{env: …}` or `{credential: …}`: one of them.
std::optional<SecretSource> load_secret(Reading& reading, const Value& value);

/// An absolute path; a fault if nothing is there (and files are to be checked).
std::optional<std::filesystem::path> existing_path(YamlSection& section, std::string_view key,
                                                   std::string_view what);

}  // namespace omegate::config
