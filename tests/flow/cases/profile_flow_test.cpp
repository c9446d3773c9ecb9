// What people see of the bot: its picture and its name.
#include <algorithm>

#include "bridge/core/xmpp/avatar.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using testing::IsEmpty;
using testing::Optional;

xmpp::Avatar picture(const std::string& what) { return xmpp::make_avatar(to_bytes("\x89PNG\r\n\x1a\n" + what)).value(); }

const std::string data_node(xmpp::avatar_data_node), metadata_node(xmpp::avatar_metadata_node), nick_node(xmpp::nick_node);

struct ProfileFlow : testing::Test {
  Rig rig;
  const xmpp::Avatar face = picture("a face"), other = picture("another face");

  ProfileFlow() { rig.settings.log.level = config::LogLevel::error; }  // a reload takes that on, too

  config::AccountSettings& bot() { return rig.settings.accounts.at(0); }

  std::ptrdiff_t publications_of(const std::string& node) {
    return std::ranges::count(rig.xmpp.published(), node);
  }
  /// The id that is announced in the node of the bot. Nothing: there is no such node.
  std::optional<std::string> announced() {
    const auto node = rig.xmpp.nodes.find({bot_jid, metadata_node});
    if (node == rig.xmpp.nodes.end()) return std::nullopt;
    return xmpp::parse_avatar_metadata(node->second.items.back().second).value();
  }
  /// What the last presence to all said of the photo.
  std::optional<std::string> presence() {
    std::optional<std::string> last;
    for (const Said& each : rig.xmpp.said())
      if (each.stanza.local() == "presence" && !each.stanza.has("to") && !each.stanza.has("type")) last = xmpp::announced_photo(each.stanza);
    return last;
  }
  std::size_t presences() {
    return static_cast<std::size_t>(std::ranges::count_if(rig.xmpp.said(), [](const Said& each) { return each.stanza.local() == "presence"; }));
  }
  std::optional<xmpp::Avatar> in_vcard() {
    const auto vcard = rig.xmpp.vcards.find(bot_jid);
    if (vcard == rig.xmpp.vcards.end()) return std::nullopt;
    return xmpp::parse_vcard_photo(xml::Element("iq", xmpp::ns::client).with(vcard->second)).value();
  }
  void reload() {
    const auto report = rig.await(rig.gateway().reload(rig.settings));
    ASSERT_TRUE(report.problems.empty()) << report.problems[0];
  }
  void until_shown(const xmpp::Avatar& wanted) {
    rig.until("the picture is shown", [&] { return announced() == wanted.id; });
  }
};

TEST_F(ProfileFlow, APictureIsThereBeforeItIsAnnouncedAndEverybodyMayHaveIt) {
  bot().avatar = face;
  rig.start();
  until_shown(face);
  const auto& published = rig.xmpp.published();
  EXPECT_LT(std::ranges::find(published, data_node), std::ranges::find(published, metadata_node));
  const auto& [id, payload] = rig.xmpp.nodes.at({bot_jid, data_node}).items.back();
  EXPECT_EQ(id, face.id);
  EXPECT_EQ(xmpp::parse_avatar_data(payload, id)->bytes, face.bytes);
  for (const std::string& node : {data_node, metadata_node}) EXPECT_EQ(rig.xmpp.nodes.at({bot_jid, node}).access, "open");
}

TEST_F(ProfileFlow, WhatIsShownAlreadyIsNotPublishedAgain) {
  bot().avatar = face;
  bot().nickname = "Ops bot";
  rig.start();
  rig.until("the name is shown", [&] { return publications_of(nick_node) == 1; });
  rig.restart();
  rig.let_pass(50ms);
  rig.restart();
  rig.until("all is read", [&] { return rig.xmpp.unacknowledged() == 0; });
  rig.let_pass(50ms);
  EXPECT_EQ(publications_of(data_node), 1);
  EXPECT_EQ(publications_of(metadata_node), 1);
  EXPECT_EQ(publications_of(nick_node), 1);
}

