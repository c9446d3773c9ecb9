// A message waits for a person's decision, and a decision counts from the moment it is made.
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/xmpp/omemo_nodes.hpp"
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

TEST_F(TrustFlow, APolicyThatChangesWhileMessagesAreHeldDecidesAboutThemAtOnce) {
  rig.start();
  rig.hook("one");
  rig.until_state(MessageState::held);
  rig.hook("two");
  rig.until("both are held", [&] {
    const auto rows = rig.outbox();
    return rows.size() == 2 && rows[0].state == MessageState::held && rows[1].state == MessageState::held;
  });
  rig.ask("trust.policy", {{"policy", "configured"}});
  rig.let_pass(100ms);
  EXPECT_THAT(alice.heard(), IsEmpty()) << "that policy lets nobody in either";
  rig.ask("trust.policy", {{"jid", alice_jid}, {"policy", "tofu"}});
  rig.until("both arrive", [&] { return alice.heard().size() == 2; });
  EXPECT_THAT(alice.heard(), testing::ElementsAre("one", "two"));

  rig.ask("trust.policy", {{"jid", alice_jid}, {"policy", "manual"}});
  rig.hook("three");
  rig.until_state(MessageState::held);
  EXPECT_THAT(alice.heard(), testing::SizeIs(2)) << "what the first contact let in counts no more";
  rig.restart();
  rig.let_pass(100ms);
  EXPECT_EQ(rig.state(), MessageState::held);
  rig.ask("trust.policy", {{"jid", alice_jid}, {"policy", "blind"}});
  rig.until("it arrives", [&] { return alice.times_heard("three") == 1; });
}

TEST_F(TrustFlow, TenDevicesThatComeAndGoCostADayNoMoreThanANoteEach) {
  rig.settings.accounts[0].policy = trust::Policy::tofu;
  rig.settings.accounts[0].admins = {alice_jid};
  rig.start();
  alice.say("ping");
  rig.until("alice has her answer", [&] { return alice.times_heard("pong") == 1; });
  std::vector<std::unique_ptr<Contact>> others;
  std::vector<xmpp::ListedDevice> all{{alice.device(), {}, {}}};
  for (int i = 0; i < 9; ++i) {
    others.push_back(std::make_unique<Contact>(rig.xmpp, alice_jid, std::vector{Version::legacy}));
    all.push_back({others.back()->device(), {}, {}});
  }
  const std::vector<xmpp::ListedDevice> few{all[0]};
  const std::string node = xmpp::device_list_node(Version::legacy);
  const auto known = [&] { return rig.ask("trust.list", {{"jid", alice_jid}}).at("keys").as_array().size(); };
  rig.xmpp.push(alice_jid, node);
  rig.until("all are known", [&] { return known() == 10; });
  for (int round = 0; round < 20; ++round) {
    alice.publish_list(Version::legacy, round % 2 == 0 ? few : all);
    rig.xmpp.push(alice_jid, node);
    rig.advance(1s);
  }
  rig.hook("what matters");
  rig.until("the phone reads it", [&] { return alice.times_heard("what matters") == 1; });
  for (const auto& other : others) EXPECT_THAT(other->heard(), IsEmpty()) << "nobody decided about it";
  std::size_t notes = 0;
  for (const std::string fact : {"device_gone", "device_back"})
    notes += rig.ask("trust.log", {{"fact", fact}, {"limit", 1000}}).at("rows").as_array().size();
  EXPECT_LE(notes, 9u) << "one of each device in a day";
  EXPECT_EQ(known(), 10u);
  const auto told = std::ranges::count_if(alice.heard(), [](const std::string& text) { return text.find("device") != text.npos; });
  EXPECT_LE(told, 2) << "an admin's phone is not filled";
}

}  // namespace
}  // namespace omegate::flow
