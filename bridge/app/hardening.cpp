#include "bridge/app/hardening.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <new>
#include <string_view>
#include <system_error>

#include "bridge/app/cli/cli.hpp"

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

/// A coroutine that cannot be resumed is dropped by Asio without a word, and the account would stand there half dead. What
/// counts is in the database; the service manager starts the program again.
[[noreturn]] void end_without_memory() {
  constexpr std::string_view words = "omegate: there is no memory left; the program ends, and loses nothing by that\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, words.data(), words.size());
  ::_exit(static_cast<int>(ExitCode::failed));
}

}  // namespace

void harden_process() {
  open_standard_descriptors();
  std::set_new_handler(end_without_memory);
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
