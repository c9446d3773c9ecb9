#include "bridge/core/xmpp/archive.hpp"

#include "bridge/core/xmpp/message.hpp"
#include "bridge/core/xmpp/receipts.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;

const WallTime now = from_ms(1'772'366'400'000);  // 2026-03-01T12:00:00Z
const Reception reception{jid("bot@example.org/x"), now, true};

std::string inner(
    const std::string& attributes = "from='alice@example.net/phone' to='bot@example.org' type='chat' id='m1'",
    const std::string& content = "<body>hi</body><request xmlns='urn:xmpp:receipts'/>") {
  return "<message xmlns='jabber:client' " + attributes + ">" + content + "</message>";
}

std::string result(
    const std::string& message, const std::string& outer = "from='bot@example.org'",
    const std::string& attributes = "queryid='q7' id='a1'",
    const std::string& delay = "<delay xmlns='urn:xmpp:delay' stamp='2026-02-28T08:00:00Z'/>") {
  return "<message " + outer + "><result xmlns='urn:xmpp:mam:2' " + attributes +
         "><forwarded xmlns='urn:xmpp:forward:0'>" + delay + message + "</forwarded></result></message>";
}

std::optional<ArchivedMessage> read(const std::string& text) {
  return read_archive_result(stanza(text), "q7", reception);
}

bool is_dropped(const std::string& message) {
  const auto archived = read(result(message));
  return archived && std::holds_alternative<Dropped>(archived->message);
}

TEST(Archive, AsksForWhatComesAfterAnId) {
  EXPECT_EQ(
      archive_query("q7", AfterId{"a<1"}, 50).to_string("jabber:client"),
      "<query xmlns='urn:xmpp:mam:2' queryid='q7'><x xmlns='jabber:x:data' type='submit'><field "
      "var='FORM_TYPE' "
      "type='hidden'><value>urn:xmpp:mam:2</value></field></x><set xmlns='http://jabber.org/protocol/rsm'>"
      "<max>50</max><after>a&lt;1</after></set></query>");
}

TEST(Archive, AsksSinceATimeAndForTheLastPage) {
  const auto since = archive_query("q7", SinceTime{now}, 50);
  EXPECT_EQ(since.child("x", "jabber:x:data")->children().back().child_text("value", "jabber:x:data"),
            "2026-03-01T12:00:00Z");
  const auto last = archive_query("q7", LastPage{}, 1);
  EXPECT_TRUE(
      last.child("set", "http://jabber.org/protocol/rsm")->child("before", "http://jabber.org/protocol/rsm"));
}

// case 29
TEST(Archive, ReadsWhatEndsAPage) {
  const auto page = parse_archive_fin(
      stanza("<iq type='result'><fin xmlns='urn:xmpp:mam:2' complete='true' stable='false'><set "
             "xmlns='http://jabber.org/protocol/rsm'><first>a1</first><last>a9</last></set></fin></iq>"));
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->complete);
  EXPECT_FALSE(page->stable);
  EXPECT_EQ(page->last, "a9");
  const auto empty = parse_archive_fin(stanza("<iq type='result'><fin xmlns='urn:xmpp:mam:2'/></iq>"));
  ASSERT_TRUE(empty);
  EXPECT_FALSE(empty->complete);
  EXPECT_TRUE(empty->stable);
  EXPECT_FALSE(empty->last);
  EXPECT_FALSE(parse_archive_fin(stanza("<iq type='result'/>")));
}

TEST(Archive, AResultHasTheWritersWordsAndTheServersTime) {
  const auto archived = read(result(inner()));
  ASSERT_TRUE(archived);
  EXPECT_EQ(archived->id, "a1");
  EXPECT_EQ(to_ms(archived->stamp), 1'772'265'600'000);
  const auto& chat = std::get<ChatMessage>(archived->message);
  EXPECT_EQ(chat.route, Route::archived);
  EXPECT_EQ(chat.from, jid("alice@example.net/phone"));
  EXPECT_EQ(chat.archive_id, "a1");
  EXPECT_EQ(chat.delay, archived->stamp);
  EXPECT_TRUE(deserves_receipt(chat));
}

TEST(Archive, WhatWeWroteIsNobodysMessageToUs) {
  const auto archived = read(result(inner("from='bot@example.org/y' to='alice@example.net' type='chat'")));
  ASSERT_TRUE(archived);
  EXPECT_EQ(std::get<ChatMessage>(archived->message).route, Route::sent_copy);
}

