#include "bridge/worker/sandbox.hpp"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <system_error>

#include "bridge/worker/limits.hpp"

namespace omegate::worker {
namespace {

#ifdef OMEGATE_SANITIZED
constexpr bool sanitized = true;  // the runtime reserves terabytes, opens files and prints to stderr
#else
constexpr bool sanitized = false;
#endif

constexpr rlim_t max_descriptors = 8;

[[noreturn]] void give_up(const char* step, int error = errno) {
  throw std::system_error(error, std::generic_category(), step);
}

void require(bool done, const char* step) {
  if (!done) give_up(step);
}

void close_range_of(int first, unsigned last) {
  if (static_cast<unsigned>(first) > last) return;
  require(close_range(static_cast<unsigned>(first), last, 0) == 0, "close_range");
}

void close_all_but(int channel) {
  close_range_of(sanitized ? STDERR_FILENO + 1 : 0, static_cast<unsigned>(channel) - 1);
  close_range_of(channel + 1, ~0U);
}

/// Bytes of address space in use. Source: proc(5), statm.
std::size_t address_space() {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen("/proc/self/statm", "re"), &fclose);
  unsigned long pages = 0;
  if (!file || fscanf(file.get(), "%lu", &pages) != 1) give_up("reading /proc/self/statm");
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

void limit(__rlimit_resource resource, rlim_t value, const char* step) {
  const rlimit both{value, value};
  require(setrlimit(resource, &both) == 0, step);
}

void limit_resources(std::size_t memory) {
  if (!sanitized) limit(RLIMIT_AS, address_space() + memory, "RLIMIT_AS");
  limit(RLIMIT_CPU, std::chrono::seconds(max_cpu_time).count(), "RLIMIT_CPU");
  limit(RLIMIT_NOFILE, max_descriptors, "RLIMIT_NOFILE");
  limit(RLIMIT_NPROC, 0, "RLIMIT_NPROC");
  limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE");
  limit(RLIMIT_CORE, 0, "RLIMIT_CORE");
}

void limit_process() {
  require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "PR_SET_PDEATHSIG");
  require(prctl(PR_SET_DUMPABLE, 0) == 0, "PR_SET_DUMPABLE");
  require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
  require(signal(SIGPIPE, SIG_IGN) != SIG_ERR, "SIGPIPE");
}

/// What Landlock calls a ruleset, with the members that newer kernels know than Debian 12's headers.
/// Source: Documentation/userspace-api/landlock.rst.
struct Ruleset {
  std::uint64_t files, network, scopes;
};

Ruleset everything(long abi) {
  Ruleset ruleset{(1U << 13) - 1, 0, 0};         // ABI 1: bits 0 to 12
  if (abi >= 2) ruleset.files |= 1U << 13;       // refer
  if (abi >= 3) ruleset.files |= 1U << 14;       // truncate
  if (abi >= 4) ruleset.network = 1U | 1U << 1;  // bind and connect TCP
  if (abi >= 5) ruleset.files |= 1U << 15;       // ioctl of devices
  if (abi >= 6) ruleset.scopes = 1U | 1U << 1;   // abstract UNIX sockets, signals
  return ruleset;
}

std::size_t size_known_to(long abi) { return sizeof(std::uint64_t) * (abi >= 6 ? 3U : abi >= 4 ? 2U : 1U); }

/// Handles every right and grants none. Returns the kernel's ABI level, 0 without Landlock.
int deny_files() {
  constexpr unsigned ask_version = 1;
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, ask_version);
  if (abi < 0 && (errno == ENOSYS || errno == EOPNOTSUPP)) return 0;
  require(abi > 0, "Landlock");
  const Ruleset ruleset = everything(abi);
  const long descriptor = syscall(SYS_landlock_create_ruleset, &ruleset, size_known_to(abi), 0);
  require(descriptor >= 0, "landlock_create_ruleset");
  require(syscall(SYS_landlock_restrict_self, descriptor, 0) == 0, "landlock_restrict_self");
  close(static_cast<int>(descriptor));
  return static_cast<int>(abi);
}

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_KILL_PROCESS), &seccomp_release) {
    if (!context_) give_up("seccomp_init", ENOMEM);
  }

  template <class... Conditions>
  void allow(int call, Conditions... conditions) {
    const int result =
        seccomp_rule_add(context_.get(), SCMP_ACT_ALLOW, call, sizeof...(conditions), conditions...);
    if (result < 0) give_up("seccomp_rule_add", -result);
  }

  void enforce() {
    if (const int result = seccomp_load(context_.get()); result < 0) give_up("seccomp_load", -result);
  }

 private:
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
};

void filter_calls(int channel) {
  Filter filter;
  for (const int call :
       {SCMP_SYS(futex), SCMP_SYS(clock_gettime), SCMP_SYS(rt_sigreturn), SCMP_SYS(exit),
        SCMP_SYS(exit_group), SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
        SCMP_SYS(getrandom), SCMP_SYS(sched_yield), SCMP_SYS(restart_syscall)}) {
    filter.allow(call);
  }
  filter.allow(SCMP_SYS(read), SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(channel)));
  filter.allow(SCMP_SYS(write), SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(channel)));
  filter.allow(SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  filter.enforce();
}

}  // namespace

Sandbox enter_sandbox(int channel, std::size_t memory) {
  close_all_but(channel);
  limit_process();
  limit_resources(memory);
  const int landlock_abi = deny_files();
  if (!sanitized) filter_calls(channel);
  return {landlock_abi, !sanitized};
}

}  // namespace omegate::worker
