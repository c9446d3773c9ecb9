// What plugins want to happen later: once, again and again, when somebody answers; over restarts, too.
#include "tests/flow/world/rig.hpp"
#include "test_places.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::Contains;
using testing::HasSubstr;

struct TimerFlow : testing::Test {
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::legacy}};

  TimerFlow() {
    config::PluginSettings clock;
    clock.name = "clock";
    clock.path = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/clock");
    rig.settings.plugins.push_back(clock);
  }

  void hears(const std::string& text, std::size_t times = 1) {
    rig.until("alice hears: " + text, [&] { return alice.times_heard(text) == times; });
  }
  std::size_t timers(store::TimerKind kind = store::TimerKind::once) {
    return rig.store().run([&](store::Tables& t) { return t.timers.list("clock", kind).size(); });
  }
  void says(const std::string& text) {
    alice.say(text);
    rig.until("it is handled", [&] { return rig.inbox().empty(); });
  }
  void say_and_wait_for_timer(const std::string& text) {
    alice.say(text);
    rig.until("the timer is set", [&] { return timers() == 1 && rig.inbox().empty(); });
  }
};

TEST_F(TimerFlow, ATimerGoesOffOnceInItsTime) {
  rig.start();
  say_and_wait_for_timer("wake 10m tea");
  rig.advance(10min - 1s);
  rig.let_pass(50ms);
  EXPECT_EQ(alice.times_heard("ring tea"), 0u);
  rig.advance(1s);
  hears("ring tea");
  EXPECT_EQ(timers(), 0u);
  rig.advance(24h);
  rig.let_pass(50ms);
  EXPECT_EQ(alice.times_heard("ring tea"), 1u);
}

TEST_F(TimerFlow, ATimerThatWasMissedGoesOffLateAndOnce) {
  rig.start();
  say_and_wait_for_timer("wake 10m tea");
  rig.stop();
  rig.advance(3h);
  rig.start();
  hears("ring tea");
  EXPECT_EQ(timers(), 0u);
}

TEST_F(TimerFlow, ATimerCanBeReplacedAndTakenBack) {
  rig.start();
  say_and_wait_for_timer("wake 10m tea");
  alice.say("wake 30m tea");
  rig.until("it is replaced", [&] {
    const auto all = rig.store().run([](store::Tables& t) { return t.timers.list("clock", store::TimerKind::once); });
    return all.size() == 1 && all[0].due == rig.now.load() + 30min;
  });
  rig.advance(11min);
  rig.let_pass(50ms);
  EXPECT_EQ(alice.times_heard("ring tea"), 0u);
  alice.say("sleep tea");
  rig.until("it is taken back", [&] { return timers() == 0; });
  rig.advance(1h);
  rig.let_pass(50ms);
  EXPECT_EQ(alice.times_heard("ring tea"), 0u);
}

TEST_F(TimerFlow, AFailedHandlerHasSetNoTimer) {
  rig.start();
  alice.say("broken 10m");
  hears("no");
  EXPECT_EQ(timers(), 0u);
}

TEST_F(TimerFlow, AScheduleComesAgainAndWhatWasMissedComesOnce) {
  rig.start();  // on the 14th at 22:13
  rig.until("the schedules are known", [&] { return timers(store::TimerKind::schedule) == 2; });
  rig.advance(6h);
  rig.until("it ticks", [&] { return !alice.heard().empty(); });
  const std::string first = alice.heard().back();
  EXPECT_THAT(first, HasSubstr("15 04:13 at 15 04:13"));
  rig.stop();
  rig.advance(2h);
  rig.start();
  rig.let_pass(50ms);
  EXPECT_EQ(alice.times_heard(first), 1u) << "a restart does not begin anew";
  rig.stop();
  rig.advance(36h + 1min);
  rig.start();
  rig.until("the missed one comes", [&] { return alice.heard().size() >= 3; });
  rig.let_pass(50ms);
  EXPECT_EQ(alice.heard().size(), 3u) << "one tick, one morning";
  rig.advance(4h);
  rig.until("then it goes on at its times", [&] { return alice.heard().size() >= 4; });
}

TEST_F(TimerFlow, AScheduleKeepsToTheClockOfItsZone) {
  using namespace std::chrono;
  rig.now = time_point_cast<milliseconds>(sys_days{2024y / March / 9} + 13h + 20min);  // 8:20 in New York
  rig.start();
  rig.until("the schedules are known", [&] { return timers(store::TimerKind::schedule) == 2; });
  rig.advance(15min);
  hears("morning 08:35");
  rig.advance(22h + 50min);  // summer has begun there: 8:25, an hour earlier than yesterday
  rig.let_pass(50ms);
  EXPECT_EQ(alice.times_heard("morning 08:25"), 0u);
  rig.advance(10min);
  hears("morning 08:35", 2);
}

TEST_F(TimerFlow, AQuestionIsAnsweredByTheNextMessageAfterARestartToo) {
  rig.start();
  alice.say("paint the door");
  hears("Which colour for the door?");
  rig.restart();
  alice.say("ping");  // a command without its sign is an answer now; for others it is what it was
  hears("the door is ping");
  hears("pong");
  alice.say("green");
  rig.let_pass(50ms);
  EXPECT_EQ(alice.times_heard("the door is green"), 0u) << "one answer is enough";
  EXPECT_EQ(timers(store::TimerKind::question), 0u);
}

TEST_F(TimerFlow, AnAnswerMayBeWrittenBeforeTheQuestionWasRead) {
  rig.start();
  alice.say("paint the door");
  alice.say("red");
  alice.say("slow");
  alice.say("slow");
  hears("the door is red");
  hears("done slowly");
  rig.let_pass(50ms);
  EXPECT_EQ(alice.times_heard("done slowly"), 1u) << "a pause holds for those who do not wait for answers, too";
}

TEST_F(TimerFlow, AQuestionEndsByTimeOrByAnotherOne) {
  rig.start();
  alice.say("paint the door");
  hears("Which colour for the door?");
  alice.say("!paint the wall");
  hears("Which colour for the wall?");
  hears("lost the door");
  rig.advance(10min);
  hears("no colour for the wall");
  alice.say("late");
  rig.let_pass(50ms);
  EXPECT_EQ(alice.times_heard("the wall is late"), 0u);
}

TEST_F(TimerFlow, ACommandAsksBeforeItDoesWhatCannotBeUndone) {
  rig.start();
  alice.say("demolish tower 2");
  hears("Demolish tower? (yes or no)");
  alice.say("Yes!");
  hears("demolished tower 2");
  alice.say("demolish house");
  hears("Demolish house? (yes or no)");
  alice.say("wait");
  hears("demolish was not done.");
  alice.say("yes");
  rig.let_pass(50ms);
  EXPECT_EQ(alice.times_heard("demolished house 1"), 0u);
}

TEST_F(TimerFlow, ARoleIsForWhomTheOperatorNamed) {
  rig.start();
  alice.say("king");
  hears("You may not use king.");
  rig.stop();
  rig.settings.plugins.back().roles["king"] = {alice_jid};
  rig.start();
  alice.say("king");
  hears("your majesty");
}

TEST_F(TimerFlow, ACommandThatCoolsDownSaysSoOnce) {
  rig.start();
  alice.say("slow");
  hears("done slowly");
  rig.advance(20s);
  alice.say("slow");
  hears("slow can be used again in 40 s.");
  says("slow");
  EXPECT_EQ(alice.times_heard("slow can be used again in 40 s."), 1u);
  rig.advance(40s);
  alice.say("slow");
  hears("done slowly", 2);
}

}  // namespace
}  // namespace omegate::flow
