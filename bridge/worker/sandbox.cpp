#include "bridge/worker/sandbox.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "bridge/worker/confinement.hpp"

namespace omegate::worker {
namespace {

#ifdef OMEGATE_SANITIZED
constexpr bool sanitized = true;  // the runtime reserves terabytes, opens files and prints to stderr
#else
constexpr bool sanitized = false;
#endif

constexpr rlim_t max_descriptors = 8;

void close_all_but(int channel) {
  const auto kept = static_cast<unsigned>(channel);
  if (kept > 0) close_range_of(sanitized ? STDERR_FILENO + 1 : 0, kept - 1);
  close_range_of(kept + 1, ~0U);
}

/// Bytes of address space in use. Source: proc(5), statm.
std::size_t address_space() {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen("/proc/self/statm", "re"), &fclose);
  unsigned long pages = 0;
  if (!file || fscanf(file.get(), "%lu", &pages) != 1) give_up("reading /proc/self/statm", errno);
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

/// Handles every right and grants none. Returns the kernel's ABI level, 0 without Landlock.
int deny_files() {
  FileRules rules;
  rules.enforce();
  return rules.abi();
}

void filter_calls(int channel) {
  CallFilter filter(SCMP_ACT_KILL_PROCESS);
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
  if (!sanitized) limit(RLIMIT_AS, address_space() + memory, "RLIMIT_AS");
  limit_process(max_descriptors);
  const int landlock_abi = deny_files();
  if (!sanitized) filter_calls(channel);
  return {landlock_abi, !sanitized};
}

}  // namespace omegate::worker
