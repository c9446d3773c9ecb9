// One allocation fails, at places spread over a life of the program: it goes on or ends, and never stands there half
// dead; nothing is lost, nothing doubled.
#include "tests/flow/crash/machine.hpp"

namespace omegate::flow {
namespace {

class NoMemory : public testing::TestWithParam<Version> {
 protected:
  bool is_done(const std::string& name) {
    return machine.is_accepted() && machine.alice->times_heard("alert" + name) > 0 &&
           machine.alice->times_heard("word" + name) > 0 && machine.xmpp.unacknowledged() == 0;
  }

  /// A life in which one allocation fails, and if it ends over that, the next one. Whether it did.
  bool live_with(long failing, const std::string& name) {
    machine.post("alert" + name);
    machine.alice->say("echo word" + name);
    machine.start({}, "omegate-runs-out-of-memory", {"OMEGATE_FAIL_NEW=" + std::to_string(failing)});
    EXPECT_TRUE(machine.until([&] { return !machine.is_running() || is_done(name); }, 60s))
        << "allocation " << failing << ": it neither works nor ends\n" << machine.log();
    const bool ended = !machine.is_running();
    if (!ended) machine.stop();
    if (is_done(name)) return ended;
    machine.start();
    EXPECT_TRUE(machine.until([&] { return is_done(name); }, 60s)) << "allocation " << failing << "\n" << machine.log();
    machine.stop();
    return ended;
  }

  Machine machine{GetParam()};
  WireWatch wire_watch;
};
INSTANTIATE_TEST_SUITE_P(Versions, NoMemory, testing::Values(Version::legacy, Version::omemo2),
                         [](const auto& version) { return std::string(omemo::name(version.param)); });

// case 149
TEST_P(NoMemory, WhereverItIsMissingNothingIsLostAndNothingIsHalfDone) {
  machine.start();
  ASSERT_TRUE(machine.until([&] { return machine.xmpp.online(); })) << machine.log();
  machine.let_alice_in();
  machine.stop();
  int ends = 0, lives = 0;
  for (double failing = 200; failing < 300'000; failing *= 1.3) {
    const std::string name = std::to_string(++lives);
    if (live_with(static_cast<long>(failing), name)) ++ends;
    ASSERT_EQ(machine.alice->times_heard("alert" + name), 1u) << failing << "\n" << machine.log();
    ASSERT_EQ(machine.alice->times_heard("word" + name), 1u) << failing << "\n" << machine.log();
    ASSERT_EQ(wire_watch.reused(machine.xmpp.said()), "") << failing;
    ASSERT_TRUE(machine.alice->unreadable().empty()) << failing << ": " << machine.alice->unreadable().back();
    ASSERT_EQ(machine.xmpp.complaint(), "") << failing;
    if (HasFailure()) return;
  }
  EXPECT_GT(ends, 2) << "of " << lives << " lives: does an allocation fail at all?";
}

}  // namespace
}  // namespace omegate::flow
