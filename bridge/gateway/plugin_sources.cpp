#include "bridge/gateway/plugin_sources.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "bridge/core/plugin/limits.hpp"

namespace omegate::gateway {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw std::runtime_error(path.string() + ": " + why);
}

/// Code that anybody on the machine can change is not the code the operator installed.
void expect_protected(const fs::path& path) {
  const auto others = fs::status(path).permissions() & fs::perms::others_write;
  if (others != fs::perms::none) refuse(path, "everybody may write it; run: chmod o-w " + path.string());
}

bool is_source(const fs::directory_entry& entry) {
  return entry.is_regular_file() && entry.path().extension() == ".lua" &&
         !entry.path().stem().string().ends_with("_test");
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) refuse(path, "cannot be read");
  return text;
}

}  // namespace

std::map<std::string, std::string> read_plugin_sources(const fs::path& folder) {
  if (!fs::is_directory(folder)) refuse(folder, "there is no such folder");
  expect_protected(folder);
  std::map<std::string, std::string> sources;
  std::uintmax_t size = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!is_source(entry)) continue;
    expect_protected(entry.path());
    size += entry.file_size();
    if (size > plugin::max_sources_size) refuse(folder, "its Lua files are larger than 1 MiB together");
    sources.emplace(entry.path().filename().string(), read_text(entry.path()));
  }
  if (!sources.contains("init.lua")) refuse(folder, "there is no init.lua");
  return sources;
}

}  // namespace omegate::gateway
