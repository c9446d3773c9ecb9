// Reads plugin.yaml.
//
// Not here: what its members mean (core/plugin/manifest.hpp), the operator's own configuration (the other
// files here).
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "bridge/core/plugin/manifest.hpp"

namespace omegate::config {

/// "plugins/webhook/plugin.yaml:7: grants.hooks: expected true or false, found \"maybe\""
struct ManifestError : std::runtime_error {
  using runtime_error::runtime_error;
};

/// Throws `ManifestError`: the file is unreadable, not YAML, has unknown keys, wrong types, or asks for an
/// API level this gateway does not speak.
plugin::Manifest read_manifest(const std::filesystem::path& file);

/// The same from a text; `name` is what the errors call it.
plugin::Manifest parse_manifest(std::string_view yaml, std::string_view name);

}  // namespace omegate::config
