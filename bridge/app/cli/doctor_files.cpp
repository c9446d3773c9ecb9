#include "bridge/app/cli/doctor_files.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "bridge/app/limits.hpp"

namespace omegate::app {
namespace {

namespace fs = std::filesystem;
using gateway::Finding;
using Level = Finding::Level;

constexpr const char* files = "files";

std::string octal(mode_t mode) {
  std::string text = "0";
  for (const int shift : {6, 3, 0}) text += static_cast<char>('0' + ((mode >> shift) & 7));
  return text;
}

/// A file or folder that nobody else may open. `needed`: its absence is a fault.
void examine_mode(std::vector<Finding>& findings, std::string check, const fs::path& path, mode_t wanted,
                  bool needed) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT && !needed) return;
    findings.push_back(
        {files, std::move(check), Level::bad, path.string() + ": " + std::strerror(errno),
         errno == EACCES ? "run this as the gateway's user, or as root" : "see docs/operating.md"});
    return;
  }
  const mode_t mode = status.st_mode & 07777;
  const bool open = (mode & ~wanted & 077) != 0;
  findings.push_back(
      {files, std::move(check), open ? Level::bad : Level::ok,
       path.string() + " has mode " + octal(mode) + (open ? ": others may read or write it" : ""),
       open ? "chmod " + octal(wanted) + " " + path.string() : ""});
}

std::string megabytes(std::uintmax_t bytes) { return std::to_string(bytes / (1024 * 1024)) + " MiB"; }

/// The nearest folder that exists: it is the one that will be written to.
void examine_room(std::vector<Finding>& findings, std::string check, fs::path path) {
  std::error_code ignored;
  while (!fs::exists(path, ignored) && path.has_parent_path() && path != path.parent_path())
    path = path.parent_path();
  struct statvfs room {};
  if (::statvfs(path.c_str(), &room) != 0) {
    findings.push_back({files, std::move(check), Level::bad, path.string() + ": " + std::strerror(errno),
                        "run this as the gateway's user, or as root"});
    return;
  }
  const std::uintmax_t free = std::uintmax_t{room.f_bavail} * room.f_frsize;
  const bool no_inodes = room.f_files > 0 && room.f_favail < few_inodes;
  const Level level = free < no_room || no_inodes ? Level::bad : free < little_room ? Level::warn : Level::ok;
  const std::string evidence =
      no_inodes ? "no inodes left for " + path.string() : megabytes(free) + " free for " + path.string();
  findings.push_back({files, std::move(check), level, evidence,
                      level == Level::ok
                          ? ""
                          : "make room: with a full disk nothing is accepted any more; keep_days "
                            "says how long finished messages stay"});
}

/// A copy or a backup that takes both along hides that it is old.
void examine_anchor(std::vector<Finding>& findings, const config::Settings& settings) {
  const fs::path anchor = settings.anchor().parent_path();
  const auto inside = fs::relative(anchor, settings.data_dir).string();
  const bool together = !inside.empty() && inside.substr(0, 2) != "..";
  findings.push_back(
      {files, "anchor", together ? Level::bad : Level::ok,
       settings.anchor().string() + (together ? " lies in the data folder" : ""),
       together ? "set anchor_dir to a folder that is not copied or restored together with data_dir" : ""});
}

void examine_secret(std::vector<Finding>& findings, const std::string& check,
                    const config::SecretSource& source) {
  if (source.kind == config::SecretSource::Kind::file) examine_mode(findings, check, source.name, 0600, true);
}

}  // namespace

std::vector<Finding> examine_files(const config::Settings& settings) {
  std::vector<Finding> findings;
  examine_mode(findings, "data folder", settings.data_dir, 0700, true);
  examine_mode(findings, "database", settings.database(), 0600, false);
  examine_mode(findings, "control socket", settings.control.socket, 0600, false);
  examine_secret(findings, "key file", settings.key);
  for (const auto& account : settings.accounts)
    examine_secret(findings, "password of " + account.name, account.password);
  for (const auto& plugin : settings.plugins)
    for (const auto& [name, source] : plugin.secrets)
      examine_secret(findings, "secret " + name + " of " + plugin.name, source);
  for (const auto& client : settings.api.clients) examine_secret(findings, "API token of " + client.name, client.token);
  examine_anchor(findings, settings);
  examine_room(findings, "room for the database", settings.data_dir);
  examine_room(findings, "room for the anchor", settings.anchor().parent_path());
  return findings;
}

}  // namespace omegate::app
