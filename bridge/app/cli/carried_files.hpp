// The files besides the database that a backup carries: the config, and what it names as files.
//
// Names count from the config's folder where a file lies in it, so that they fit on a machine where that is
// another one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bridge/core/crypto/secret.hpp"
#include "bridge/edge/config/settings.hpp"

namespace omegate::app {

inline constexpr std::string_view config_entry = "config";

struct CarriedFile {
  std::string name;  // of the entry: "config", "file:bot.password", "file:/srv/ca.pem"
  crypto::SecretBytes content;
};

/// The entry's name of a file that the config names.
std::string entry_of(const std::filesystem::path& file, const std::filesystem::path& config);

/// Passwords, tokens and certificate authorities that `settings` name as files, and may be missing; not the
/// key file.
std::vector<std::filesystem::path> named_files(const config::Settings& settings);

/// Those that are there, the config first. Throws `std::runtime_error`: one cannot be read, or is larger than
/// `store::max_backup_file`.
std::vector<CarriedFile> carried_files(const config::Settings& settings);

}  // namespace omegate::app
