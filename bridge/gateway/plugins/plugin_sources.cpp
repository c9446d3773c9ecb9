#include "bridge/gateway/plugins/plugin_sources.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "bridge/core/plugin/limits.hpp"

namespace omegate::gateway {
namespace {

namespace fs = std::filesystem;

/// A virtual environment has some thousands. Unit: files and folders.
constexpr int max_program_files = 50'000;

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw std::runtime_error(path.string() + ": " + why);
}

/// Code that anybody on the machine can change is not the code the operator installed.
void expect_protected(const fs::path& path) {
  const auto others = fs::status(path).permissions() & fs::perms::others_write;
  if (others != fs::perms::none) refuse(path, "everybody may write it; run: chmod o-w " + path.string());
}

/// Where its links lead, too: what it may read is looked at behind them.
std::string real_place(const fs::path& place) {
  const std::string real = fs::canonical(place).string();
  const bool is_known = std::ranges::any_of(plugin::program_places, [&](std::string_view each) { return (real + "/").starts_with(each); });
  if (!is_known) refuse(place, "it is a link to " + real);
  return real;
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

std::vector<std::string> program_arguments(const fs::path& folder, const plugin::WorkerProgram& program) {
  if (program.command.empty()) return {};
  if (!fs::is_directory(folder)) refuse(folder, "there is no such folder");
  expect_protected(folder);
  int looked_at = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (++looked_at > max_program_files) refuse(folder, "there are more than " + std::to_string(max_program_files) + " files in it");
    if (!entry.is_symlink()) expect_protected(entry.path());  // where a link leads is out of its reach, or looked at as well
  }
  if (!fs::exists(program.command.front())) refuse(program.command.front(), "there is no such program");
  expect_protected(program.command.front());
  std::vector<std::string> arguments{"--folder", fs::absolute(folder).string()};
  for (const auto& place : program.reads) {
    if (!fs::exists(place)) continue;  // another system keeps its libraries elsewhere
    arguments.emplace_back("--read");
    arguments.push_back(real_place(place));
  }
  arguments.emplace_back("--");
  arguments.insert(arguments.end(), program.command.begin(), program.command.end());
  return arguments;
}

}  // namespace omegate::gateway
