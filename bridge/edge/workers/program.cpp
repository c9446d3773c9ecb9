#include "bridge/edge/workers/program.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <utility>

namespace omegate::workers {
namespace {

using std::chrono::steady_clock;

/// What it left in the background may hold its output open; it is dead by then, or has left the group.
constexpr std::chrono::milliseconds rest_of_output{500};

/// One program and what it said. Everybody who uses it is on one strand.
struct Running {
  Running(const asio::any_io_executor& executor, std::size_t most) : pipe(executor), process(executor), silent(executor), max_output(most) {}

  void take(std::string_view bytes) {
    const std::size_t room = max_output - said.size();
    cut = cut || bytes.size() > room;
    said.append(bytes.substr(0, room));
  }
  void kill_group() const {
    if (pid > 0) ::kill(-pid, SIGKILL);  // not reaped yet: the number is still its own
  }

  asio::posix::stream_descriptor pipe, process;
  asio::steady_timer silent;  // cancelled when there is no more output
  pid_t pid = 0;              // 0 until it is started, and once reaped
  std::size_t max_output;
  std::string said;
  bool cut = false, too_long = false, has_ended_talking = false;
};

/// Whatever happens to the caller: it is killed and reaped, and nobody listens any more.
class Keeper {
 public:
  explicit Keeper(std::shared_ptr<Running> program) : program_(std::move(program)) {}
  Keeper(const Keeper&) = delete;
  ~Keeper() {
    program_->kill_group();
    if (program_->pid > 0) waitpid(program_->pid, nullptr, 0);
    program_->pid = 0;
    boost::system::error_code ignored;
    program_->pipe.close(ignored);
  }

 private:
  std::shared_ptr<Running> program_;
};

asio::awaitable<void> listen(std::shared_ptr<Running> program) {
  std::array<char, 4096> buffer;
  for (;;) {
    const auto [ended, size] = co_await program->pipe.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
    program->take({buffer.data(), size});
    if (ended) break;
  }
  program->has_ended_talking = true;
  program->silent.cancel();
}

struct Started {
  pid_t pid = 0;
  int error = 0;
};

Started start(std::vector<std::string>& command, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawn_file_actions_addchdir_np(&actions, "/");
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  std::vector<char*> words;
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", language = "LANG=C.UTF-8", home = "HOME=/", terminal = "TERM=dumb";
  std::array<char*, 5> environment{path.data(), language.data(), home.data(), terminal.data(), nullptr};
  Started started;
  started.error = posix_spawn(&started.pid, words.front(), &actions, &attributes, words.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return started;
}

/// It is `owner`'s from here on, or closed.
void give(asio::posix::stream_descriptor& owner, int descriptor) {
  boost::system::error_code failed;
  owner.assign(descriptor, failed);
  if (!failed) return;
  close(descriptor);
  throw boost::system::system_error(failed);
}

ProgramResult not_started(const std::string& program, int error) {
  ProgramResult result;
  result.end = ProgramResult::End::not_started;
  result.output = program + " cannot be started: " + std::strerror(error);
  return result;
}

}  // namespace

asio::awaitable<ProgramResult> run_program(std::vector<std::string> command, std::chrono::milliseconds limit, std::size_t max_output) {
  const auto executor = co_await asio::this_coro::executor;
  const auto begun = steady_clock::now();
  const auto program = std::make_shared<Running>(executor, max_output);
  const Keeper keeper(program);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) co_return not_started(command.front(), errno);
  const Started started = start(command, ends[1]);
  close(ends[1]);
  if (started.error != 0) {
    close(ends[0]);
    co_return not_started(command.front(), started.error);
  }
  program->pid = started.pid;
  give(program->pipe, ends[0]);
  const auto pidfd = static_cast<int>(syscall(SYS_pidfd_open, started.pid, 0));
  if (pidfd < 0) throw boost::system::system_error(errno, boost::system::system_category(), "pidfd_open");
  give(program->process, pidfd);
  asio::co_spawn(executor, listen(program), asio::detached);
  asio::steady_timer deadline(executor, limit);
  deadline.async_wait([program](const boost::system::error_code& cancelled) {
    if (cancelled || program->pid <= 0) return;
    program->too_long = true;
    program->kill_group();
  });
  co_await program->process.async_wait(asio::posix::descriptor_base::wait_read, asio::use_awaitable);
  program->kill_group();
  int status = 0;
  waitpid(program->pid, &status, 0);
  program->pid = 0;
  deadline.cancel();
  if (!program->has_ended_talking) {
    program->silent.expires_after(rest_of_output);
    co_await program->silent.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  ProgramResult result;
  result.end = program->too_long   ? ProgramResult::End::too_long
               : WIFEXITED(status) ? ProgramResult::End::exited
                                   : ProgramResult::End::killed;
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
  result.output = std::move(program->said);
  result.cut = program->cut;
  result.took = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begun);
  co_return result;
}

}  // namespace omegate::workers
