#include "bridge/worker/program.hpp"

#include <elf.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/worker/channel.hpp"
#include "bridge/worker/confinement.hpp"
#include "bridge/worker/limits.hpp"

namespace omegate::worker {
namespace {

/// Where the program lies until the kernel has it. Beyond what RLIMIT_NOFILE leaves: when the call has closed it, nothing
/// can ever have this number again, so the one call that starts programs starts none a second time.
constexpr int program_descriptor = 200;
constexpr rlim_t max_program_descriptors = 64;

struct Start {
  std::string folder;
  std::vector<std::string> reads;
  std::span<char* const> command;
};

Start parse(std::span<char* const> words) {
  Start start;
  while (words.size() >= 2 && std::string_view(words[0]) != "--") {
    const std::string_view option = words[0];
    if (option == "--folder")
      start.folder = words[1];
    else if (option == "--read")
      start.reads.emplace_back(words[1]);
    else
      throw std::invalid_argument("unknown option " + std::string(option));
    words = words.subspan(2);
  }
  if (words.size() < 2 || start.folder.empty()) throw std::invalid_argument("expected --folder PATH [--read PATH]… -- PROGRAM …");
  start.command = words.subspan(1);
  return start;
}

[[noreturn]] void refuse(const std::string& path) {
  throw std::runtime_error(path + " is no program for this machine; if it is a script, name its interpreter before it");
}

void read_exactly(int file, void* into, std::size_t size, std::uint64_t offset, const std::string& path) {
  if (pread(file, into, size, static_cast<off_t>(offset)) != static_cast<ssize_t>(size)) refuse(path);
}

/// The loader that the kernel starts for it; empty: it needs none. Source: elf(5), PT_INTERP.
std::string loader_of(int file, const std::string& path) {
  Elf64_Ehdr header{};
  read_exactly(file, &header, sizeof header, 0, path);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64) refuse(path);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr part{};
    read_exactly(file, &part, sizeof part, header.e_phoff + i * sizeof part, path);
    if (part.p_type != PT_INTERP) continue;
    std::array<char, 256> name{};
    if (part.p_filesz >= name.size()) throw std::runtime_error(path + ": its loader has no sensible name");
    read_exactly(file, name.data(), part.p_filesz, part.p_offset, path);
    return name.data();
  }
  return {};
}

/// Computing, memory, time, reading what Landlock lets it read, talking on the channel. What an honest
/// program may try besides is refused; what only leads out ends it.
void filter_calls(int channel) {
  CallFilter filter(SCMP_ACT_ERRNO(EPERM));
  for (const int call :
       {SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list), SCMP_SYS(set_tid_address), SCMP_SYS(rseq),
        SCMP_SYS(arch_prctl), SCMP_SYS(membarrier), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(getcpu),
        SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(restart_syscall),
        SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
        SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
        SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday),
        SCMP_SYS(time), SCMP_SYS(times), SCMP_SYS(getrusage), SCMP_SYS(getrlimit), SCMP_SYS(getrandom), SCMP_SYS(uname),
        SCMP_SYS(sysinfo), SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
        SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getpgrp), SCMP_SYS(getcwd),
        SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(getdents64),
        SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(statx), SCMP_SYS(access),
        SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(fadvise64),
        SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(eventfd2),
        SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
        SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(write), SCMP_SYS(writev)}) {
    filter.allow(call);
  }
  const auto on_channel = SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(channel));
  for (const int call : {SCMP_SYS(recvfrom), SCMP_SYS(getsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername)}) filter.allow(call, on_channel);
  filter.allow(SCMP_SYS(sendto), on_channel, SCMP_A4(SCMP_CMP_EQ, 0));  // to nobody else
  constexpr scmp_datum_t writing = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
  filter.allow(SCMP_SYS(open), SCMP_A1(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
  filter.allow(SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
  // Not F_SETOWN and F_SETSIG: with them a socket sends any signal to any process of ours.
  for (const unsigned command : {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL})
    filter.allow(SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, command));
  for (const unsigned request : {TCGETS, FIOCLEX, FIONREAD, FIONBIO}) filter.allow(SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, request));
  filter.allow(SCMP_SYS(prlimit64), SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A2(SCMP_CMP_EQ, 0));  // reading its own
  // Code comes from files that it may read, and nothing is both written and run.
  filter.allow(SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  filter.allow(SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC), SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, 0));
  filter.allow(SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  const auto self = static_cast<scmp_datum_t>(getpid());
  for (const int call : {SCMP_SYS(kill), SCMP_SYS(tgkill)}) {
    filter.allow(call, SCMP_A0(SCMP_CMP_EQ, self));
    filter.kill(call, SCMP_A0(SCMP_CMP_NE, self));
  }
  filter.allow(SCMP_SYS(execveat), SCMP_A0(SCMP_CMP_EQ, program_descriptor), SCMP_A4(SCMP_CMP_EQ, AT_EMPTY_PATH));
  for (const int call :
       {SCMP_SYS(execve), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(socket), SCMP_SYS(socketpair),
        SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg),
        SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd),
        SCMP_SYS(pidfd_send_signal), SCMP_SYS(tkill), SCMP_SYS(bpf), SCMP_SYS(io_uring_setup), SCMP_SYS(userfaultfd),
        SCMP_SYS(perf_event_open), SCMP_SYS(memfd_create), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
        SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(setuid),
        SCMP_SYS(setgid), SCMP_SYS(setrlimit), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat),
        SCMP_SYS(renameat2), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(symlink),
        SCMP_SYS(symlinkat), SCMP_SYS(chmod), SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(fchownat)}) {
    filter.kill(call);
  }
  filter.enforce();
}

