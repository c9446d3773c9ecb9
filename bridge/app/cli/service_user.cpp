#include "bridge/app/cli/service_user.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace omegate::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* user_name = "omegate";
constexpr const char* all_configs = "/etc/omegate";
constexpr const char* sign_of_systemd = "/run/systemd/system";  // sd_booted(3)

[[noreturn]] void give_up(const fs::path& path) {
  throw std::system_error(errno, std::generic_category(), "giving " + path.string() + " to the user omegate");
}

}  // namespace

std::optional<fs::path> service_data_dir(const fs::path& folder) {
  const fs::path configs = all_configs;
  if (folder == configs) return "/var/lib/omegate";
  if (folder.parent_path() == configs) return "/var/lib/omegate-" + folder.filename().string();
  return std::nullopt;
}

std::string service_unit(const fs::path& folder) {
  if (!service_data_dir(folder) || !fs::exists(sign_of_systemd)) return {};
  return folder == all_configs ? "omegate" : "omegate@" + folder.filename().string();
}

bool give_to_service(const fs::path& folder, const std::vector<fs::path>& files) {
  const passwd* user = ::geteuid() == 0 ? ::getpwnam(user_name) : nullptr;
  if (user == nullptr) return false;
  if (::lchown(folder.c_str(), 0, user->pw_gid) != 0) give_up(folder);
  fs::permissions(folder, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec);
  for (const auto& file : files)
    if (::lchown(file.c_str(), user->pw_uid, user->pw_gid) != 0) give_up(file);
  return true;
}

}  // namespace omegate::app
