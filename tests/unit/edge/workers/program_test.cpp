#include "bridge/edge/workers/program.hpp"

#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>

namespace {

using namespace std::chrono_literals;
using namespace omegate;
using testing::HasSubstr;
using workers::ProgramResult;
using End = ProgramResult::End;
namespace asio = boost::asio;

ProgramResult run(std::vector<std::string> command, std::chrono::milliseconds limit = 10s, std::size_t most = 8192) {
  asio::io_context context;
  std::optional<ProgramResult> result;
  asio::co_spawn(context, workers::run_program(std::move(command), limit, most), [&](std::exception_ptr failure, ProgramResult ended) {
    if (failure) std::rethrow_exception(failure);
    result = std::move(ended);
  });
  context.run();
  return result.value();
}

/// A script of the shell: it is what the operator named, and nobody else's words are in it.
ProgramResult sh(const std::string& script, std::chrono::milliseconds limit = 10s, std::size_t most = 8192) {
  return run({"/bin/sh", "-c", script}, limit, most);
}

/// It is dead, or is so soon: a signal that was sent is not one that was taken. Who killed it need not be who reaps it.
bool ends(pid_t pid) {
  const auto process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (process < 0) return errno == ESRCH;
  pollfd end{process, POLLIN, 0};
  const bool has_ended = poll(&end, 1, 5000) == 1;
  close(process);
  return has_ended;
}

TEST(RunProgram, TellsWhatItSaidAndHowItEnded) {
  const auto result = sh("echo out; echo err >&2; exit 3");
  EXPECT_EQ(result.end, End::exited);
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(result.output, "out\nerr\n");
  EXPECT_FALSE(result.cut);
  const auto killed = sh("kill -TERM $$");
  EXPECT_EQ(killed.end, End::killed);
  EXPECT_EQ(killed.status, SIGTERM);
}

TEST(RunProgram, HandsOverWordsAsTheyAre) {
  EXPECT_EQ(run({"/bin/echo", "a b", "$(id)", ";", "*", "-n"}).output, "a b $(id) ; * -n\n");
}

TEST(RunProgram, HandsDownNothingOfOurs) {
  setenv("OMEGATE_CANARY", "secret", 1);
  const int leak = dup2(STDERR_FILENO, 77);  // without close-on-exec
  const auto result = sh("env | sort; ls /proc/self/fd; pwd; cat; trap");
  close(leak);
  unsetenv("OMEGATE_CANARY");
  EXPECT_EQ(result.output.find("CANARY"), std::string::npos);
  EXPECT_THAT(result.output, HasSubstr("PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"));
  EXPECT_EQ(result.output.find("77"), std::string::npos) << result.output;
  EXPECT_THAT(result.output, HasSubstr("\n/\n"));
}

TEST(RunProgram, KillsItsWholeGroupWhenItsTimeIsOver) {
  const auto before = std::chrono::steady_clock::now();
  const auto result = sh("trap '' TERM INT HUP; echo $$; sleep 600 & echo $!; while :; do sleep 600; done", 300ms);
  EXPECT_EQ(result.end, End::too_long);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
  std::istringstream pids(result.output);
  for (pid_t pid = 0; pids >> pid;) EXPECT_TRUE(ends(pid)) << pid;
}

TEST(RunProgram, KillsWhatItLeftInTheBackground) {
  const auto result = sh("sleep 600 & echo $!");
  EXPECT_EQ(result.end, End::exited);
  EXPECT_LT(result.took, 10s);
  EXPECT_TRUE(ends(std::stoi(result.output)));
}

TEST(RunProgram, DoesNotWaitForOneThatLeftTheGroupAndHoldsTheOutput) {
  const auto result = sh("setsid sleep 3 & echo done");
  EXPECT_EQ(result.output, "done\n");
  EXPECT_LT(result.took, 3s);
}

TEST(RunProgram, KeepsOnlySoMuchOfWhatItSays) {
  const auto result = sh("head -c 5000000 /dev/zero | tr '\\0' x; exit 5", 30s, 1000);
  EXPECT_EQ(result.output, std::string(1000, 'x'));
  EXPECT_TRUE(result.cut);
  EXPECT_EQ(result.status, 5) << "it is heard out";
}

TEST(RunProgram, SaysWhyItCannotStart) {
  const auto result = run({"/nonexistent/program"});
  EXPECT_EQ(result.end, End::not_started);
  EXPECT_EQ(result.output, "/nonexistent/program cannot be started: No such file or directory");
}

TEST(RunProgram, KillsItWhenNobodyWaitsAnyMore) {
  char name[] = "/tmp/omegate-run-XXXXXX";
  close(mkstemp(name));
  const std::vector<std::string> command{"/bin/sh", "-c", std::string("echo $$ > ") + name + "; exec sleep 600"};
  asio::io_context context;
  asio::cancellation_signal cancel;
  pid_t pid = 0;
  asio::steady_timer look(context);
  std::function<void()> cancel_once_it_runs = [&] {
    if (std::ifstream(name) >> pid) return cancel.emit(asio::cancellation_type::terminal);
    look.expires_after(5ms);
    look.async_wait([&](const boost::system::error_code&) { cancel_once_it_runs(); });
  };
  cancel_once_it_runs();
  std::exception_ptr failure;
  asio::co_spawn(context, workers::run_program(command, 600s, 100),
                 asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr thrown, ProgramResult) { failure = thrown; }));
  context.run();
  EXPECT_TRUE(failure) << "it ends as what was cancelled does";
  unlink(name);
  ASSERT_GT(pid, 0);
  EXPECT_EQ(kill(pid, 0), -1);
}

}  // namespace
