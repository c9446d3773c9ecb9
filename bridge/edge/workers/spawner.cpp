#include "bridge/edge/workers/spawner.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace omegate::workers {
namespace {

constexpr int channel_in_child = 3;
constexpr const char* program = "omegate-plugin-worker";

[[noreturn]] void give_up(int error, const std::string& what) {
  throw boost::system::system_error(error, boost::system::system_category(), what);
}

/// Closes itself unless released.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// posix_spawn's list of what to do with descriptors.
class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }

  void open_null(int number) { posix_spawn_file_actions_addopen(&actions_, number, "/dev/null", O_RDWR, 0); }
  void move(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }
  void close_from(int first) { posix_spawn_file_actions_addclosefrom_np(&actions_, first); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

/// A signal mask that blocks nothing, and a process group of its own: Ctrl-C in a terminal is for the
/// gateway, which ends its workers when it is done with them.
class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
  }
  Attributes(const Attributes&) = delete;
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

int start(const std::filesystem::path& executable, std::vector<std::string> words, int channel, int errors) {
  FileActions actions;
  actions.open_null(STDIN_FILENO);
  actions.open_null(STDOUT_FILENO);
  if (errors >= 0) actions.move(errors, STDERR_FILENO);
  actions.move(channel, channel_in_child);  // also when it is 3 already: then this clears close-on-exec
  actions.close_from(channel_in_child + 1);
  const Attributes attributes;
  words.insert(words.begin(), program);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::array<char*, 1> environment{nullptr};
  int pid = 0;
  const int error = posix_spawn(&pid, executable.c_str(), actions.get(), attributes.get(), arguments.data(),
                                environment.data());
  if (error != 0) give_up(error, "starting " + executable.string());
  return pid;
}

struct Child {
  int channel, process, pid, errors;
  UsageMeter meter;
};

/// Neither end blocks: a program that says more than the pipe takes is not held up.
struct ErrorPipe {
  ErrorPipe() {
    int pipe_ends[2];
    if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0) give_up(errno, "pipe2");
    ours.emplace(pipe_ends[0]);
    theirs.emplace(pipe_ends[1]);
  }
  std::optional<Descriptor> ours, theirs;
};

asio::awaitable<Child> spawn_here(std::filesystem::path executable, std::vector<std::string> arguments) {
  std::optional<ErrorPipe> errors;
  if (!arguments.empty()) errors.emplace();
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) give_up(errno, "socketpair");
  Descriptor ours(ends[0]);
  const Descriptor theirs(ends[1]);
  const int pid = start(executable, std::move(arguments), theirs.number(), errors ? errors->theirs->number() : -1);
  UsageMeter meter(pid);
  const auto process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));  // close-on-exec by itself
  if (process < 0) {
    const int error = errno;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    give_up(error, "pidfd_open");
  }
  const int words = errors ? errors->ours->release() : -1;
  co_return Child{ours.release(), process, pid, words, std::move(meter)};
}

}  // namespace

asio::awaitable<WorkerProcess> Spawner::spawn(std::vector<std::string> arguments) {
  // No slot: in Boost 1.81 a cancellation that crosses threads can outlive what it cancels.
  Child child =
      co_await asio::co_spawn(thread_, spawn_here(executable_, std::move(arguments)),
                              asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  co_return WorkerProcess(executor, child.channel, child.process, child.pid, child.errors, std::move(child.meter));
}

std::filesystem::path find_worker(const std::filesystem::path& configured) {
  if (!configured.empty()) return configured;
  if (const char* const named = std::getenv("OMEGATE_PLUGIN_WORKER")) return named;
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::string places;
  for (const auto& folder : {here, here.parent_path(), here.parent_path() / "libexec/omegate"}) {
    auto place = folder / program;
    if (std::filesystem::exists(place)) return place;
    places += "\n  " + place.string();
  }
  throw std::runtime_error(std::string("cannot find ") + program + "; looked for it as" + places +
                           "\nSet OMEGATE_PLUGIN_WORKER to its path.");
}

}  // namespace omegate::workers
