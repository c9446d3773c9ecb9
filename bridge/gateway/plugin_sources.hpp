// A plugin's Lua files, read from its folder.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace omegate::gateway {

/// Every *.lua directly in `folder`, by file name; not *_test.lua, which are for its author. Throws
/// `std::runtime_error` with the path: no init.lua, more than `plugin::max_sources_size` bytes, a file that
/// cannot be read, or one that everybody may write.
std::map<std::string, std::string> read_plugin_sources(const std::filesystem::path& folder);

}  // namespace omegate::gateway
