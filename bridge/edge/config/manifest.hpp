// Reads plugin.yaml.
//
// Not here: what its members mean (core/plugin/manifest.hpp), the operator's own configuration (load.hpp).
#pragma once

#include <filesystem>
#include <string>

#include "bridge/core/plugin/manifest.hpp"
#include "bridge/edge/config/load.hpp"

namespace omegate::config {

/// Throws `ConfigError` with all mistakes: the file is unreadable, not YAML, has unknown keys or wrong types,
/// or asks for an API level this gateway does not speak.
plugin::Manifest read_manifest(const std::filesystem::path& file);

/// The same from text, as if it stood in `file`.
plugin::Manifest parse_manifest(const std::string& yaml, const std::filesystem::path& file);

}  // namespace omegate::config
