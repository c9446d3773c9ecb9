// What is said of now: in the clear where clients say it so, encrypted where they can, and nowhere else.
#include "bridge/gateway/messages/passing.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>

#include "bridge/core/plugin/event.hpp"
#include "bridge/gateway/limits.hpp"
#include "tests/support/party.hpp"

namespace omegate::gateway::test {
namespace {

using omemo::Version;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string bot_jid = "bot@example.org", alice_jid = "alice@example.net", bob_jid = "bob@example.net",
                  room = "team@rooms.example.org";

const Passing types{alice_jid, xmpp::ChatState::composing};
const Passing has_read{alice_jid, std::nullopt, "their-message"};

struct PassingNotices : testing::Test {
  Party bot{bot_jid}, alice{alice_jid}, bob{bob_jid};

  /// A session that both sides have used.
  void talk_with(Party& peer, Version version) {
    bot.meet(peer, version);
    peer.hear(bot.send(peer.self.jid, "hello").stanzas.at(0), bot_jid);
    const auto empty = peer.run([&](store::Tables& t) {
      return seal_empty(t, peer.self, store::DeviceRef{peer.self.account, bot_jid, version, bot.self.device}, peer.random, noon);
    });
    bot.hear(empty.value(), peer.self.jid);
  }
  std::vector<std::string> say(const Passing& passing, const std::optional<std::vector<std::string>>& members = {},
                               trust::MessageRule rule = trust::MessageRule::partial) {
    return bot.run([&](store::Tables& t) { return passing_stanzas(t, bot.self, passing, members, rule, bot.random, noon); });
  }
  static std::size_t typing_heard_by(Party& party) {
    std::size_t count = 0;
    for (const auto& row : party.inbox()) count += row.event.kind == "typing" ? 1 : 0;
    return count;
  }
  std::size_t typing_heard_by_alice() { return typing_heard_by(alice); }
  /// The list that the server has of alice's devices.
  void list_devices_of_alice(Version version, const std::vector<omemo::DeviceId>& ids) {
    bot.run([&](store::Tables& t) { t.devices.replace_list(bot.self.account, alice_jid, version, ids, noon); });
  }
};

TEST_F(PassingNotices, GoInTheClearToClientsThatSayThemSo) {
  talk_with(alice, Version::legacy);
  EXPECT_THAT(say(types), ElementsAre(AllOf(HasSubstr("to='" + alice_jid + "'"), HasSubstr("type='chat'"), HasSubstr("<composing "),
                                            HasSubstr("no-store"), Not(HasSubstr("body")), Not(HasSubstr("bridged")))));
  EXPECT_THAT(say(has_read), ElementsAre(AllOf(HasSubstr("<displayed "), HasSubstr("id='their-message'"), HasSubstr("<store "), Not(HasSubstr("body")))));
}

TEST_F(PassingNotices, AreEncryptedWhereTheContactReadsOmemo2) {
  talk_with(alice, Version::omemo2);
  const auto typing = say(types);
  ASSERT_THAT(typing, SizeIs(1));
  EXPECT_THAT(typing[0], AllOf(HasSubstr("urn:xmpp:omemo:2"), HasSubstr("no-store"), Not(HasSubstr("composing")), Not(HasSubstr("<store ")),
                               Not(HasSubstr("body"))));
  alice.hear(typing[0], bot_jid);
  EXPECT_EQ(typing_heard_by_alice(), 1u);
  EXPECT_THAT(say(has_read), ElementsAre(AllOf(HasSubstr("urn:xmpp:omemo:2"), Not(HasSubstr("displayed")), Not(HasSubstr("their-message")), HasSubstr("<store "),
                                               Not(HasSubstr("body")), Not(HasSubstr("fallback")))));
}

TEST_F(PassingNotices, AreOneStanzaForAllDevicesOfTheContact) {
  Party tablet{alice_jid};
  talk_with(alice, Version::omemo2);
  bot.decide(alice_jid, tablet.device().bundle(Version::omemo2).identity.curve, trust::Fact::trusted);
  talk_with(tablet, Version::omemo2);
  list_devices_of_alice(Version::omemo2, {alice.self.device, tablet.self.device});
  const auto typing = say(types);
  ASSERT_THAT(typing, SizeIs(1));
  alice.hear(typing[0], bot_jid);
  tablet.hear(typing[0], bot_jid);
  EXPECT_EQ(typing_heard_by_alice(), 1u);
  EXPECT_EQ(typing_heard_by(tablet), 1u);
  const auto read = say(has_read);
  ASSERT_THAT(read, SizeIs(1));
  EXPECT_EQ(alice.hear(read[0], bot_jid).kind, Received::Kind::control);
  EXPECT_EQ(tablet.hear(read[0], bot_jid).kind, Received::Kind::control);
}

TEST_F(PassingNotices, AreKeptBackWhereTheMessageRuleKeepsMessagesBack) {
  for (const Version version : {Version::omemo2, Version::legacy}) {
    Party contact{version == Version::legacy ? bob_jid : alice_jid};
    talk_with(contact, version);
    const Passing notice{contact.self.jid, xmpp::ChatState::composing};
    EXPECT_THAT(say(notice, {}, trust::MessageRule::hold), SizeIs(1)) << "nothing is open";
    const std::vector<omemo::DeviceId> ids{contact.self.device, omemo::DeviceId(4711)};  // of a key that nobody knows
    bot.run([&](store::Tables& t) { t.devices.replace_list(bot.self.account, contact.self.jid, version, ids, noon); });
    EXPECT_THAT(say(notice, {}, trust::MessageRule::hold), IsEmpty());
    EXPECT_THAT(say(notice, {}, trust::MessageRule::refuse), IsEmpty());
    EXPECT_THAT(say(notice), SizeIs(1)) << "it goes to those that are allowed";
  }
}

TEST_F(PassingNotices, OfTypingDoNotOutrunTheRatchetOfWhoIsAway) {
  talk_with(alice, Version::omemo2);
  std::size_t sent = 0;
  for (std::uint32_t i = 0; i < longest_lossy_chain + 10; ++i) sent += say(types).size();
  EXPECT_EQ(sent, longest_lossy_chain);
  Passing stops = types;
  stops.state = xmpp::ChatState::active;
  EXPECT_THAT(say(stops), SizeIs(1)) << "what was begun is ended";
  EXPECT_THAT(say(stops), IsEmpty());
  const Received received = alice.hear(bot.send(alice_jid, "are you there?").stanzas.at(0), bot_jid);
  EXPECT_EQ(received.kind, Received::Kind::message) << "none of them came, and the message is read all the same";
}

TEST_F(PassingNotices, GoToNobodyWhomAMessageWouldNotGoTo) {
  EXPECT_THAT(say(types), IsEmpty()) << "a stranger";
  Party careful{bot_jid, trust::Policy::manual};
  careful.meet(alice, Version::legacy);
  EXPECT_THAT(careful.run([&](store::Tables& t) { return passing_stanzas(t, careful.self, types, {}, trust::MessageRule::partial, careful.random, noon); }), IsEmpty())
      << "nobody has decided";
}

TEST_F(PassingNotices, GoToARoomOnceWhereAMemberReadsThemInTheClear) {
  talk_with(alice, Version::omemo2);
  const Passing in_room{room, xmpp::ChatState::composing};
  EXPECT_THAT(say(in_room, std::vector{alice_jid}), IsEmpty()) << "all read OMEMO 2: nothing in the clear";
  talk_with(bob, Version::legacy);
  EXPECT_THAT(say(in_room, std::vector{alice_jid, bob_jid}), ElementsAre(AllOf(HasSubstr("to='" + room + "'"), HasSubstr("type='groupchat'"))));
}

// case 206
TEST_F(PassingNotices, OfABridgeAreMarkedAsBroughtFromElsewhere) {
  talk_with(alice, Version::legacy);
  Passing bridged = types;
  bridged.bridged = true;
  EXPECT_THAT(say(bridged), ElementsAre(HasSubstr("bridged")));
}

// case 206
TEST_F(PassingNotices, OfABridgeAreMarkedInsideTheEnvelope) {
  talk_with(alice, Version::omemo2);
  Passing bridged = types;
  bridged.bridged = true;
  const auto stanzas = say(bridged);
  ASSERT_THAT(stanzas, SizeIs(1));
  EXPECT_THAT(stanzas[0], Not(HasSubstr("bridged")));
  alice.hear(stanzas[0], bot_jid);
  ASSERT_EQ(typing_heard_by_alice(), 1u);
  const auto rows = alice.inbox();
  const auto typing = std::ranges::find_if(rows, [](const auto& row) { return row.event.kind == "typing"; });
  EXPECT_TRUE(plugin::parse_message(as_text(typing->event.payload)).value().bridged);
}

TEST(PassingBox, KeepsTheNewestOfEachConversationAndKindAndNotMany) {
  asio::io_context loop;
  const auto box = std::make_shared<PassingBox>(loop.get_executor());
  box->add({"a@x", xmpp::ChatState::composing});
  box->add({"a@x", std::nullopt, "m1"});
  box->add({"a@x", xmpp::ChatState::active});
  box->add({"b@x", xmpp::ChatState::composing});
  EXPECT_THAT(box->take(), ElementsAre(Passing{"a@x", std::nullopt, "m1"}, Passing{"a@x", xmpp::ChatState::active},
                                       Passing{"b@x", xmpp::ChatState::composing}));
  for (std::size_t i = 0; i < 2 * max_passing; ++i) box->add({std::to_string(i) + "@x", xmpp::ChatState::composing});
  EXPECT_EQ(box->take().size(), max_passing);
}

Passing has_read_up_to(const std::string& to, std::int64_t order) { return {to, std::nullopt, "m" + std::to_string(order), false, order}; }

TEST(PassingBox, NeverGoesBackInWhatWasRead) {
  asio::io_context loop;
  const auto box = std::make_shared<PassingBox>(loop.get_executor());
  box->add(has_read_up_to("a@x", 5));
  box->add(has_read_up_to("a@x", 4));
  box->add(has_read_up_to("b@x", 1));
  EXPECT_THAT(box->take(), ElementsAre(has_read_up_to("a@x", 5), has_read_up_to("b@x", 1)));
  box->add(has_read_up_to("a@x", 4));  // while the other one is on its way
  box->note_said(has_read_up_to("a@x", 5));
  EXPECT_THAT(box->take(), IsEmpty());
  box->add(has_read_up_to("a@x", 4));
  box->add(has_read_up_to("a@x", 5));
  EXPECT_THAT(box->take(), IsEmpty());
  box->add(has_read_up_to("a@x", 6));
  box->add(has_read_up_to("b@x", 1));  // it was taken, and never said
  EXPECT_THAT(box->take(), ElementsAre(has_read_up_to("a@x", 6), has_read_up_to("b@x", 1)));
}

TEST(PassingBox, RemembersWhatWasSaidInSoManyConversations) {
  asio::io_context loop;
  const auto box = std::make_shared<PassingBox>(loop.get_executor());
  for (std::size_t i = 0; i <= max_passing_said; ++i) box->note_said(has_read_up_to(std::to_string(i) + "@x", 5));
  EXPECT_TRUE(box->is_news(has_read_up_to("0@x", 1))) << "the first is forgotten";
  EXPECT_FALSE(box->is_news(has_read_up_to("1@x", 1)));
}

}  // namespace
}  // namespace omegate::gateway::test