TEST_F(ProfileFlow, ABotWithoutOneAsksForNothingAndLeavesWhatIsThere) {
  const xmpp::Avatar elsewhere = picture("of another client");
  rig.xmpp.put(bot_jid, metadata_node, elsewhere.id, xmpp::avatar_metadata(&elsewhere));
  rig.start();
  rig.let_pass(50ms);
  EXPECT_THAT(announced(), Optional(elsewhere.id));
  for (const Said& each : rig.xmpp.said()) {
    EXPECT_THAT(each.bytes, testing::Not(testing::HasSubstr("vcard-temp")));
    if (each.stanza.local() == "iq") {
      EXPECT_THAT(each.bytes, testing::Not(testing::HasSubstr("urn:xmpp:avatar")));
    }
  }
}

TEST_F(ProfileFlow, AReloadShowsAnotherOneAndTakesItBack) {
  bot().avatar = face;
  bot().nickname = "Ops bot";
  rig.start();
  until_shown(face);
  rig.until("the name is shown", [&] { return publications_of(nick_node) == 1; });
  bot().avatar = other;
  reload();
  until_shown(other);
  EXPECT_EQ(rig.xmpp.connections(), 1) << "no new stream for that";
  bot().avatar.reset();
  bot().nickname.clear();
  reload();
  rig.until("nothing is shown", [&] { return announced() == std::string() && !rig.xmpp.nodes.contains({bot_jid, nick_node}); });
}

TEST_F(ProfileFlow, WhatAnotherClientPutThereMeanwhileIsNotTakenBack) {
  bot().avatar = face;
  rig.start();
  until_shown(face);
  rig.until("all is read", [&] { return rig.xmpp.unacknowledged() == 0; });
  rig.stop();
  rig.xmpp.put(bot_jid, metadata_node, other.id, xmpp::avatar_metadata(&other));
  bot().avatar.reset();
  rig.start();
  rig.let_pass(100ms);
  EXPECT_THAT(announced(), Optional(other.id));
}

TEST_F(ProfileFlow, OldClientsAndRoomsFindItInTheVcardBesideAllElse) {
  rig.xmpp.vcards.insert_or_assign(bot_jid, xml::Element("vCard", xmpp::ns::vcard).with(xml::text_element("FN", xmpp::ns::vcard, "Bot")));
  bot().avatar = face;
  rig.start();
  rig.until("presence tells of it", [&] { return presence() == face.id; });
  ASSERT_TRUE(in_vcard());
  EXPECT_EQ(in_vcard()->bytes, face.bytes);
  EXPECT_EQ(rig.xmpp.vcards.at(bot_jid).child_text("FN", xmpp::ns::vcard), "Bot");
  bot().avatar.reset();
  reload();
  rig.until("presence tells that it is gone", [&] { return presence() == std::string(); });
  EXPECT_FALSE(in_vcard());
}

TEST_F(ProfileFlow, AServerThatKeepsBothTheSameIsLeftToIt) {
  rig.xmpp.account_features.insert(std::string(xmpp::ns::photo_conversion));
  bot().avatar = face;
  rig.start();
  until_shown(face);
  rig.let_pass(50ms);
  EXPECT_EQ(presences(), 1u);
  EXPECT_EQ(presence(), std::nullopt);
  EXPECT_THAT(rig.xmpp.vcards, IsEmpty());
}

TEST_F(ProfileFlow, AServerThatRefusesItHasABotWithoutAFace) {
  rig.xmpp.interfere = [](const xml::Element& iq) -> std::optional<xml::Element> {
    if (iq.attr("type") != "set" || iq.to_string().find("urn:xmpp:avatar") == std::string::npos) return std::nullopt;
    return error_answer(iq, "auth", "forbidden");
  };
  Contact alice(rig.xmpp, alice_jid, {omemo::Version::legacy});
  bot().avatar = face;
  rig.start();
  alice.say("ping");
  rig.until("alice has an answer", [&] { return alice.times_heard("pong") == 1; });
  EXPECT_EQ(announced(), std::nullopt);
}

}  // namespace
}  // namespace omegate::flow
