#include "bridge/core/xmpp/room.hpp"

#include <gmock/gmock.h>

#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;

std::string occupant(const std::string& inside, const std::string& type = {}) {
  return "<presence from='team@rooms.example.org/Alice'" + (type.empty() ? "" : " type='" + type + "'") +
         "><x xmlns='http://jabber.org/protocol/muc#user'>" + inside + "</x></presence>";
}

TEST(RoomPresence, SaysWhoIsThereAndHowHeBelongs) {
  const auto alice = parse_room_presence(
      stanza(occupant("<item affiliation='member' role='participant' jid='alice@example.net/phone'/>")));
  ASSERT_TRUE(alice);
  EXPECT_TRUE(alice->available);
  EXPECT_EQ(alice->occupant.resource(), "Alice");
  EXPECT_EQ(alice->real, jid("alice@example.net"));
  EXPECT_EQ(alice->affiliation, Affiliation::member);
  EXPECT_TRUE(belongs(alice->affiliation));
}

// case 131
TEST(RoomPresence, OfARoomThatHidesAddressesNamesNobody) {
  const auto hidden = parse_room_presence(stanza(occupant("<item affiliation='none' role='participant'/>")));
  EXPECT_FALSE(hidden->real);
  EXPECT_FALSE(belongs(hidden->affiliation));
}

TEST(RoomPresence, SaysThatItIsOurOwnAndWhyWeAreOut) {
  const auto self = parse_room_presence(stanza(occupant(
      "<item affiliation='owner' role='none'/><status code='110'/><status code='307'/>", "unavailable")));
  EXPECT_FALSE(self->available);
  EXPECT_TRUE(self->has(room_code::self));
  EXPECT_TRUE(self->has(room_code::kicked));
  EXPECT_FALSE(self->has(room_code::banned));
}

TEST(RoomPresence, IsNoneWithoutAnOccupantOrItsElement) {
  EXPECT_FALSE(parse_room_presence(stanza("<presence from='alice@example.net/phone'/>")));
  EXPECT_FALSE(
      parse_room_presence(stanza("<presence from='team@rooms.example.org'><x "
                                 "xmlns='http://jabber.org/protocol/muc#user'/></presence>")));
  EXPECT_FALSE(parse_room_presence(stanza(occupant("", "subscribe"))));
}

TEST(RoomPresence, OfARefusalSaysWhy) {
  const auto refused = parse_room_presence(stanza(
      "<presence from='team@rooms.example.org/bot' type='error'><error type='auth'><registration-required "
      "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"));
  EXPECT_EQ(refused->error->condition, "registration-required");
}

TEST(RoomNotice, NamesNewMembersAndNewSettings) {
  const auto notice = parse_room_notice(
      stanza("<message from='team@rooms.example.org'><x xmlns='http://jabber.org/protocol/muc#user'><status "
             "code='104'/><status code='173'/>"
             "<item affiliation='member' jid='bob@example.net'/><item affiliation='none' "
             "jid='eve@example.net/x'/></x></message>"));
  ASSERT_TRUE(notice);
  EXPECT_THAT(notice->codes, ElementsAre(104, 173));
  EXPECT_THAT(notice->affiliations, ElementsAre(Pair(jid("bob@example.net"), Affiliation::member),
                                                Pair(jid("eve@example.net"), Affiliation::none)));
}

TEST(RoomNotice, IsNoneFromAnOccupantAndNoInvitation) {
  EXPECT_FALSE(parse_room_notice(
      stanza("<message from='team@rooms.example.org/Alice'><x "
             "xmlns='http://jabber.org/protocol/muc#user'><status code='104'/></x></message>")));
  EXPECT_FALSE(parse_room_notice(
      stanza("<message from='team@rooms.example.org'><x xmlns='http://jabber.org/protocol/muc#user'><invite "
             "from='eve@example.net'/></x></message>")));
}

RoomPrivacy privacy(const std::vector<std::string>& features) {
  DiscoInfo info;
  info.features = features;
  return room_privacy(info);
}

// case 131
TEST(RoomPrivacy, NeedsMembersOnlyAndTheirAddresses) {
  EXPECT_TRUE(privacy({"muc_membersonly", "muc_nonanonymous"}).is_private());
  EXPECT_FALSE(privacy({"muc_open", "muc_nonanonymous"}).is_private());
  EXPECT_FALSE(privacy({"muc_membersonly", "muc_semianonymous"}).is_private());
  EXPECT_FALSE(privacy({"muc_membersonly", "muc_nonanonymous", "muc_open"}).is_private())
      << "who says both is not believed";
  EXPECT_FALSE(privacy({}).is_private());
}

TEST(Affiliations, AreAskedForOneAtATimeAndReadWithinLimits) {
  EXPECT_EQ(affiliation_query(Affiliation::owner).to_string(),
            "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='owner'/></query>");
  std::string items =
      "<item affiliation='member' jid='alice@example.net'/><item affiliation='member' jid='not a jid'/><item "
      "affiliation='member'/>";
  const auto read = [&](const std::string& inside) {
    return parse_affiliations(stanza(
        "<iq type='result'><query xmlns='http://jabber.org/protocol/muc#admin'>" + inside + "</query></iq>"));
  };
  EXPECT_THAT(read(items).value(), ElementsAre(jid("alice@example.net")));
  for (int i = 0; i < 600; ++i) items += "<item jid='m" + std::to_string(i) + "@example.net'/>";
  EXPECT_THAT(read(items).value(), SizeIs(max_room_members));
  EXPECT_FALSE(parse_affiliations(stanza("<iq type='error'/>")));
}

