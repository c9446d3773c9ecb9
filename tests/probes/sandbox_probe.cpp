// Enters the worker's sandbox and tries one thing that a plugin must not get its process to do.
//
// usage: sandbox_probe ATTEMPT, with a socket as descriptor 3. Writes "in" when it is inside, "out" when the
// attempt was not stopped; a refusal that leaves it alive is its errno as exit code. Built without
// sanitizers, whose runtime needs the calls that the sandbox kills; sandbox_probe_files is the same without
// seccomp, so that Landlock stands alone.
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "bridge/worker/sandbox.hpp"

namespace {

constexpr int channel = 3;
constexpr std::size_t memory = std::size_t{64} << 20;

struct Attempt {
  const char* name;
  long (*run)();  // negative: refused, with errno
};

long connect_out() {
  const int socket_to_nowhere = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(9);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect(socket_to_nowhere, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

/// What a plugin does need: none of it may be stopped.
long compute() {
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i) texts.emplace_back(std::size_t{10} << 10, 'x');
  try {
    throw std::runtime_error("caught");
  } catch (const std::exception&) {
  }
  const auto begin = std::chrono::steady_clock::now();
  return std::chrono::steady_clock::now() >= begin && !texts.empty() ? 0 : -1;
}

long allocate_without_end() {
  try {
    std::vector<std::string> texts;
    for (;;) texts.emplace_back(std::size_t{1} << 20, 'x');
  } catch (const std::bad_alloc&) {
    errno = ENOMEM;
    return -1;
  }
}

constexpr Attempt attempts[] = {
    {"compute", compute},
    {"allocate", allocate_without_end},
    {"open", [] { return static_cast<long>(open("/etc/passwd", O_RDONLY)); }},
    {"create", [] { return static_cast<long>(open("/tmp/omegate_probe", O_CREAT | O_WRONLY, 0600)); }},
    {"list", [] { return static_cast<long>(open("/", O_RDONLY | O_DIRECTORY)); }},
    {"delete", [] { return static_cast<long>(unlink("/tmp/omegate_probe_target")); }},
    {"socket", [] { return static_cast<long>(socket(AF_UNIX, SOCK_STREAM, 0)); }},
    {"connect", connect_out},
    {"exec", [] { return static_cast<long>(execl("/bin/true", "true", nullptr)); }},
    {"fork", [] { return static_cast<long>(fork()); }},
    {"clone",
     [] {
       return syscall(SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, nullptr, nullptr, nullptr, 0);
     }},
    {"map_code",
     [] {
       return mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
                  ? -1L
                  : 0L;
     }},
    {"make_code",
     [] { return static_cast<long>(mprotect(reinterpret_cast<void*>(0x10000), 4096, PROT_EXEC)); }},
    {"kill_parent", [] { return static_cast<long>(kill(getppid(), 0)); }},
    {"ptrace", [] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
    {"io_uring", [] { return syscall(SYS_io_uring_setup, 1, nullptr); }},
    {"bpf", [] { return syscall(SYS_bpf, 0, nullptr, 0); }},
    {"raise_limits",
     [] {
       const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
       return static_cast<long>(setrlimit(RLIMIT_AS, &none));
     }},
    {"write_elsewhere", [] { return static_cast<long>(write(STDERR_FILENO, "x", 1)); }},
    {"send_descriptor", [] { return static_cast<long>(send(channel, "x", 1, 0)); }},
};

}  // namespace

int main(int argc, char** argv) {
  const omegate::worker::Sandbox sandbox = omegate::worker::enter_sandbox(channel, memory);
  const std::string in = "in " + std::to_string(sandbox.landlock_abi) + "\n";
  if (write(channel, in.data(), in.size()) < 0) _exit(1);
  for (const Attempt& attempt : attempts) {
    if (argc != 2 || std::strcmp(attempt.name, argv[1]) != 0) continue;
    if (attempt.run() < 0) _exit(errno);
    if (write(channel, "out\n", 4) < 0) _exit(1);
    _exit(0);
  }
  _exit(255);
}
