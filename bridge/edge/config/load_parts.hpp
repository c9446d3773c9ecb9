// The parts of the configuration that have a file of their own.
//
// Inside edge/config only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/edge/config/settings.hpp"
#include "bridge/edge/config/yaml_section.hpp"

namespace omegate::config {

std::vector<AccountSettings> load_accounts(Reading& reading, const Value& value);
std::vector<PluginSettings> load_plugins(Reading& reading, const Value& value,
                                         const std::vector<AccountSettings>& accounts);

/// `{file: …}`, `{command: […]}`, `{env: …}` or `{credential: …}`: one of them.
std::optional<SecretSource> load_secret(Reading& reading, const Value& value);

/// An absolute path; a fault if nothing is there (and files are to be checked).
std::optional<std::filesystem::path> existing_path(YamlSection& section, std::string_view key,
                                                   std::string_view what);

}  // namespace omegate::config
