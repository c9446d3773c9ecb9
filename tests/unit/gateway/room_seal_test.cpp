// A message to a room: one stanza for all who belong there.
#include <gmock/gmock.h>

#include "bridge/gateway/rooms/rooms.hpp"
#include "tests/support/party.hpp"

namespace omegate::gateway::test {
namespace {

using omemo::Version;
using store::MessageState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const std::string bot_jid = "bot@example.org", alice_jid = "alice@example.net", bob_jid = "bob@example.net",
                  carol_jid = "carol@example.net", room = "team@rooms.example.org";

struct RoomMessage : testing::Test {
  Party bot{bot_jid, trust::Policy::blind}, alice{alice_jid, trust::Policy::blind},
      bob{bob_jid, trust::Policy::blind};

  SealOutcome seal(const std::string& text, RoomAudience audience,
                   trust::MessageRule rule = trust::MessageRule::partial) {
    return bot.run([&](store::Tables& t) {
      say(t, bot.utterance(room, text), noon);
      const auto due = t.outbox.take_due(bot.self.account, noon, 1);
      return seal_message(t, bot.self, due.at(0), rule, false, bot.random, noon, audience);
    });
  }
  /// What `reader` makes of the stanza, once it is known that the bot wrote it.
  Received read(Party& reader, const std::string& stanza, const std::string& in_room = room) {
    xml::Element message = xml::parse_document(stanza, xml::Limits{}).value();
    message.set("from", in_room + "/bot").set("to", reader.self.jid);
    auto chat = std::get<xmpp::ChatMessage>(
        xmpp::classify(message, {xmpp::Jid::parse(reader.self.jid).value(), noon, true}));
    EXPECT_EQ(chat.type, xmpp::MessageType::groupchat);
    chat.room = chat.from.bare();
    chat.nick = "bot";
    chat.from = xmpp::Jid::parse(bot_jid).value();
    return reader.run([&](store::Tables& t) {
      return receive_message(t, Reader{reader.self, {{"echo"}, {"echo"}, {}}}, chat, reader.random, noon);
    });
  }
  store::OutboxRow row() {
    return bot.run([](store::Tables& t) { return t.outbox.list({}).at(0); });
  }
};

TEST_F(RoomMessage, IsReadByAllMembersInOneStanza) {
  for (const Version version : {Version::legacy, Version::omemo2}) {
    bot.meet(alice, version);
    bot.meet(bob, version);
  }
  const auto sealed = seal("the disk is full", {{alice_jid, bob_jid}});
  ASSERT_EQ(sealed.kind, SealOutcome::Kind::written) << sealed.reason;
  ASSERT_THAT(sealed.stanzas, SizeIs(1));
  EXPECT_THAT(sealed.stanzas[0], HasSubstr("to='" + room + "'"));
  EXPECT_THAT(sealed.stanzas[0], HasSubstr("type='groupchat'"));
  EXPECT_THAT(sealed.stanzas[0], Not(HasSubstr("urn:xmpp:receipts")));
  EXPECT_THAT(sealed.stanzas[0], Not(HasSubstr("chat-markers")));
  for (Party* reader : {&alice, &bob}) {
    const Received received = read(*reader, sealed.stanzas[0]);
    EXPECT_EQ(received.kind, Received::Kind::message);
    EXPECT_FALSE(received.wants_receipt);
    const auto said = plugin::parse_message(as_text(reader->inbox().at(0).event.payload)).value();
    EXPECT_EQ(said.text, "the disk is full");
    EXPECT_EQ(said.from, bot_jid);
    EXPECT_EQ(said.room, room);
    EXPECT_EQ(plugin::origin(
                  {"1", plugin::EventKind::message, std::string(as_text(reader->inbox()[0].event.payload))})
                  ->from,
              room)
        << "an answer goes to the room";
  }
}

TEST_F(RoomMessage, InOmemo2IsBoundToItsRoom) {
  bot.meet(alice, Version::omemo2);
  const auto sealed = seal("for the team", {{alice_jid}});
  EXPECT_EQ(read(alice, sealed.stanzas.at(0), "other@rooms.example.org").kind, Received::Kind::undecryptable);
  EXPECT_TRUE(alice.inbox().empty());
}

// case 131
TEST_F(RoomMessage, LeavesOutWhoHasNoKeyAndNamesHim) {
  bot.meet(alice, Version::omemo2);
  bot.meet(bob, Version::omemo2);
  bot.decide(bob_jid, bob.device().identity.curve(), trust::Fact::revoked);
  const auto sealed = seal("hello", {{alice_jid, bob_jid, carol_jid}});
  ASSERT_EQ(sealed.kind, SealOutcome::Kind::written) << "nobody blocks the room";
  EXPECT_EQ(read(alice, sealed.stanzas.at(0)).kind, Received::Kind::message);
  EXPECT_EQ(read(bob, sealed.stanzas.at(0)).kind, Received::Kind::not_for_us);
  std::vector<std::string> left_out;
  for (const Copy& copy : decode_notes(row().notes).copies) {
    if (!copy.included) left_out.push_back(copy.jid + ": " + copy.reason);
  }
  EXPECT_THAT(left_out, ElementsAre(bob_jid + ": revoked", carol_jid + ": has no OMEMO device"));
}

// case 131
TEST_F(RoomMessage, IsHeldWhileNobodyCanReadOrTheRoomIsNotPrivate) {
  EXPECT_EQ(seal("hello", {{alice_jid}}).kind, SealOutcome::Kind::held);
  EXPECT_THAT(row().reason, HasSubstr("no member of " + room));
  bot.meet(alice, Version::omemo2);
  EXPECT_EQ(seal("hello", {{alice_jid}, "the room is open to anybody"}).kind, SealOutcome::Kind::held);
  EXPECT_EQ(row().reason, "the room is open to anybody");
}

// case 63
TEST_F(RoomMessage, OfOneMemberChangesNothingThatAnotherOneSaid) {
  bot.meet(alice, Version::omemo2);
  const auto said = seal("deploy 1", {{alice_jid}});
  ASSERT_EQ(read(alice, said.stanzas.at(0)).kind, Received::Kind::message);
  bob.meet(alice, Version::omemo2);
  const auto forged = bob.run([&](store::Tables& t) {
    store::NewKnownMessage claimed{bob.self.account, room, true, "m1"};
    t.messages.set_sent(t.messages.add(claimed, noon).value(), {Version::omemo2, {}});
    const auto target = t.messages.find(bob.self.account, room, true, "m1").value();
    correct(t, target, bob.utterance(room, "deploy all"), noon);
    const auto due = t.outbox.take_due(bob.self.account, noon, 1);
    return seal_message(t, bob.self, due.at(0), trust::MessageRule::partial, false, bob.random, noon,
                        RoomAudience{{alice_jid}});
  });
  xml::Element message = xml::parse_document(forged.stanzas.at(0), xml::Limits{}).value();
  message.set("from", room + "/bob").set("to", alice_jid);
  auto chat =
      std::get<xmpp::ChatMessage>(xmpp::classify(message, {xmpp::Jid::parse(alice_jid).value(), noon, true}));
  chat.room = chat.from.bare();
  chat.from = xmpp::Jid::parse(bob_jid).value();
  alice.run([&](store::Tables& t) {
    return receive_message(t, Reader{alice.self, {{"echo"}, {"echo"}, {}}}, chat, alice.random, noon);
  });
  for (const auto& each : alice.inbox()) EXPECT_EQ(each.event.kind, "message");
  EXPECT_THAT(alice.inbox(), SizeIs(2));
}

TEST(Room, SaysWhyNothingCanBeSaidInIt) {
  Room team{xmpp::Jid::parse(room).value(), "bot"};
  EXPECT_THAT(team.obstacle(), HasSubstr("not joined"));
  team.state = Room::State::joined;
  EXPECT_THAT(team.obstacle(), HasSubstr("has not said yet"));
  team.privacy = {false, true};
  EXPECT_THAT(team.obstacle(), HasSubstr("open to anybody"));
  team.privacy = {true, false};
  EXPECT_THAT(team.obstacle(), HasSubstr("hides its members"));
  team.privacy = {true, true};
  EXPECT_EQ(team.obstacle(), "");
}

TEST(Room, IsForWhoBelongsToItAndWhoIsThere) {
  Room team{xmpp::Jid::parse(room).value(), "bot"};
  team.members = {{alice_jid, xmpp::Affiliation::owner}, {bot_jid, xmpp::Affiliation::member}};
  team.occupants.emplace("Bob", xmpp::Jid::parse(bob_jid).value());
  EXPECT_THAT(team.people(xmpp::Jid::parse(bot_jid).value()), ElementsAre(alice_jid, bob_jid));
}

}  // namespace
}  // namespace omegate::gateway::test