// case 58
TEST(Archive, OnlyOurOwnArchiveIsBelieved) {
  EXPECT_FALSE(read(result(inner(), "from='mallory@example.org'")));
  EXPECT_FALSE(read(result(inner(), "from='example.org'")));
  EXPECT_FALSE(read(result(inner(), "from='bot@example.org/x'")));
  EXPECT_FALSE(read(result(inner(), "from='@@'")));
  EXPECT_TRUE(read(result(inner(), "")));
}

// case 58
TEST(Archive, OnlyResultsOfOurQueryCount) {
  EXPECT_FALSE(read(result(inner(), "from='bot@example.org'", "queryid='other' id='a1'")));
  EXPECT_FALSE(read(result(inner(), "from='bot@example.org'", "id='a1'")));
  EXPECT_FALSE(read(result(inner(), "from='bot@example.org'", "queryid='q7'")));
  EXPECT_FALSE(read(result(inner(), "from='bot@example.org'", "queryid='q7' id='a1'", "")));
  EXPECT_FALSE(read(result("")));
}

TEST(Archive, MessagesOfOthersAndRoomsAreDropped) {
  EXPECT_TRUE(is_dropped(inner("from='alice@example.net' to='carol@example.net'")));
  EXPECT_TRUE(is_dropped(inner("from='room@example.net/alice' to='bot@example.org' type='groupchat'")));
  EXPECT_TRUE(is_dropped(inner("from='@@' to='bot@example.org'")));
}

TEST(Archive, NothingIsNestedInAResult) {
  EXPECT_TRUE(
      is_dropped(inner("from='bot@example.org' to='bot@example.org'",
                       "<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'/></sent>")));
  EXPECT_TRUE(is_dropped(inner("from='bot@example.org' to='bot@example.org'",
                               "<result xmlns='urn:xmpp:mam:2' queryid='q7' id='a2'/>")));
}

TEST(Archive, AnEventOfThePastMovesNoDeviceList) {
  EXPECT_TRUE(is_dropped(inner("from='alice@example.net' to='bot@example.org'",
                               "<event xmlns='http://jabber.org/protocol/pubsub#event'><items "
                               "node='urn:xmpp:omemo:2:devices'/></event>")));
}

// --- the archive of a room

std::optional<ArchivedMessage> read_of_room(const std::string& text) {
  return read_room_archive_result(stanza(text), "q7", jid("team@rooms.example.org"), reception);
}

std::string said(const std::string& who = "<item jid='alice@example.net/phone' affiliation='member'/>",
                 const std::string& attributes = "from='team@rooms.example.org/Alice' type='groupchat' id='m1'") {
  return inner(attributes, "<body>hi</body><x xmlns='http://jabber.org/protocol/muc#user'>" + who + "</x>");
}

constexpr const char* of_room = "from='team@rooms.example.org'";

TEST(RoomArchive, NamesWhoReallySaidIt) {
  const auto archived = read_of_room(result(said(), of_room));
  ASSERT_TRUE(archived);
  EXPECT_EQ(archived->id, "a1");
  const auto* chat = std::get_if<ChatMessage>(&archived->message);
  ASSERT_TRUE(chat);
  EXPECT_EQ(chat->from, jid("alice@example.net"));
  EXPECT_EQ(chat->nick, "Alice");
  EXPECT_EQ(chat->room, jid("team@rooms.example.org"));
  EXPECT_EQ(chat->archive_id, "a1");
  EXPECT_EQ(chat->route, Route::archived);
}

TEST(RoomArchive, IsOnlyWhatTheRoomItselfSendsToOurQuery) {
  EXPECT_FALSE(read_of_room(result(said()))) << "our own archive is another";
  EXPECT_FALSE(read_of_room(result(said(), "from='team@rooms.example.org/mallory'"))) << "an occupant is no room";
  EXPECT_FALSE(read_of_room(result(said(), of_room, "queryid='q8' id='a1'"))) << "another query";
}

TEST(RoomArchive, DropsWhatNamesNoWriterOrIsNoneOfItsMessages) {
  const auto dropped = [](const std::string& message) {
    const auto archived = read_of_room(result(message, of_room));
    return archived && std::holds_alternative<Dropped>(archived->message);
  };
  EXPECT_FALSE(dropped(said()));
  EXPECT_TRUE(dropped(said("<item affiliation='member'/>"))) << "nobody knows who that was";
  EXPECT_TRUE(dropped(said("<item jid='alice@example.net'/>", "from='other@rooms.example.org/Alice' type='groupchat'")));
  EXPECT_TRUE(dropped(said("<item jid='alice@example.net'/>", "from='team@rooms.example.org' type='groupchat'")));
  EXPECT_TRUE(dropped(said("<item jid='alice@example.net'/>", "from='team@rooms.example.org/Alice' type='chat'")));
}

}  // namespace
