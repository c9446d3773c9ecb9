// A message waits for a person's decision, and a decision counts from the moment it is made.
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/xmpp/omemo_stanza.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// The device ids a legacy message is encrypted for.
std::vector<std::uint32_t> readers(const xml::Element& message) {
  const auto encrypted =
      xmpp::parse_encrypted(*message.child("encrypted", xmpp::omemo_namespace(Version::legacy))).value();
  std::vector<std::uint32_t> ids;
  for (const auto& key : encrypted.keys) ids.push_back(key.rid.value());
  return ids;
}

struct TrustFlow : testing::Test {
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::legacy}};

  TrustFlow() { rig.settings.accounts[0].policy = trust::Policy::manual; }
};

// case 116
TEST_F(TrustFlow, AMessageNobodyMayReadIsHeldAndGoesOutByItselfOnceApproved) {
  rig.start();
  EXPECT_EQ(rig.hook("secret").status, 202u);
  rig.until_state(MessageState::held);
  EXPECT_THAT(rig.reason(), HasSubstr("allowed"));
  EXPECT_THAT(rig.xmpp.messages_to(alice_jid), IsEmpty());

  rig.ask("trust.approve", {{"jid", alice_jid}, {"which", "all"}, {"level", "trusted"}});
  rig.until_state(MessageState::delivered);
  EXPECT_EQ(alice.times_heard("secret"), 1u);
}

TEST_F(TrustFlow, ACommandOfAnUndecidedKeyWaitsUnansweredUntilApproved) {
  rig.start();
  alice.say("ping");
  rig.until("it is kept", [&] { return rig.xmpp.unacknowledged() == 0; });
  EXPECT_EQ(alice.times_heard("pong"), 0u);
  EXPECT_THAT(rig.inbox(), Not(IsEmpty()));
  rig.ask("trust.approve", {{"jid", alice_jid}, {"which", "all"}, {"level", "trusted"}});
  rig.until("alice has her answer", [&] { return alice.times_heard("pong") == 1; });
}

// case 118
TEST_F(TrustFlow, ARevokedDeviceIsLeftOutWhenAMessageIsSealedAgainUnderItsId) {
  rig.settings.accounts[0].policy = trust::Policy::blind;
  Contact laptop(rig.xmpp, alice_jid, {Version::legacy});
  alice.sends_receipts = laptop.sends_receipts = false;
  rig.xmpp.acknowledges = false;
  rig.start();
  rig.hook("the plan");
  rig.until("it is on the wire", [&] { return !rig.xmpp.messages_to(alice_jid).empty(); });
  EXPECT_THAT(readers(rig.xmpp.messages_to(alice_jid)[0]), SizeIs(2));

  const std::string phone = std::to_string(alice.device().value());
  rig.ask("trust.revoke", {{"jid", alice_jid}, {"which", phone}, {"why", "stolen"}});
  rig.xmpp.resumes = false;
  rig.xmpp.acknowledges = true;
  rig.xmpp.cut();
  rig.until_state(MessageState::sent);
  std::vector<xml::Element> copies;
  for (const auto& message : rig.xmpp.messages_to(alice_jid)) {
    if (message.attr("id") == rig.outbox()[0].message_id) copies.push_back(message);
  }
  ASSERT_THAT(copies, SizeIs(2));
  EXPECT_THAT(readers(copies[1]), testing::ElementsAre(laptop.device().value()));
  EXPECT_EQ(rig.outbox()[0].times_resealed, 1);
  EXPECT_EQ(alice.times_heard("the plan"), 1u);  // before she lost it
}

TEST_F(TrustFlow, ADecisionAboutSomebodyElseChangesNoSealedMessage) {
  rig.settings.accounts[0].policy = trust::Policy::blind;
  alice.sends_receipts = false;
  rig.xmpp.acknowledges = false;
  rig.start();
  rig.hook("the plan");
  rig.until("it is on the wire", [&] { return !rig.xmpp.messages_to(alice_jid).empty(); });
  rig.ask("trust.revoke", {{"jid", "carol@example.net"}, {"which", omemo::fingerprint(alice.key())}});
  rig.xmpp.resumes = false;
  rig.xmpp.acknowledges = true;
  rig.xmpp.cut();
  rig.until_state(MessageState::sent);
  EXPECT_EQ(rig.outbox()[0].times_resealed, 0);
  EXPECT_EQ(alice.times_heard("the plan"), 1u);
  EXPECT_EQ(alice.repetitions(), 1);
}

// case 73
TEST_F(TrustFlow, ACommandNeedsTheTrustItAsksFor) {
  rig.settings.accounts[0].policy = trust::Policy::tofu;
  rig.start();
  alice.say("deploy web");
  alice.say("ping");
  rig.until("alice has an answer", [&] { return alice.times_heard("pong") == 1; });
  EXPECT_EQ(alice.times_heard("deployed web"), 0u);
  const std::string phone = std::to_string(alice.device().value());
  rig.ask("trust.approve", {{"jid", alice_jid}, {"which", phone}, {"level", "verified"}});
  alice.say("deploy web");
  rig.until("it was done once", [&] { return alice.times_heard("deployed web") == 1; });
}

}  // namespace
}  // namespace omegate::flow
