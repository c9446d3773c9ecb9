// SIGKILL of the gateway at every commit around a handler that keeps a value, and around a program that it has run: one
// count for each message, and a program that may have run is told of and never started again.
#include <algorithm>
#include <fstream>

#include "bridge/core/omemo/fingerprint.hpp"
#include "tests/flow/crash/machine.hpp"
#include "test_places.hpp"

namespace omegate::flow {
namespace {

const std::string keeper = "  keeper: {path: " OMEGATE_SOURCE_DIR "/tests/flow/plugins/keeper}\n";

struct KilledHandler : testing::Test {
  explicit KilledHandler(const std::string& plugins = keeper) : machine(Version::omemo2, plugins) {}

  void begin() {
    machine.start();
    ASSERT_TRUE(machine.until([&] { return machine.xmpp.online(); })) << machine.log();
    machine.let_alice_in();
  }
  bool hears(const std::string& text) {
    return machine.until([&] { return machine.alice->times_heard(text) > 0; }, 60s);
  }

  Machine machine;
};

// case 134
TEST_F(KilledHandler, HasItsEffectsOnceAtWhicheverCommitTheGatewayDies) {
  begin();
  machine.stop();
  int number = 0;
  for (const std::string place : {"store.before_commit", "store.after_commit"}) {
    for (int commit = 1;; ++commit) {
      machine.alice->say("count");
      const std::string wanted = "number " + std::to_string(++number);
      machine.start(place + ":" + std::to_string(commit) + ":kill");
      machine.until([&] { return !machine.is_running() || (machine.alice->times_heard(wanted) > 0 && machine.xmpp.unacknowledged() == 0); }, 60s);
      if (machine.is_running()) machine.stop();
      const bool killed = machine.was_killed();
      if (killed) {
        machine.start();
        ASSERT_TRUE(hears(wanted)) << place << " " << commit << "\n" << machine.log();
        machine.stop();
      }
      for (int i = 1; i <= number; ++i) ASSERT_EQ(machine.alice->times_heard("number " + std::to_string(i)), 1u) << place << " " << commit;
      if (!killed) {
        EXPECT_GT(commit, 5);
        break;
      }
    }
  }
}

/// A folder for what the program leaves behind.
struct Traced {
  gateway::test::TempDir folder;
  std::string file = folder / "trace";
  int times_run() const {
    std::ifstream in(file);
    return static_cast<int>(std::count(std::istreambuf_iterator<char>(in), {}, '\n'));
  }
};

struct KilledRun : Traced, KilledHandler {
  KilledRun()
      : KilledHandler("  command:\n    path: " OMEGATE_SOURCE_DIR "/plugins/command\n    roles: {admin: [" + alice_jid +
                      "]}\n    programs: {tick: {command: [/bin/sh, -c, \"echo run >> " + file + "\"]}, tock: {command: [/bin/true]}}\n") {}

  std::size_t times_told(const std::string& start = "tick: ") const {
    return static_cast<std::size_t>(
        std::ranges::count_if(machine.alice->heard(), [&](const auto& text) { return text.starts_with(start); }));
  }
  void have_run(const std::string& program) {
    const std::string question = "Run " + program + "? (yes or no)";
    const std::size_t questions = machine.alice->times_heard(question) + 1;
    machine.alice->say("run " + program);
    ASSERT_TRUE(machine.until([&] { return machine.alice->times_heard(question) == questions; })) << machine.log();
    machine.alice->say("yes");
  }
  void verify_alice() {
    machine.alice->say("ping");
    ASSERT_TRUE(hears("pong")) << machine.log();
    const std::string print = omemo::fingerprint(machine.alice->key(), omemo::FingerprintStyle::plain);
    ASSERT_EQ(machine.tell("trust approve " + alice_jid + " " + print + " --verified"), 0) << machine.log();
  }
};

// case 134
TEST_F(KilledRun, IsToldOfAndNeverStartedAgain) {
  begin();
  verify_alice();
  if (HasFatalFailure()) return;
  machine.stop();
  std::size_t told = 0;
  for (const auto& [place, may_have_run] : {std::pair("gateway.program_begun", 0), std::pair("gateway.program_ended", 1)}) {
    const int before = times_run();
    machine.start(std::string(place) + ":1:kill");
    ASSERT_TRUE(machine.until([&] { return machine.xmpp.online(); }));
    have_run("tick");
    if (HasFatalFailure()) return;
    ASSERT_TRUE(machine.until([&] { return !machine.is_running(); })) << place << " was not passed\n" << machine.log();
    machine.start();
    ASSERT_TRUE(machine.until([&] { return times_told() == told + 1; }, 60s)) << machine.log();
    machine.stop();
    machine.start();
    ASSERT_TRUE(machine.until([&] { return machine.xmpp.online(); }));
    ++told;
    have_run("tock");  // programs run one after the other: one that ran again would have done so before, and have been told of
    if (HasFatalFailure()) return;
    ASSERT_TRUE(machine.until([&] { return times_told("tock: ") == told; }, 60s)) << machine.log();
    machine.stop();
    EXPECT_EQ(times_told("tock: done"), told) << place;
    EXPECT_EQ(times_told(), told) << place;
    EXPECT_EQ(times_told("tick: may have run"), told) << place;
    EXPECT_EQ(times_run() - before, may_have_run) << place;
  }
}

}  // namespace
}  // namespace omegate::flow
