#include "bridge/edge/workers/spawner.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <cstdlib>
#include <fstream>
#include <functional>

#include "bridge/core/plugin/error.hpp"

namespace {

using namespace omegate;
using testing::HasSubstr;
using testing::Not;
using workers::Spawner;
using workers::WorkerProcess;
namespace asio = boost::asio;

/// A worker that is a shell script; `say TEXT` sends a log frame.
struct SpawnerTest : testing::Test {
  SpawnerTest() { EXPECT_NE(mkdtemp(folder.data()), nullptr); }
  ~SpawnerTest() override { std::filesystem::remove_all(folder); }

  std::filesystem::path script(const std::string& body) {
    const auto path = std::filesystem::path(folder) / "worker";
    std::ofstream(path)
        << "#!/bin/sh\nsay() { "
           "body=\"{\\\"type\\\":\\\"log\\\",\\\"level\\\":\\\"info\\\",\\\"text\\\":\\\"$*\\\"}\"\n"
           "printf \"\\\\000\\\\000\\\\000\\\\$(printf %03o ${#body})%s\" \"$body\" >&3; }\n"
        << body << "\n";
    EXPECT_EQ(chmod(path.c_str(), 0755), 0);
    return path;
  }

  using Talk = std::function<asio::awaitable<void>(WorkerProcess&)>;

  void with_worker(const std::filesystem::path& program, const Talk& talk) {
    Spawner spawner(program);
    asio::io_context context;
    std::exception_ptr failure;
    asio::co_spawn(context, converse(spawner, talk), [&](std::exception_ptr thrown) { failure = thrown; });
    context.run();
    if (failure) std::rethrow_exception(failure);
  }

  static asio::awaitable<void> converse(Spawner& spawner, const Talk& talk) {
    WorkerProcess worker = co_await spawner.spawn();
    co_await talk(worker);
  }

  std::string end_of(const std::string& body) {
    std::string reason;
    with_worker(script(body), [&](WorkerProcess& worker) -> asio::awaitable<void> {
      reason = (co_await worker.wait()).reason;
      EXPECT_EQ(worker.pid(), 0);
    });
    return reason;
  }

  std::string said(const std::string& body) {
    std::string text;
    with_worker(script(body), [&](WorkerProcess& worker) -> asio::awaitable<void> {
      text = std::get<plugin::Log>(co_await worker.read()).text;
    });
    return text;
  }

  error_code error_of(const std::string& body) {
    error_code error;
    with_worker(script(body), [&](WorkerProcess& worker) -> asio::awaitable<void> {
      try {
        for (;;) co_await worker.read();
      } catch (const boost::system::system_error& failure) {
        error = failure.code();
      }
    });
    return error;
  }

  std::string folder = std::filesystem::temp_directory_path() / "omegate-spawner-XXXXXX";
};

TEST_F(SpawnerTest, SpeaksOnDescriptorThree) { EXPECT_EQ(said("say hello"), "hello"); }

TEST_F(SpawnerTest, HandsDownNothingElse) {
  const int leak = dup2(STDERR_FILENO, 77);  // without close-on-exec
  EXPECT_THAT(" " + said("say $(ls /proc/$$/fd)"), Not(HasSubstr(" 77")));
  close(leak);
  setenv("OMEGATE_CANARY", "secret", 1);
  EXPECT_EQ(said("say ${OMEGATE_CANARY:-none}"), "none");
  unsetenv("OMEGATE_CANARY");
}

TEST_F(SpawnerTest, WritesFrames) {
  with_worker(script("say $(head -c 19 <&3 | tail -c 15 | tr -d '\"')"),
              [](WorkerProcess& worker) -> asio::awaitable<void> {
                co_await worker.write(plugin::Stop{});
                EXPECT_EQ(std::get<plugin::Log>(co_await worker.read()).text, "{type:stop}");
              });
}

TEST_F(SpawnerTest, SaysHowAWorkerEnded) {
  EXPECT_EQ(end_of("exit 0"), "ended");
  EXPECT_EQ(end_of("exit 13"), "ran out of memory");
  EXPECT_EQ(end_of("exit 99"), "ended with code 99");
  EXPECT_EQ(end_of("kill -SYS $$"), "was killed for a forbidden system call");
  EXPECT_EQ(end_of("kill -SEGV $$"), "was killed by signal 11 (Segmentation fault)");
}

TEST_F(SpawnerTest, KillsWhatHangs) {
  with_worker(script("trap '' TERM INT; while :; do :; done"),
              [](WorkerProcess& worker) -> asio::awaitable<void> {
                EXPECT_FALSE(worker.has_ended());
                worker.kill();
                EXPECT_EQ((co_await worker.wait()).reason, "was killed by signal 9 (Killed)");
                worker.kill();  // of a process that is gone: nothing
              });
}

TEST_F(SpawnerTest, LeavesNoProcessBehind) {
  int pid = 0;
  with_worker(script("while :; do :; done"), [&](WorkerProcess& worker) -> asio::awaitable<void> {
    pid = worker.pid();
    co_return;
  });
  EXPECT_EQ(kill(pid, 0), -1);
}

TEST_F(SpawnerTest, RefusesNonsense) {
  EXPECT_EQ(error_of("printf '\\100\\000\\000\\000' >&3; read x <&3"), plugin::Error::frame_too_large);
  EXPECT_EQ(error_of("printf '\\000\\000\\000\\002{]' >&3; read x <&3"), plugin::Error::frame_not_json);
  EXPECT_EQ(error_of("printf '\\000\\000\\000\\020{\"type\":\"stop\"} ' >&3; read x <&3"),
            plugin::Error::unknown_frame);
  EXPECT_EQ(error_of("printf '\\000\\000\\000\\020{\"ty' >&3"), asio::error::eof);
}

TEST_F(SpawnerTest, NamesTheProgramItCannotStart) {
  try {
    with_worker("/nonexistent/worker", [](WorkerProcess&) -> asio::awaitable<void> { co_return; });
    FAIL() << "it started";
  } catch (const boost::system::system_error& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("starting /nonexistent/worker"));
  }
}

TEST_F(SpawnerTest, FindsTheWorker) {
  EXPECT_EQ(workers::find_worker("/a/worker"), "/a/worker");
  setenv("OMEGATE_PLUGIN_WORKER", "/b/worker", 1);
  EXPECT_EQ(workers::find_worker(), "/b/worker");
  unsetenv("OMEGATE_PLUGIN_WORKER");
}

}  // namespace
