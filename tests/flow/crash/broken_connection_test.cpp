// The connection breaks at every element the bot says, before or after the server acts on it; in the end
// every alert has arrived once, every command is answered once, and the rows say so.
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;

class BrokenAtEveryStep : public testing::TestWithParam<Version> {
 protected:
  BrokenAtEveryStep() { rig.xmpp.resumes = false; }

  /// An alert out, a command in and its answer out; first a new session on the server if asked for.
  void one_round(int round, bool in_new_session) {
    const std::string alert = "alert " + std::to_string(round), word = "word" + std::to_string(round);
    if (in_new_session) rig.xmpp.cut();
    rig.hook(alert);
    alice.say("echo " + word);
    rig.until("the alert has arrived", [&] { return alice.times_heard(alert) > 0; });
    rig.until("the command is answered", [&] { return alice.times_heard(word) > 0; });
    rig.until("all is quiet", [&] { return is_quiet(); });
    EXPECT_EQ(alice.times_heard(alert), 1u);
    EXPECT_EQ(alice.times_heard(word), 1u);
  }

  bool is_quiet() {
    if (!rig.xmpp.online() || rig.xmpp.unacknowledged() > 0 || !rig.inbox().empty()) return false;
    for (const auto& row : rig.outbox()) {
      if (row.state != MessageState::delivered && row.state != MessageState::sent) return false;
    }
    return true;
  }

  void break_at(int step, bool after) { rig.xmpp.cut_at = Cut{rig.xmpp.elements() + step, after}; }

  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(Versions, BrokenAtEveryStep, testing::Values(Version::legacy, Version::omemo2),
                         [](const auto& version) { return std::string(omemo::name(version.param)); });
// case 6
TEST_P(BrokenAtEveryStep, InAllFourWays) {
  rig.start();
  int round = 0;
  one_round(round++, false);
  for (const bool after : {false, true}) {
    for (const bool resumes : {false, true}) {
      for (int step = 1;; ++step) {
        rig.xmpp.resumes = resumes;
        break_at(step, after);
        one_round(round++, true);
        ASSERT_FALSE(testing::Test::HasFailure()) << "step " << step << (after ? " after" : " before");
        if (rig.xmpp.cut_at) {
          EXPECT_GT(step, resumes ? 5 : 15);
          break;
        }
      }
    }
  }
  EXPECT_TRUE(alice.unreadable().empty());
}

/// The first start of all: identity, nodes, lists.
// case 6
TEST_P(BrokenAtEveryStep, OfTheFirstStart) {
  for (int step = 1;; ++step) {
    Rig fresh;
    Contact peer(fresh.xmpp, alice_jid, {GetParam()});
    fresh.xmpp.resumes = step % 2 == 0;
    fresh.xmpp.cut_at = Cut{step, step % 3 == 0};
    fresh.start();
    peer.say("ping");
    fresh.hook("alert");
    fresh.until("both have arrived",
                [&] { return peer.times_heard("pong") == 1 && peer.times_heard("alert") == 1; });
    const auto& list = fresh.xmpp.nodes.at({bot_jid, xmpp::device_list_node(GetParam())}).items.back().second;
    EXPECT_EQ(xmpp::parse_device_list(GetParam(), list).value().size(), 1u) << "step " << step;
    if (fresh.xmpp.cut_at) {
      EXPECT_GT(step, 15);
      break;
    }
  }
}

}  // namespace
}  // namespace omegate::flow
