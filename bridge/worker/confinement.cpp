#include "bridge/worker/confinement.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>

#include "bridge/worker/limits.hpp"

namespace omegate::worker {
namespace {

/// Rights of Landlock. Source: Documentation/userspace-api/landlock.rst.
constexpr std::uint64_t may_execute = 1U << 0, may_read_file = 1U << 2, may_list = 1U << 3;

/// What Landlock calls a ruleset, with the members that newer kernels know than Debian 12's headers.
/// Source: the same.
struct Ruleset {
  std::uint64_t files, network, scopes;
};

/// The attributes of a rule for what is below a file; packed, as the kernel has them.
struct [[gnu::packed]] PathRule {
  std::uint64_t allowed;
  std::int32_t descriptor;
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

}  // namespace

void give_up(const std::string& step, int error) { throw std::system_error(error, std::generic_category(), step); }

void require(bool done, const char* step) {
  if (!done) give_up(step, errno);
}

void close_range_of(unsigned first, unsigned last) {
  if (first > last) return;
  require(close_range(first, last, 0) == 0, "close_range");
}

void limit(__rlimit_resource resource, rlim_t value, const char* step) {
  const rlimit both{value, value};
  require(setrlimit(resource, &both) == 0, step);
}

void limit_process(rlim_t descriptors) {
  require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "PR_SET_PDEATHSIG");
  require(prctl(PR_SET_DUMPABLE, 0) == 0, "PR_SET_DUMPABLE");
  require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
  require(signal(SIGPIPE, SIG_IGN) != SIG_ERR, "SIGPIPE");
  limit(RLIMIT_CPU, std::chrono::seconds(max_cpu_time).count(), "RLIMIT_CPU");
  limit(RLIMIT_NOFILE, descriptors, "RLIMIT_NOFILE");
  limit(RLIMIT_NPROC, 0, "RLIMIT_NPROC");
  limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE");
  limit(RLIMIT_CORE, 0, "RLIMIT_CORE");
}

FileRules::FileRules() {
  constexpr unsigned ask_version = 1;
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, ask_version);
  if (abi < 0 && (errno == ENOSYS || errno == EOPNOTSUPP)) return;
  require(abi > 0, "Landlock");
  const Ruleset ruleset = everything(abi);
  descriptor_ = static_cast<int>(syscall(SYS_landlock_create_ruleset, &ruleset, size_known_to(abi), 0));
  require(descriptor_ >= 0, "landlock_create_ruleset");
  abi_ = static_cast<int>(abi);
}

FileRules::~FileRules() {
  if (descriptor_ >= 0) close(descriptor_);
}

void FileRules::let_read(const std::string& path) { allow(path, may_read_file | may_list, may_read_file); }

void FileRules::let_execute(const std::string& path) { allow(path, 0, may_execute | may_read_file); }

void FileRules::allow(const std::string& path, std::uint64_t of_folders, std::uint64_t of_files) {
  if (abi_ == 0) return;
  const int opened = open(path.c_str(), O_PATH | O_CLOEXEC);
  if (opened < 0) give_up(path, errno);
  struct stat found {};
  const bool is_known = fstat(opened, &found) == 0;
  constexpr int below_a_path = 1;
  const PathRule rule{is_known && S_ISDIR(found.st_mode) ? of_folders : of_files, opened};
  const long added = syscall(SYS_landlock_add_rule, descriptor_, below_a_path, &rule, 0);
  const int error = errno;
  close(opened);
  if (added != 0) give_up("landlock_add_rule for " + path, error);
}

void FileRules::enforce() {
  if (abi_ == 0) return;
  require(syscall(SYS_landlock_restrict_self, descriptor_, 0) == 0, "landlock_restrict_self");
}

CallFilter::CallFilter(std::uint32_t otherwise) : context_(seccomp_init(otherwise), &seccomp_release) {
  if (!context_) give_up("seccomp_init", ENOMEM);
}

void CallFilter::enforce() {
  if (const int result = seccomp_load(context_.get()); result < 0) give_up("seccomp_load", -result);
}

}  // namespace omegate::worker
