#include "bridge/core/xmpp/moderation.hpp"

#include <gtest/gtest.h>

#include "bridge/core/xml/document.hpp"
#include "bridge/core/xmpp/limits.hpp"

namespace omegate::xmpp {
namespace {

std::optional<Moderation> read(const std::string& from, const std::string& content, const std::string& type = "groupchat") {
  const std::string text =
      "<message xmlns='jabber:client' type='" + type + "' from='" + from + "' to='bot@example.org/x'>" + content + "</message>";
  return parse_moderation(xml::parse_document(text, xml::Limits{}).value());
}

const std::string room = "team@rooms.example.org";
const std::string word =
    "<retract id='28482-98726-73623' xmlns='urn:xmpp:message-retract:1'>"
    "<moderated by='team@rooms.example.org/macbeth' xmlns='urn:xmpp:message-moderate:1'/><reason>spam</reason></retract>";
const std::string older =
    "<apply-to id='28482' xmlns='urn:xmpp:fasten:0'><moderated by='team@rooms.example.org/macbeth' "
    "xmlns='urn:xmpp:message-moderate:0'><retract xmlns='urn:xmpp:message-retract:0'/><reason>spam</reason></moderated></apply-to>";

TEST(Moderation, ARoomSaysWhoTookWhichMessageBackAndWhy) {
  const auto moderation = read(room, word);
  ASSERT_TRUE(moderation);
  EXPECT_EQ(moderation->room.to_string(), room);
  EXPECT_EQ(moderation->id, "28482-98726-73623");
  EXPECT_EQ(moderation->by->resource(), "macbeth");
  EXPECT_EQ(moderation->reason, "spam");
}

TEST(Moderation, ServersThatSpeakTheOlderVersionAreUnderstood) {
  const auto moderation = read(room, older);
  ASSERT_TRUE(moderation);
  EXPECT_EQ(moderation->id, "28482");
  EXPECT_EQ(moderation->by->resource(), "macbeth");
  EXPECT_EQ(moderation->reason, "spam");
}

TEST(Moderation, NobodyInARoomModeratesByClaimingIt) {
  EXPECT_FALSE(read(room + "/macbeth", word));
  EXPECT_FALSE(read(room + "/macbeth", older));
  EXPECT_FALSE(read(room, word, "chat"));
  EXPECT_FALSE(read("", word));
}

TEST(Moderation, AWritersOwnRetractionIsNone) {
  EXPECT_FALSE(read(room, "<retract id='1' xmlns='urn:xmpp:message-retract:1'/>"));
  EXPECT_FALSE(read(room, "<apply-to id='1' xmlns='urn:xmpp:fasten:0'><moderated xmlns='urn:xmpp:message-moderate:0'/></apply-to>"));
}

TEST(Moderation, AModeratorOfAnotherRoomIsNotNamed) {
  const auto moderation = read("other@rooms.example.org", word);
  ASSERT_TRUE(moderation);
  EXPECT_FALSE(moderation->by);
}

TEST(Moderation, ARoomIsAskedInTheVersionThatItAnnounces) {
  EXPECT_EQ(moderation_request(ModerationVersion::v0_3, "28482", "spam & more").to_string(),
            "<moderate xmlns='urn:xmpp:message-moderate:1' id='28482'><retract xmlns='urn:xmpp:message-retract:1'/>"
            "<reason>spam &amp; more</reason></moderate>");
  EXPECT_EQ(moderation_request(ModerationVersion::v0_2, "28482", "").to_string(),
            "<apply-to xmlns='urn:xmpp:fasten:0' id='28482'><moderate xmlns='urn:xmpp:message-moderate:0'>"
            "<retract xmlns='urn:xmpp:message-retract:0'/></moderate></apply-to>");
  DiscoInfo both, first;
  first.features = {"urn:xmpp:message-moderate:0"};
  both.features = {"urn:xmpp:message-moderate:0", "urn:xmpp:message-moderate:1"};
  EXPECT_EQ(moderation_offered(both), ModerationVersion::v0_3);
  EXPECT_EQ(moderation_offered(first), ModerationVersion::v0_2);
  EXPECT_EQ(moderation_offered(DiscoInfo{}), std::nullopt);
}

TEST(Moderation, WhatIsTooLongOrMissingIsNotKept) {
  EXPECT_FALSE(read(room, "<retract xmlns='urn:xmpp:message-retract:1'><moderated xmlns='urn:xmpp:message-moderate:1'/></retract>"));
  EXPECT_FALSE(read(room, "<retract id='" + std::string(max_id + 1, 'x') +
                              "' xmlns='urn:xmpp:message-retract:1'><moderated xmlns='urn:xmpp:message-moderate:1'/></retract>"));
  const auto talkative = read(room, "<retract id='1' xmlns='urn:xmpp:message-retract:1'><moderated "
                                    "xmlns='urn:xmpp:message-moderate:1'/><reason>" + std::string(5000, 'x') + "</reason></retract>");
  EXPECT_EQ(talkative->reason.size(), max_moderation_reason);
  std::string umlauts = "x";
  while (umlauts.size() < 5000) umlauts += "\u00e4";
  const auto cut = read(room, "<retract id='1' xmlns='urn:xmpp:message-retract:1'><moderated "
                              "xmlns='urn:xmpp:message-moderate:1'/><reason>" + umlauts + "</reason></retract>");
  EXPECT_EQ(cut->reason, umlauts.substr(0, max_moderation_reason - 1)) << "between characters: plugins get it as JSON";
}

}  // namespace
}  // namespace omegate::xmpp
