#include "bridge/edge/config/secret_command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <thread>

#include "bridge/edge/config/file_descriptor.hpp"
#include "bridge/edge/config/limits.hpp"
#include "bridge/edge/config/secret_source.hpp"

extern char** environ;

namespace omegate::config {
namespace {

using Clock = std::chrono::steady_clock;

/// What `posix_spawn` shall do to the child: pipe as standard output, nothing as input, a process group of
/// its own.
class SpawnPlan {
 public:
  explicit SpawnPlan(int output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// A running child and its group; killed and collected when it goes out of scope.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  /// Its wait status; nothing when it still runs at the deadline.
  std::optional<int> wait(Clock::time_point deadline) {
    for (;;) {
      int status = 0;
      const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
      if (ended == pid_) {
        ::kill(-pid_, SIGKILL);  // what it left in the background
        pid_ = 0;
        return status;
      }
      if (Clock::now() >= deadline) return std::nullopt;
      // It has closed its output, so it is about to end; there is no call that waits with a limit.
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

 private:
  pid_t pid_;
};

pid_t spawn(const std::vector<std::string>& command, int output, const std::string& what) {
  std::vector<char*> arguments;
  for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const SpawnPlan plan(output);
  pid_t pid = 0;
  const int error =
      ::posix_spawnp(&pid, arguments[0], plan.actions(), plan.attributes(), arguments.data(), environ);
  if (error != 0) throw SecretError(what + ": cannot be started: " + std::strerror(error));
  return pid;
}

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, INT_MAX));
}

}  // namespace

crypto::SecretBytes read_secret_bytes(int descriptor, const std::string& what, Deadline deadline) {
  crypto::SecretBytes bytes(max_secret_size + 1);
  std::size_t size = 0;
  for (;;) {
    pollfd waiting{descriptor, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, deadline ? milliseconds_until(*deadline) : -1);
    if (ready == 0) throw SecretError(what + ": took too long");
    const auto room = bytes.writable().subspan(size);
    const ssize_t count = ready < 0 ? -1 : ::read(descriptor, room.data(), room.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw SecretError(what + ": cannot be read: " + std::strerror(errno));
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
    if (size > max_secret_size)
      throw SecretError(what + ": more than " + std::to_string(max_secret_size) +
                        " bytes; that is no secret");
  }
  bytes.shrink(size);
  return bytes;
}

crypto::SecretBytes run_secret_command(const std::vector<std::string>& command,
                                       std::chrono::milliseconds limit) {
  const std::string what = "command " + command.at(0);
  const auto deadline = Clock::now() + limit;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw SecretError(what + ": no pipe: " + std::strerror(errno));
  const FileDescriptor output(ends[0]);
  FileDescriptor input(ends[1]);
  Child child(spawn(command, input.get(), what));
  input.reset();
  auto bytes = read_secret_bytes(output.get(), what, deadline);
  const auto status = child.wait(deadline);
  if (!status) throw SecretError(what + ": took too long");
  if (!WIFEXITED(*status)) throw SecretError(what + ": was killed");
  if (WEXITSTATUS(*status) != 0)
    throw SecretError(what + ": failed with exit code " + std::to_string(WEXITSTATUS(*status)));
  return bytes;
}

}  // namespace omegate::config