TEST(PrivateRoom, SetsOnlyWhatTheServiceOffers) {
  DataForm offered{"http://jabber.org/protocol/muc#roomconfig", {}};
  EXPECT_FALSE(private_room(offered)) << "a service that cannot make private rooms";
  for (const char* name :
       {"muc#roomconfig_membersonly", "muc#roomconfig_whois", "muc#roomconfig_persistentroom"})
    offered.fields.push_back({name, {"0"}});
  const auto form = private_room(offered).value();
  EXPECT_EQ(form.value("muc#roomconfig_membersonly"), "1");
  EXPECT_EQ(form.value("muc#roomconfig_whois"), "anyone");
  EXPECT_FALSE(form.has("muc#roomconfig_publicroom"));
}

TEST(SelfPingAnswer, TellsWhetherWeAreStillThere) {
  const auto error = [](const std::string& condition) {
    return read_self_ping(stanza("<iq type='error'><error type='cancel'><" + condition +
                                 " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"));
  };
  EXPECT_EQ(read_self_ping(stanza("<iq type='result'/>")), SelfPing::joined);
  EXPECT_EQ(error("service-unavailable"), SelfPing::joined);
  EXPECT_EQ(error("item-not-found"), SelfPing::joined);
  EXPECT_EQ(error("remote-server-timeout"), SelfPing::unknown);
  EXPECT_EQ(error("not-acceptable"), SelfPing::gone);
  EXPECT_EQ(error("forbidden"), SelfPing::gone);
}

TEST(JoinRoom, AsksForNoHistory) {
  const std::string join =
      join_room(jid("team@rooms.example.org/bot"), xml::Element("c", "http://jabber.org/protocol/caps"))
          .to_string();
  EXPECT_THAT(join, HasSubstr("to='team@rooms.example.org/bot'"));
  EXPECT_THAT(join, HasSubstr("<history maxchars='0'/>"));
}

TEST(RoomInvitation, IsDirectOrPassedOnByTheRoom) {
  const auto direct = parse_invitation(stanza(
      "<message from='alice@example.net/phone'><x xmlns='jabber:x:conference' jid='team@rooms.example.org'/></message>"));
  ASSERT_TRUE(direct);
  EXPECT_EQ(direct->room, jid("team@rooms.example.org"));
  EXPECT_EQ(direct->by, jid("alice@example.net"));
  // What the room passes on often carries the direct form, too: who invites is not the room.
  const auto passed_on = parse_invitation(
      stanza("<message from='team@rooms.example.org'><x xmlns='http://jabber.org/protocol/muc#user'>"
             "<invite from='alice@example.net/phone'/></x><x xmlns='jabber:x:conference' jid='other@rooms.example.org'/></message>"));
  ASSERT_TRUE(passed_on);
  EXPECT_EQ(passed_on->room, jid("team@rooms.example.org"));
  EXPECT_EQ(passed_on->by, jid("alice@example.net"));
}

TEST(RoomInvitation, IsNoneWithoutARoomOrAsAnErrorOfOurs) {
  const auto says = [](const std::string& attributes, const std::string& inside) {
    return parse_invitation(stanza("<message " + attributes + ">" + inside + "</message>")).has_value();
  };
  const std::string direct = "<x xmlns='jabber:x:conference' jid='team@rooms.example.org'/>";
  EXPECT_TRUE(says("from='alice@example.net'", direct));
  EXPECT_FALSE(says("from='alice@example.net' type='error'", direct)) << "our own came back";
  EXPECT_FALSE(says("from='team@rooms.example.org/alice' type='groupchat'", direct)) << "said to all";
  EXPECT_FALSE(says("from='alice@example.net'", "<x xmlns='jabber:x:conference'/>"));
  EXPECT_FALSE(says("from='alice@example.net'", "<x xmlns='jabber:x:conference' jid='example.org'/>"));
  const std::string invite = "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='alice@example.net'/></x>";
  EXPECT_TRUE(says("from='team@rooms.example.org'", invite));
  EXPECT_FALSE(says("from='team@rooms.example.org/mallory'", invite)) << "an occupant speaks for no room";
}

TEST(Bookmark, NamesARoomAndWhetherToGoIn) {
  const Bookmark read = parse_bookmark("team@rooms.example.org", bookmark("bot", true)).value();
  EXPECT_EQ(read.room, jid("team@rooms.example.org"));
  EXPECT_TRUE(read.autojoin);
  EXPECT_FALSE(parse_bookmark("team@rooms.example.org", bookmark("bot", false))->autojoin);
  EXPECT_FALSE(parse_bookmark("team@rooms.example.org/nick", bookmark("bot", true)));
  EXPECT_FALSE(parse_bookmark("rooms.example.org", bookmark("bot", true)));
  EXPECT_FALSE(parse_bookmark("team@rooms.example.org", xml::Element("conference", "storage:bookmarks")));
}

}  // namespace
