// SIGKILL at every commit of a conversation, before it and after it: each alert arrives once, each command is
// answered once, and no message key is used for two texts. The controls: a program that acknowledges before
// its commit, and one that sends before its commit, are caught by the same checks.
//
// Much slower than the other flows: a few hundred lives of a process.
#include "tests/flow/crash/machine.hpp"

namespace omegate::flow {
namespace {

class CrashAtEveryCommit : public testing::TestWithParam<Version> {
 protected:
  /// What the outside sees of one alert and one command; the texts are unique.
  struct Errand {
    std::string alert, word;  // empty: not part of it
  };

  void begin(const Errand& errand) {
    if (!errand.alert.empty()) machine.post(errand.alert);
    if (!errand.word.empty()) machine.alice->say("echo " + errand.word);
  }
  std::size_t times_done(const std::string& text) const {
    return text.empty() ? 1 : machine.alice->times_heard(text);
  }
  bool is_done(const Errand& errand) {
    if (!machine.xmpp.complaint().empty()) return true;  // nothing better will come
    return machine.is_accepted() && times_done(errand.alert) > 0 && times_done(errand.word) > 0 &&
           machine.xmpp.unacknowledged() == 0;
  }

  /// One life that may be cut short, and another one that ends the errand. Whether the first was cut short.
  bool run(const Errand& errand, const std::string& failpoint, const std::string& program,
           std::chrono::milliseconds patience) {
    begin(errand);
    machine.start(failpoint, program);
    machine.until([&] { return !machine.is_running() || is_done(errand); });
    if (machine.is_running()) machine.stop();
    if (!machine.was_killed()) return false;
    machine.start();
    machine.until([&] { return machine.is_accepted(); });
    // What comes behind shows that what was repeated has been: then nothing more is to be waited for.
    const Errand behind{errand.alert.empty() ? "" : "behind " + errand.alert,
                        errand.word.empty() ? "" : "behind " + errand.word};
    begin(behind);
    machine.until([&] { return is_done(behind); });
    machine.until([&] { return is_done(errand); }, patience);
    machine.stop();
    return true;
  }

  /// What went wrong; empty: nothing.
  std::string fault(const Errand& errand) {
    if (!machine.xmpp.complaint().empty()) return machine.xmpp.complaint();
    for (const std::string& text : {errand.alert, errand.word}) {
      const std::size_t times = times_done(text);
      if (times != 1) return text + " arrived " + std::to_string(times) + " times";
    }
    if (std::string reused = wire_watch.reused(machine.xmpp.said()); !reused.empty()) return reused;
    if (!machine.alice->unreadable().empty())
      return "alice could not read: " + machine.alice->unreadable().back();
    return {};
  }

  void start_for_the_first_time() {
    machine.start();
    ASSERT_TRUE(machine.until([&] { return machine.xmpp.online(); })) << machine.log();
    machine.let_alice_in();
    machine.stop();
  }

  /// How the fault of this program was noticed when it was killed at `place`, in the transaction that matters. The
  /// lives after the first are for a machine so busy that its last breath did not get out.
  std::string fault_of(const std::string& program, const std::string& place, const Errand& errand) {
    start_for_the_first_time();
    for (const char* const life : {" 1", " 2", " 3", " 4"}) {
      const auto numbered = [&](const std::string& text) { return text.empty() ? text : text + life; };
      const Errand now{numbered(errand.alert), numbered(errand.word)};
      EXPECT_TRUE(run(now, place + ":1:kill", program, 1s)) << program << " did not pass " << place;
      if (std::string what = fault(now); !what.empty()) return what;
    }
    return "none";
  }

  Machine machine{GetParam()};
  WireWatch wire_watch;
};
INSTANTIATE_TEST_SUITE_P(Versions, CrashAtEveryCommit, testing::Values(Version::legacy, Version::omemo2),
                         [](const auto& version) { return std::string(omemo::name(version.param)); });

// case 134, 135, 150
TEST_P(CrashAtEveryCommit, LosesNothingAndDoublesNothing) {
  start_for_the_first_time();
  int round = 0;
  for (const std::string& place : {std::string("store.before_commit"), std::string("store.after_commit")}) {
    for (int commit = 1;; ++commit) {
      const std::string number = std::to_string(++round);
      const Errand errand{"alert" + number, "word" + number};
      const bool killed = run(errand, place + ":" + std::to_string(commit) + ":kill", "omegate", 60s);
      ASSERT_EQ(fault(errand), "") << place << " " << commit << "\n" << machine.log();
      if (!killed) {
        EXPECT_GT(commit, 20);
        break;
      }
    }
  }
}

// case 139
TEST_P(CrashAtEveryCommit, NoticesAnAcknowledgementBeforeTheCommit) {
  // Lost; or the next process, which goes on from what was stored, names the server a smaller number than before.
  EXPECT_THAT(fault_of("omegate-acks-too-early", "gateway.received", {"", "word"}),
              testing::AnyOf(testing::HasSubstr("arrived 0 times"), testing::HasSubstr("acknowledged ")));
}

// case 139
TEST_P(CrashAtEveryCommit, NoticesAMessageSentBeforeTheCommit) {
  EXPECT_THAT(fault_of("omegate-sends-too-early", "gateway.sealed", {"alert", ""}),
              testing::AnyOf(testing::HasSubstr("used twice"), testing::HasSubstr("arrived 2 times")));
}

/// The same places are harmless where nothing is shown too early.
TEST_P(CrashAtEveryCommit, FindsNoFaultAtThePlacesOfTheControls) {
  EXPECT_EQ(fault_of("omegate", "gateway.received", {"", "word"}), "none");
  EXPECT_EQ(fault_of("omegate", "gateway.sealed", {"alert", ""}), "none");
}

/// There is one identity, and what is published of it can be used: never half of a device.
// case 137
TEST(CrashAtEveryCommitOfTheFirstStart, LeavesOneWholeDevice) {
  for (int commit = 1;; ++commit) {
    const Version version = commit % 2 == 0 ? Version::omemo2 : Version::legacy;
    Machine fresh(version);
    fresh.start("store.after_commit:" + std::to_string(commit) + ":kill");
    bool was_killed = false;
    const auto goes_on = [&](auto holds) {
      ASSERT_TRUE(fresh.until([&] { return !fresh.is_running() || holds(); })) << commit << "\n"
                                                                               << fresh.log();
      if (!fresh.is_running()) {
        was_killed = fresh.was_killed();
        fresh.start();
      }
      ASSERT_TRUE(fresh.until(holds)) << commit << "\n" << fresh.log();
    };
    goes_on([&] { return fresh.xmpp.online(); });
    fresh.let_alice_in();
    fresh.alice->say("ping");
    goes_on([&] { return fresh.alice->times_heard("pong") == 1; });
    const auto& list = fresh.xmpp.nodes.at({bot_jid, xmpp::device_list_node(version)}).items.back().second;
    EXPECT_EQ(xmpp::parse_device_list(version, list).value().size(), 1u);
    if (HasFatalFailure()) return;
    fresh.stop();
    was_killed = was_killed || fresh.was_killed();
    if (!was_killed) {
      EXPECT_GT(commit, 10);
      break;
    }
  }
}

}  // namespace
}  // namespace omegate::flow
