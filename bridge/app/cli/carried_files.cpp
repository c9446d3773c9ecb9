#include "bridge/app/cli/carried_files.hpp"

#include <algorithm>
#include <fstream>

#include "bridge/edge/store/limits.hpp"

namespace omegate::app {
namespace {

namespace fs = std::filesystem;

void add(std::vector<fs::path>& files, const fs::path& file) {
  if (!file.empty() && std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
}

void add(std::vector<fs::path>& files, const config::SecretSource& source) {
  if (source.kind == config::SecretSource::Kind::file) add(files, fs::path(source.name));
}

crypto::SecretBytes content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error(file.string() + ": cannot be read, so it cannot be in the backup");
  crypto::SecretBytes content(store::max_backup_file + 1);
  stream.read(reinterpret_cast<char*>(content.writable().data()),
              static_cast<std::streamsize>(content.size()));
  const auto size = static_cast<std::size_t>(stream.gcount());
  if (size > store::max_backup_file) throw std::runtime_error(file.string() + ": is too large for a backup");
  content.shrink(size);
  return content;
}

}  // namespace

std::string entry_of(const fs::path& file, const fs::path& config) {
  const auto relative = file.lexically_relative(config.parent_path());
  const bool inside = !relative.empty() && *relative.begin() != "..";
  return "file:" + (inside ? relative : file).string();
}

std::vector<fs::path> named_files(const config::Settings& settings) {
  std::vector<fs::path> files;
  for (const auto& account : settings.accounts) {
    add(files, account.password);
    add(files, account.ca_file);
  }
  for (const auto& plugin : settings.plugins)
    for (const auto& [name, source] : plugin.secrets) add(files, source);
  for (const auto& client : settings.api.clients) add(files, client.token);
  return files;
}

std::vector<CarriedFile> carried_files(const config::Settings& settings) {
  std::vector<CarriedFile> carried;
  carried.push_back({std::string(config_entry), content_of(settings.file)});
  for (const auto& file : named_files(settings))
    if (fs::exists(file)) carried.push_back({entry_of(file, settings.file), content_of(file)});
  return carried;
}

}  // namespace omegate::app
