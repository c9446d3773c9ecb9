// The life of a plugin: loading, dying, coming back, reload. With the worker of this build.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>

#include "tests/plugins/host_bench.hpp"
#include "test_places.hpp"

namespace {

using namespace std::chrono_literals;
using namespace omegate;
namespace asio = boost::asio;
using gateway::Outcome;
using gateway::PluginTimes;
using test::HostBench;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using State = gateway::PluginStatus::State;

constexpr PluginTimes times{.load = 10s, .handler = 1s, .first_pause = 1ms, .longest_pause = 4ms};

std::filesystem::path worker() { return std::filesystem::path(OMEGATE_BINARY_DIR) / "omegate-plugin-worker"; }

std::string reply(const Outcome& outcome) {
  if (outcome.kind != Outcome::Kind::done) return "not done: " + outcome.error;
  return outcome.effects.size() == 1 ? std::get<plugin::Send>(outcome.effects[0]).text : "not one message";
}

// "die" hangs inside one call of a library, where no budget of instructions ends it: only the deadline does.
constexpr const char* counter =
    "local n = 0 P.on('message', function(ev) n = n + 1\n"
    "if ev.text == 'die' then string.find(('a'):rep(60), ('a*'):rep(30) .. 'b') end\n"
    "if ev.text == 'fail' then P.fail('no') end ev:reply(tostring(n)) end)";

TEST(PluginHost, AnswersEvents) {
  HostBench bench(counter, worker(), times);
  const auto status = bench.run(bench.host.start());
  EXPECT_EQ(status.state, State::ready) << status.last_error;
  EXPECT_THAT(status.registrations->subscriptions, ElementsAre(plugin::EventKind::message));
  const Outcome outcome = bench.says("hello");
  ASSERT_THAT(outcome.effects, SizeIs(1)) << outcome.error;
  EXPECT_EQ(std::get<plugin::Send>(outcome.effects[0]), (plugin::Send{"bot", "juliet@example.org", "1", {}}));
  EXPECT_EQ(reply(bench.says("hello")), "2");
  EXPECT_THAT(bench.log, testing::Contains(HasSubstr("sandbox")));
}

TEST(PluginHost, TellsExpectedFailures) {
  HostBench bench(counter, worker(), times);
  bench.run(bench.host.start());
  const Outcome outcome = bench.says("fail");
  EXPECT_EQ(outcome.kind, Outcome::Kind::refused);
  EXPECT_EQ(outcome.error, "no");
  EXPECT_EQ(bench.run(bench.host.status()).failures, 0U);
}

// case 209
TEST(PluginHost, KillsWhatHangsAndStartsItAgain) {
  HostBench bench(counter, worker(), times);
  bench.run(bench.host.start());
  const Outcome outcome = bench.says("die");
  EXPECT_EQ(outcome.kind, Outcome::Kind::killed);
  EXPECT_EQ(outcome.error, "was killed: no answer within 1 s");
  EXPECT_EQ(bench.run(bench.host.status()).state, State::restarting);
  EXPECT_EQ(reply(bench.says("hello")), "1") << "a new Lua state";
  const auto status = bench.run(bench.host.status());
  EXPECT_EQ(status.state, State::ready);
  EXPECT_EQ(status.restarts, 1U);
  EXPECT_EQ(status.failures, 1U);
  EXPECT_EQ(status.handled, 2U);
}

// case 222
TEST(PluginHost, HandlesEventsThatComeTogetherInTheirOrder) {
  HostBench bench(counter, worker(), times);
  bench.run(bench.host.start());
  std::vector<std::string> replies;
  for (int i = 0; i < 20; ++i) {
    plugin::Message message;
    message.account = "bot";
    message.from = "juliet@example.org";
    message.text = i == 7 ? "die" : "hello";
    asio::co_spawn(bench.executor,
                   bench.host.handle({std::to_string(i), plugin::EventKind::message, payload(message)}),
                   [&](const std::exception_ptr& thrown, const Outcome& outcome) {
                     EXPECT_FALSE(thrown);
                     replies.push_back(reply(outcome));
                   });
  }
  bench.executor.restart();
  bench.executor.run();
  EXPECT_THAT(replies, ElementsAre("1", "2", "3", "4", "5", "6", "7", HasSubstr("killed"), "1", "2", "3", "4",
                                   "5", "6", "7", "8", "9", "10", "11", "12"));
}

TEST(PluginHost, BlamesNoEventForAWorkerThatDiedInItsSleep) {
  HostBench bench(counter, worker(), times);
  bench.run(bench.host.start());
  const int pid = bench.run(bench.host.status()).pid;
  ASSERT_EQ(kill(pid, SIGKILL), 0);
  siginfo_t end;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(pid), &end, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(reply(bench.says("hello")), "1");
  EXPECT_EQ(bench.run(bench.host.status()).failures, 0U);
}

TEST(PluginHost, QuarantinesAProgramThatSpeaksNoFrames) {
  HostBench bench(counter, "/bin/cat", times);
  EXPECT_EQ(bench.run(bench.host.start()).state, State::quarantined);
}

TEST(PluginHost, QuarantinesAWorkerThatCannotBeStarted) {
  HostBench bench(counter, "/nonexistent/worker", times);
  const auto status = bench.run(bench.host.start());
  EXPECT_EQ(status.state, State::quarantined);
  EXPECT_THAT(status.last_error, HasSubstr("/nonexistent/worker"));
  EXPECT_EQ(bench.says("hello").kind, Outcome::Kind::unavailable);
}

TEST(PluginHost, GivesAQuarantinedPluginAnotherChance) {
  HostBench bench("error('not yet')", worker(), times);
  EXPECT_EQ(bench.run(bench.host.start()).state, State::quarantined);
  bench.installed(counter);
  EXPECT_EQ(bench.run(bench.host.start()).state, State::ready);
  EXPECT_EQ(reply(bench.says("hello")), "1");
}

// case 217
TEST(PluginHost, RefusesRegistrationsBeyondTheManifest) {
  HostBench bench("P.on('key', function() end)", worker(), times);
  const auto status = bench.run(bench.host.start());
  EXPECT_EQ(status.state, State::quarantined);
  EXPECT_THAT(status.last_error, HasSubstr("does not grant events of kind key"));
}

TEST(PluginHost, SwapsInTheNewVersion) {
  HostBench bench(counter, worker(), times);
  bench.run(bench.host.start());
  const auto status =
      bench.run(bench.host.reload(bench.installed("P.hear('', function(ev) ev:reply('new') end)")));
  EXPECT_EQ(status.state, State::ready);
  EXPECT_EQ(reply(bench.says("hello")), "new");
}

// case 219
TEST(PluginHost, KeepsTheOldVersionWhenTheNewOneDoesNotLoad) {
  HostBench bench(counter, worker(), times);
  bench.run(bench.host.start());
  EXPECT_EQ(reply(bench.says("hello")), "1");
  const auto status = bench.run(bench.host.reload(bench.installed("= oops")));
  EXPECT_EQ(status.state, State::ready);
  EXPECT_THAT(status.last_error, HasSubstr("unexpected symbol"));
  EXPECT_EQ(reply(bench.says("hello")), "2") << "the same process as before";
}

TEST(PluginHost, SaysNothingAfterItsEnd) {
  HostBench bench(counter, worker(), times);
  bench.run(bench.host.start());
  bench.run(bench.host.stop());
  EXPECT_EQ(bench.run(bench.host.status()).state, State::stopped);
  EXPECT_EQ(bench.says("hello").kind, Outcome::Kind::unavailable);
  EXPECT_EQ(bench.run(bench.host.start()).state, State::ready);
}

// case 215
TEST(PluginHost, StopsAtOnceWhileAHandlerHangs) {
  HostBench bench(counter, worker(), {.load = 10s, .handler = 60s, .first_pause = 60s, .longest_pause = 60s});
  bench.run(bench.host.start());
  Outcome outcome;
  plugin::Message message;
  message.text = "die";
  asio::co_spawn(bench.executor, bench.host.handle({"1", plugin::EventKind::message, payload(message)}),
                 [&](const std::exception_ptr&, const Outcome& end) { outcome = end; });
  const auto begin = std::chrono::steady_clock::now();
  bench.run(bench.host.stop());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
  EXPECT_EQ(bench.run(bench.host.status()).state, State::stopped);
}

// case 223
TEST(PluginHost, RefusesCodeThatEverybodyMayChange) {
  HostBench bench(counter, worker(), times);
  ASSERT_EQ(chmod((bench.folder.path() / "init.lua").c_str(), 0666), 0);
  const auto status = bench.run(bench.host.start());
  EXPECT_EQ(status.state, State::quarantined);
  EXPECT_THAT(status.last_error, HasSubstr("everybody may write it"));
}

TEST(PluginHost, RefusesAFolderWithoutItsFile) {
  HostBench bench(counter, worker(), times);
  std::filesystem::remove(bench.folder.path() / "init.lua");
  EXPECT_THAT(bench.run(bench.host.start()).last_error, HasSubstr("there is no init.lua"));
}

TEST(PluginHost, RefusesTooMuchCode) {
  HostBench bench(counter, worker(), times);
  bench.folder.write("large.lua", std::string((1 << 20) + 1, ' '));
  EXPECT_THAT(bench.run(bench.host.start()).last_error, HasSubstr("larger than 1 MiB"));
}

}  // namespace
