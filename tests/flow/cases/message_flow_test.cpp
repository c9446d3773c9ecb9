// From a hook to a person's eyes, and from a person's command to its answer.
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class InBothVersions : public testing::TestWithParam<Version> {
 protected:
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(Versions, InBothVersions, testing::Values(Version::legacy, Version::omemo2),
                         [](const auto& version) { return std::string(omemo::name(version.param)); });

TEST_P(InBothVersions, WhatAHookTakesIsReadByTheContactAndConfirmed) {
  rig.start();
  const Answer answer = rig.hook("disk full on web1");
  EXPECT_EQ(answer.status, 202u) << answer.body;
  rig.until("alice has read it", [&] { return alice.times_heard("disk full on web1") == 1; });
  rig.until_state(MessageState::delivered);
  EXPECT_TRUE(rig.inbox().empty());
  EXPECT_TRUE(rig.outbox()[0].body.empty());  // the server has it: we need it no longer
  for (const Said& said : rig.xmpp.said()) EXPECT_THAT(said.bytes, Not(HasSubstr("disk full")));
}

TEST_P(InBothVersions, ACommandIsAnsweredInTheSameVersion) {
  rig.start();
  alice.say("ping");
  rig.until("alice has her answer", [&] { return alice.times_heard("pong") == 1; });
  EXPECT_THAT(rig.xmpp.messages_to(alice_jid).back().to_string(),
              HasSubstr(xmpp::omemo_namespace(GetParam())));
  EXPECT_THAT(alice.unreadable(), IsEmpty());
  rig.until("the server may forget it", [&] { return rig.xmpp.unacknowledged() == 0; });
}

TEST_P(InBothVersions, AConversationGoesOn) {
  rig.start();
  for (int i = 0; i < 5; ++i) {
    const std::string word = "word" + std::to_string(i);
    alice.say("echo " + word);
    rig.until("alice hears " + word, [&] { return alice.times_heard(word) == 1; });
    rig.hook("alert" + std::to_string(i));
    rig.until("alice hears the alert", [&] { return alice.times_heard("alert" + std::to_string(i)) == 1; });
  }
  EXPECT_EQ(alice.heard().size(), 10u);
  EXPECT_EQ(alice.repetitions(), 0);
  EXPECT_EQ(alice.bodies_in_the_clear(), 0);
}

TEST_P(InBothVersions, WithoutAReceiptAMessageIsSentAndNoMore) {
  alice.sends_receipts = false;
  rig.start();
  rig.hook("hello");
  rig.until_state(MessageState::sent);
  rig.let_pass(50ms);
  EXPECT_EQ(rig.state(), MessageState::sent);
}

// case 72
TEST_P(InBothVersions, AStanzaThatComesBackIsBouncedWithItsReason) {
  alice.sends_receipts = false;
  rig.start();
  rig.hook("to a full mailbox");
  rig.until_state(MessageState::sent);
  xml::Element bounce("message", "jabber:client");
  bounce.set("type", "error").set("id", rig.outbox()[0].message_id);
  xml::Element& error = bounce.add(xml::Element("error", "jabber:client").set("type", "wait"));
  error.add(xml::Element("resource-constraint", "urn:ietf:params:xml:ns:xmpp-stanzas"));
  rig.xmpp.deliver("mallory@example.net", bounce);  // whoever else says so is not believed
  rig.until("mallory's is read", [&] { return rig.xmpp.unacknowledged() == 0; });
  EXPECT_EQ(rig.state(), MessageState::sent);
  rig.xmpp.deliver(alice_jid, bounce);
  rig.until_state(MessageState::bounced);
  EXPECT_THAT(rig.reason(), HasSubstr("resource-constraint"));
}

TEST(MessageFlow, AContactWithBothVersionsGetsOneCopy) {
  Rig rig;
  Contact alice(rig.xmpp, alice_jid, {Version::legacy, Version::omemo2});
  rig.start();
  rig.hook("one");
  rig.until_state(MessageState::delivered);
  EXPECT_THAT(alice.heard(), ElementsAre("one"));
  EXPECT_EQ(rig.xmpp.messages_to(alice_jid).size(), 1u);
}

// case 1
TEST(MessageFlow, WhatIsAcceptedWhileTheServerIsAwayGoesOutLater) {
  Rig rig;
  Contact alice(rig.xmpp, alice_jid, {Version::legacy});
  rig.start();
  rig.pace.longest_reconnect = 300ms;
  rig.restart();
  rig.xmpp.cut();
  EXPECT_EQ(rig.hook("meanwhile").status, 202u);
  rig.until("alice has read it", [&] { return alice.times_heard("meanwhile") == 1; });
}

TEST(MessageFlow, AMessageWhoseTimeIsOverIsSaidToBeThoughNoAccountIsOnline) {
  Rig rig;
  rig.pace.expiry_look = 20ms;
  rig.xmpp.stop();
  rig.begin();
  rig.ask("send", {{"to", alice_jid}, {"text", "too late"}, {"expires_in_s", 60}});
  rig.let_pass(50ms);
  EXPECT_EQ(rig.state(), MessageState::accepted);
  rig.now = rig.now.load() + 61s;
  rig.until_state(MessageState::expired);
  EXPECT_TRUE(rig.outbox()[0].body.empty());
}

}  // namespace
}  // namespace omegate::flow
