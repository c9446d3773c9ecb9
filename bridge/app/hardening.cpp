#include "bridge/app/hardening.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace omegate::app {
namespace {

void require(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

/// A program started with closed descriptors would get its database as "standard error" and log into it.
void open_standard_descriptors() {
  for (;;) {
    const int descriptor = ::open("/dev/null", O_RDWR);
    require(descriptor >= 0, "open /dev/null");
    if (descriptor <= STDERR_FILENO) continue;
    ::close(descriptor);
    return;
  }
}

}  // namespace

void harden_process() {
  open_standard_descriptors();
  ::umask(077);
  const rlimit no_core{0, 0};
  require(::setrlimit(RLIMIT_CORE, &no_core) == 0, "setrlimit RLIMIT_CORE");
  require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "prctl PR_SET_NO_NEW_PRIVS");
#ifndef OMEGATE_SANITIZED  // the leak checker attaches to its own process
  require(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "prctl PR_SET_DUMPABLE");
#endif
  ::signal(SIGPIPE, SIG_IGN);  // a peer that left is an error code, not our end
}

}  // namespace omegate::app
