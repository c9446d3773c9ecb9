#include "bridge/edge/net/local_socket.hpp"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cerrno>
#include <system_error>

namespace omegate::net {
namespace {

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

}  // namespace

void clear_the_way(const std::filesystem::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return;
  if (!S_ISSOCK(status.st_mode)) fail(EEXIST, path.string() + " is in the way and no socket");
  boost::asio::io_context unused;
  boost::asio::local::stream_protocol::socket probe(unused);
  boost::system::error_code error;
  probe.connect(boost::asio::local::stream_protocol::endpoint(path.string()), error);
  if (!error) fail(EADDRINUSE, path.string() + ": another process is listening there");
  std::filesystem::remove(path);
}

void set_mode(const std::filesystem::path& path, mode_t mode, const std::string& group) {
  if (!group.empty()) {
    const struct group* const found = ::getgrnam(group.c_str());
    if (found == nullptr) fail(ENOENT, path.string() + ": there is no group \"" + group + "\"");
    if (::chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0)
      fail(errno, path.string() + ": cannot be given to the group " + group);
  }
  if (::chmod(path.c_str(), mode) != 0) fail(errno, "chmod " + path.string());
}

}  // namespace omegate::net