[[noreturn]] void become(Channel& channel, int descriptor, const Start& start) {
  const std::string path = start.command[0];
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) give_up(path, errno);
  const std::string loader = loader_of(file, path);
  if (chdir(start.folder.c_str()) != 0) give_up(start.folder, errno);
  int landlock_abi = 0;
  {
    FileRules rules;
    landlock_abi = rules.abi();
    if (landlock_abi == 0) throw std::runtime_error("this kernel has no Landlock (Linux 5.13), so only plugins in Lua run here");
    rules.let_read(start.folder);
    for (const auto& place : start.reads) rules.let_read(place);
    rules.let_execute(path);
    if (!loader.empty()) rules.let_execute(loader);
    require(dup3(file, program_descriptor, O_CLOEXEC) == program_descriptor, "the program's descriptor");
    close(file);
    limit_process(max_program_descriptors);
    rules.enforce();
  }
  close_range_of(static_cast<unsigned>(descriptor) + 1, program_descriptor - 1);
  close_range_of(program_descriptor + 1, ~0U);
  channel.send(plugin::Log{plugin::Log::Level::info, "sandbox: a program, seccomp, Landlock ABI " + std::to_string(landlock_abi)});
  std::vector<char*> arguments(start.command.begin(), start.command.end());
  arguments.push_back(nullptr);
  std::array<char*, 1> environment{nullptr};
#ifndef OMEGATE_SANITIZED  // a sanitizer's runtime has more than that already
  limit(RLIMIT_AS, max_program_memory, "RLIMIT_AS");
#endif
  filter_calls(descriptor);
  syscall(SYS_execveat, program_descriptor, "", arguments.data(), environment.data(), AT_EMPTY_PATH);
  give_up("starting " + path, errno);
}

}  // namespace

plugin::WorkerExit become_program(int descriptor, std::span<char* const> words) {
  Channel channel(descriptor);
  std::string why;
  try {
    become(channel, descriptor, parse(words));
  } catch (const std::exception& failure) {
    why = failure.what();
  }
  try {
    channel.send(plugin::LoadFailed{"the program cannot be started: " + why, {}});
  } catch (const std::exception&) {
    return plugin::WorkerExit::finished;  // the gateway is gone
  }
  return plugin::WorkerExit::no_sandbox;
}

}  // namespace omegate::worker
