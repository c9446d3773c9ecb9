// A plugin's files: Lua is read from its folder, a program in another language is looked at before it is started.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "bridge/core/plugin/manifest.hpp"

namespace omegate::gateway {

/// Every *.lua directly in `folder`, by file name; not *_test.lua, which are for its author. Throws
/// `std::runtime_error` with the path: no init.lua, more than `plugin::max_sources_size` bytes, a file that
/// cannot be read, or one that everybody may write.
std::map<std::string, std::string> read_plugin_sources(const std::filesystem::path& folder);

/// How the worker program is told to become this plugin's (worker/program.hpp); nothing: the plugin is written in Lua.
/// Throws `std::runtime_error` with the path: the folder, a file in it, or the program is not there, or everybody may
/// write it.
std::vector<std::string> program_arguments(const std::filesystem::path& folder, const plugin::WorkerProgram& program);

}  // namespace omegate::gateway
