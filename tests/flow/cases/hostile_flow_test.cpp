// What others send that is not meant well: nothing of it is answered, and nothing stops.
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/omemo_stanza.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

namespace ns = xmpp::ns;
using omemo::Version;
using testing::IsEmpty;
using testing::SizeIs;
using xml::Element;

class Hostile : public testing::TestWithParam<Version> {
 protected:
  /// What the sender is told is met in news_flow_test.cpp.
  Hostile() { rig.settings.accounts[0].tell_senders = false; }

  std::string space() const { return std::string(xmpp::omemo_namespace(GetParam())); }

  /// The same message with another element for OMEMO.
  Element with_encrypted(const Element& message, xmpp::EncryptedMessage encrypted) const {
    Element copy("message", ns::client);
    copy.set("type", "chat").set("id", std::string(message.attr("id").value_or("")));
    return std::move(copy).with(xmpp::build_encrypted(encrypted));
  }
  xmpp::EncryptedMessage encrypted_in(const Element& message) const {
    return xmpp::parse_encrypted(*message.child("encrypted", space())).value();
  }
  void until_read() {
    rig.until("the bot has read it", [&] { return rig.xmpp.unacknowledged() == 0; });
    rig.until("the plugins have, too", [&] { return rig.inbox().empty(); });
  }
  std::size_t published_prekeys() {
    const auto account = rig.self().account;
    return rig.store().run([&](store::Tables& tables) { return tables.prekeys.count_published(account); });
  }
  std::size_t sent_to_alice() { return rig.xmpp.messages_to(alice_jid).size(); }
  /// Alice and the bot know each other: a session stands in both directions.
  void get_acquainted() {
    alice.say("ping");
    rig.until("alice has her answer", [&] { return alice.times_heard("pong") == 1; });
    alice.say("ping");  // without a key exchange
    rig.until("alice has another", [&] { return alice.times_heard("pong") == 2; });
    until_read();
  }

  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(Versions, Hostile, testing::Values(Version::legacy, Version::omemo2),
                         [](const auto& version) { return std::string(omemo::name(version.param)); });

// case 73
TEST_P(Hostile, AStrangerIsNotEvenDecrypted) {
  const std::string mallory_jid = "mallory@example.com";
  Contact mallory(rig.xmpp, mallory_jid, {GetParam()});
  rig.start();
  mallory.say("ping");
  until_read();
  rig.let_pass(50ms);
  EXPECT_THAT(rig.xmpp.messages_to(mallory_jid), IsEmpty());
  EXPECT_EQ(published_prekeys(), 100u);
  const auto keys =
      rig.store().run([&](store::Tables& t) { return t.ledger.view().keys(bot_jid, mallory_jid).size(); });
  EXPECT_EQ(keys, 0u);
}

// case 73
TEST_P(Hostile, ACommandInTheClearIsIgnored) {
  rig.start();
  Element message = Element("message", ns::client).set("type", "chat").set("id", "clear");
  rig.xmpp.deliver(alice.full_jid(), std::move(message).with(Element("body", ns::client).add_text("ping")));
  until_read();
  rig.let_pass(50ms);
  EXPECT_EQ(sent_to_alice(), 0u);
}

// case 94
TEST_P(Hostile, TheBodyBesideTheEncryptionIsNotTheMessage) {
  rig.start();
  Element message = alice.encrypt("echo inside");
  message.add(Element("body", ns::client).add_text("echo outside"));
  rig.xmpp.deliver(alice.full_jid(), message);
  rig.until("alice has an answer", [&] { return alice.times_heard("inside") == 1; });
  until_read();
  EXPECT_EQ(alice.times_heard("outside"), 0u);
}

TEST_P(Hostile, AMessageForAnotherDeviceIsNotOurs) {
  rig.start();
  const Element message = alice.encrypt("ping");
  xmpp::EncryptedMessage other = encrypted_in(message);
  other.keys[0].rid = omemo::DeviceId(rig.self().device.value() ^ 1);
  rig.xmpp.deliver(alice.full_jid(), with_encrypted(message, other));
  until_read();
  EXPECT_EQ(published_prekeys(), 100u);
  EXPECT_EQ(alice.times_heard("pong"), 0u);
  rig.xmpp.deliver(alice.full_jid(), message);  // the same, rightly addressed
  rig.until("alice has her answer", [&] { return alice.times_heard("pong") == 1; });
}

// case 74
TEST_P(Hostile, AForgedMessageChangesNothing) {
  rig.start();
  get_acquainted();
  const Element message = alice.encrypt("ping");
  xmpp::EncryptedMessage forged = encrypted_in(message);
  forged.keys[0].bytes.back() ^= 1;
  const auto before = sent_to_alice();
  for (int i = 0; i < 5; ++i) rig.xmpp.deliver(alice.full_jid(), with_encrypted(message, forged));
  until_read();
  rig.let_pass(50ms);
  EXPECT_EQ(sent_to_alice(), before);
  rig.xmpp.deliver(alice.full_jid(), message);
  rig.until("the genuine one is answered", [&] { return alice.times_heard("pong") == 3; });
}

// case 101
TEST_P(Hostile, MessagesOfALostSessionStartOneNewSessionAndNotOneEach) {
  rig.start();
  get_acquainted();
  const auto self = rig.self();
  rig.store().run([&](store::Tables& t) {
    t.ratchets.forget({self.account, alice_jid, GetParam(), alice.device()});
  });
  const auto before = sent_to_alice();
  for (int i = 0; i < 5; ++i) rig.xmpp.deliver(alice.full_jid(), alice.encrypt("ping"));
  until_read();
  rig.let_pass(300ms);
  EXPECT_LE(sent_to_alice(), before + 1);
  alice.say("echo healed");
  rig.until("alice and the bot understand each other again",
            [&] { return alice.times_heard("healed") == 1; });
}

// case 86, 95
TEST_P(Hostile, AnotherIdentityUnderAKnownDeviceIdIsNotHeard) {
  rig.start();
  get_acquainted();
  Contact thief(rig.xmpp, alice_jid, {GetParam()});
  thief.take_device_id(alice.device());
  thief.say("echo stolen");
  until_read();
  rig.let_pass(50ms);
  EXPECT_EQ(thief.times_heard("stolen"), 0u);
  EXPECT_EQ(alice.times_heard("stolen"), 0u);
  alice.say("echo mine");
  rig.until("alice is still heard", [&] { return alice.times_heard("mine") == 1; });
}

// case 56
TEST_P(Hostile, ACarbonFromAnybodyElseIsNotBelieved) {
  rig.start();
  Element inner = alice.encrypt("ping");
  inner.set("from", alice.full_jid()).set("to", bot_jid + "/other");
  Element forwarded = Element("forwarded", ns::forward).with(inner);
  Element carbon("message", ns::client);
  carbon.add(Element("received", ns::carbons).with(forwarded));
  rig.xmpp.send(carbon.set("from", alice_jid).set("to", bot_jid));
  rig.xmpp.send(carbon.set("from", "mallory@example.com"));
  rig.xmpp.send(carbon.set("from", bot_jid + "/other"));
  until_read();
  rig.let_pass(50ms);
  EXPECT_EQ(alice.times_heard("pong"), 0u);
  rig.xmpp.send(carbon.set("from", bot_jid));
  rig.until("a genuine one is", [&] { return alice.times_heard("pong") == 1; });
}

TEST_P(Hostile, AReceiptOfSomebodyElseConfirmsNothing) {
  const std::string mallory_jid = "mallory@example.com";
  rig.settings.accounts[0].allow = {alice_jid, mallory_jid};
  alice.sends_receipts = false;
  rig.start();
  rig.hook("hello");
  rig.until_state(MessageState::sent);
  const std::string id = rig.outbox()[0].message_id;
  Element receipt = Element("message", ns::client).set("type", "chat").set("id", "r1");
  rig.xmpp.deliver(mallory_jid + "/x",
                   std::move(receipt).with(Element("received", ns::receipts).set("id", id)));
  until_read();
  EXPECT_EQ(rig.state(), MessageState::sent);
}

// case 32
TEST_P(Hostile, AFloodOfRequestsIsAnsweredOnlySoFarAndHoldsUpNothing) {
  rig.start();
  const auto ask = [&](const std::string& from, const std::string& id) {
    Element iq("iq", ns::client);
    iq.set("type", "get").set("from", from).set("to", bot_jid).set("id", id);
    rig.xmpp.send(std::move(iq).with(Element("ping", "urn:xmpp:ping")));
  };
  const auto answers = [&](const std::string& id) {
    return std::count_if(rig.xmpp.said().begin(), rig.xmpp.said().end(), [&](const Said& said) {
      return said.stanza.attr("id").value_or("").starts_with(id);
    });
  };
  for (int i = 0; i < 2000; ++i) ask(i % 2 == 0 ? alice.full_jid() : "mallory@example.com/x", "flood" + std::to_string(i));
  alice.say("echo through");
  ask("example.org", "own-server");
  rig.until("alice is answered", [&] { return alice.times_heard("through") == 1; });
  rig.until("our server is", [&] { return answers("own-server") == 1; });
  EXPECT_GE(answers("flood"), 50);
  EXPECT_LE(answers("flood"), 500) << "what is answered per second, and the test may be slow";
}

// case 71
TEST_P(Hostile, RequestsForWhatWeAreNotAreRefused) {
  rig.start();
  const std::pair<const char*, const char*> services[] = {{"command", "http://jabber.org/protocol/commands"},
                                                          {"query", "jabber:iq:rpc"},
                                                          {"query", "jabber:iq:register"},
                                                          {"query", "jabber:iq:version"},
                                                          {"query", "jabber:iq:last"},
                                                          {"si", "http://jabber.org/protocol/si"},
                                                          {"jingle", "urn:xmpp:jingle:1"}};
  int number = 0;
  for (const auto& [local, name_space] : services) {
    for (const std::string& from : {alice.full_jid(), bot_jid + "/other", std::string("mallory@example.com/x")}) {
      Element iq("iq", ns::client);
      const std::string id = "service" + std::to_string(++number);
      iq.set("type", "set").set("from", from).set("to", bot_jid).set("id", id);
      iq.add(Element(local, name_space)).set("node", "http://jabber.org/protocol/rc#set-status");
      rig.xmpp.send(iq);
      const Element* answer = nullptr;
      rig.until(id + " is answered", [&] {
        for (const Said& said : rig.xmpp.said())
          if (said.stanza.attr("id") == id) answer = &said.stanza;
        return answer != nullptr;
      });
      EXPECT_EQ(answer->attr("type"), "error");
      EXPECT_EQ(answer->attr("to"), from);
      EXPECT_NE(answer->to_string().find("service-unavailable"), std::string::npos) << answer->to_string();
    }
  }
}

// case 132
TEST_P(Hostile, WhoeverWritesInTheClearIsStillWrittenToEncrypted) {
  rig.start();
  get_acquainted();
  for (int i = 0; i < 3; ++i) {
    Element message = Element("message", ns::client).set("type", "chat").set("id", "clear" + std::to_string(i));
    message.add(Element("body", ns::client)).add_text("my client cannot encrypt, please answer in the clear");
    message.add(Element("active", "http://jabber.org/protocol/chatstates"));
    rig.xmpp.deliver(alice.full_jid(), message);
  }
  until_read();
  rig.hook("disk full on web1");
  rig.until("alice has read it", [&] { return alice.times_heard("disk full on web1") == 1; });
  EXPECT_EQ(alice.bodies_in_the_clear(), 0);
  for (const Said& said : rig.xmpp.said()) EXPECT_EQ(said.bytes.find("disk full"), std::string::npos);
}

}  // namespace
}  // namespace omegate::flow
