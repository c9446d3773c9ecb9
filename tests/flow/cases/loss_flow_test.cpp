// Lost connections, lost acknowledgements, a gateway that starts again: every message arrives, and once.
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::SizeIs;

class LossInBothVersions : public testing::TestWithParam<Version> {
 protected:
  LossInBothVersions() { alice.sends_receipts = false; }

  /// The stanzas of the newest message, as they were on the wire.
  std::vector<Said> copies() {
    std::vector<Said> found;
    for (const Said& said : rig.xmpp.said()) {
      if (said.stanza.attr("id") == rig.outbox()[0].message_id) found.push_back(said);
    }
    return found;
  }

  void send_unacknowledged(const std::string& text) {
    rig.xmpp.acknowledges = false;
    rig.hook(text);
    rig.until("it is on the wire", [&] { return alice.times_heard(text) == 1; });
  }

  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(Versions, LossInBothVersions, testing::Values(Version::legacy, Version::omemo2),
                         [](const auto& version) { return std::string(omemo::name(version.param)); });

// case 134
TEST_P(LossInBothVersions, InANewSessionTheSameBytesGoOutAgain) {
  rig.start();
  send_unacknowledged("hello");
  rig.xmpp.resumes = false;
  rig.xmpp.acknowledges = true;
  rig.xmpp.cut();
  rig.until_state(MessageState::sent);
  ASSERT_THAT(copies(), SizeIs(2));
  EXPECT_EQ(copies()[0].bytes, copies()[1].bytes);
  EXPECT_NE(copies()[0].connection, copies()[1].connection);
  EXPECT_EQ(alice.times_heard("hello"), 1u);
  EXPECT_EQ(alice.repetitions(), 1);
}

TEST_P(LossInBothVersions, AResumedStreamRepeatsNothingTheServerHas) {
  rig.start();
  send_unacknowledged("hello");
  rig.xmpp.acknowledges = true;
  rig.xmpp.cut();
  rig.until_state(MessageState::sent);
  EXPECT_EQ(rig.xmpp.resumptions(), 1);
  EXPECT_THAT(copies(), SizeIs(1));
  EXPECT_EQ(alice.repetitions(), 0);
}

// case 8
TEST_P(LossInBothVersions, AResumedStreamRepeatsWhatTheServerHasNot) {
  rig.start();
  rig.hook("first");
  rig.until_state(MessageState::sent);
  rig.until("nothing is under way", [&] { return rig.xmpp.unacknowledged() == 0; });
  rig.xmpp.swallow_and_cut = true;  // the next message is lost together with its connection
  rig.hook("second");
  rig.until("alice has read it", [&] { return alice.times_heard("second") == 1; });
  rig.until_state(MessageState::sent);
  EXPECT_EQ(rig.xmpp.resumptions(), 1);
  EXPECT_EQ(alice.repetitions(), 0);
}

TEST_P(LossInBothVersions, AGatewayThatStartsAgainGoesOnInTheSameStream) {
  rig.start();
  send_unacknowledged("hello");
  rig.stop();
  alice.say("echo meanwhile");
  rig.xmpp.acknowledges = true;
  rig.start();
  rig.until_state(MessageState::sent);
  rig.until("the answer is there", [&] { return alice.times_heard("meanwhile") == 1; });
  EXPECT_EQ(rig.xmpp.resumptions(), 1);
  EXPECT_THAT(copies(), SizeIs(1));
  EXPECT_EQ(alice.times_heard("hello"), 1u);
  EXPECT_EQ(alice.repetitions(), 0);
}

// case 134
TEST_P(LossInBothVersions, AGatewayThatStartsAgainSendsTheSameBytesWhereItsStreamIsGone) {
  rig.start();
  send_unacknowledged("hello");
  rig.stop();
  rig.xmpp.acknowledges = true;
  rig.xmpp.resumes = false;
  rig.start();
  rig.until_state(MessageState::sent);
  ASSERT_THAT(copies(), SizeIs(2));
  EXPECT_EQ(copies()[0].bytes, copies()[1].bytes);
  EXPECT_EQ(alice.times_heard("hello"), 1u);
  EXPECT_EQ(alice.repetitions(), 1);
}

TEST_P(LossInBothVersions, AfterAGoodbyeNothingIsRepeated) {
  rig.start();
  rig.hook("hello");
  rig.until_state(MessageState::sent);
  rig.stop(true);
  rig.start();
  rig.hook("again");
  rig.until("alice has read the second", [&] { return alice.times_heard("again") == 1; });
  EXPECT_EQ(alice.repetitions(), 0);
  EXPECT_EQ(alice.times_heard("hello"), 1u);
}

// case 76
TEST_P(LossInBothVersions, ACommandThatComesTwiceIsAnsweredOnce) {
  rig.start();
  alice.say("ping");
  rig.until("alice has her answer", [&] { return alice.times_heard("pong") == 1; });
  const xml::Element command = alice.encrypt("ping");
  rig.xmpp.deliver(alice.full_jid(), command);
  rig.xmpp.deliver(alice.full_jid(), command);  // another archive id: only the ratchet knows it
  alice.say("echo done");
  rig.until("the last one is answered", [&] { return alice.times_heard("done") == 1; });
  EXPECT_EQ(alice.times_heard("pong"), 2u);
}

TEST_P(LossInBothVersions, AnAlertTakenWhileTheServerIsGoneGoesOutOnce) {
  rig.start();
  rig.hook("warm up");
  rig.until_state(MessageState::sent);
  rig.xmpp.resumes = false;
  rig.xmpp.cut();
  rig.hook("in between");
  rig.until("alice has read it", [&] { return alice.times_heard("in between") == 1; });
  rig.until_state(MessageState::sent);
  EXPECT_EQ(alice.repetitions(), 0);
}

}  // namespace
}  // namespace omegate::flow
