// Pictures that people show: found where they are, as plugins see them.
#include <algorithm>

#include "bridge/core/xmpp/avatar.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "test_places.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

namespace ns = xmpp::ns;
using testing::HasSubstr;
using xml::Element;

const std::string room_jid = "team@rooms.example.org";
const std::string data_node(xmpp::avatar_data_node), metadata_node(xmpp::avatar_metadata_node);

xmpp::Avatar picture(const std::string& what) { return xmpp::make_avatar(to_bytes("\x89PNG\r\n\x1a\n" + what)).value(); }

/// As the plugin tells of it.
std::string seen(const xmpp::Avatar& avatar) { return avatar.id + " avatar.png here " + std::to_string(avatar.bytes.size()); }

struct AvatarFlow : testing::Test {
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {omemo::Version::legacy}};
  const xmpp::Avatar face = picture("a face"), other = picture("quite another face");

  AvatarFlow() {
    config::PluginSettings portrait;
    portrait.name = "portrait";
    portrait.path = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/portrait");
    rig.settings.plugins = {portrait};
  }

  void publish(const xmpp::Avatar& avatar) {
    rig.xmpp.put(alice_jid, data_node, avatar.id, xmpp::avatar_data(avatar));
    rig.xmpp.put(alice_jid, metadata_node, avatar.id, xmpp::avatar_metadata(&avatar));
  }
  void put_into_vcard(const std::string& whose, const xmpp::Avatar& avatar) {
    rig.xmpp.vcards.insert_or_assign(whose, xmpp::vcard_with_photo(Element("iq", ns::client), &avatar));
  }
  /// Says it, and what comes back.
  std::string ask(const std::string& text = "look") {
    const std::size_t before = alice.heard().size();
    alice.say(text);
    rig.until("the plugin answers", [&] { return alice.heard().size() > before; });
    return alice.heard().back();
  }
  long requests(const std::string& about) {
    return std::ranges::count_if(rig.xmpp.said(), [&](const Said& each) {
      return each.stanza.local() == "iq" && each.stanza.attr("type") == "get" && each.bytes.find(about) != std::string::npos;
    });
  }
  static Element announcement(const std::string& from, const std::string& id) {
    Element presence("presence", ns::client);
    presence.set("from", from).set("to", bot_jid + "/x");
    presence.add(xmpp::photo_update(id));
    return presence;
  }
  void until_read() {
    rig.until("all is read", [&] { return rig.xmpp.unacknowledged() == 0; });
  }
};

TEST_F(AvatarFlow, APublishedPictureIsFetchedOnceAndKnownByItsHash) {
  publish(face);
  rig.start();
  EXPECT_EQ(ask(), seen(face));
  EXPECT_EQ(ask(), "still " + face.id);
  EXPECT_EQ(ask(), "still " + face.id);
  EXPECT_EQ(requests(data_node), 1);
  EXPECT_EQ(requests(metadata_node), 1);
  EXPECT_EQ(requests("vcard-temp"), 0);
}

TEST_F(AvatarFlow, AnotherPictureIsNoticedWhenItIsAnnounced) {
  publish(face);
  rig.start();
  EXPECT_EQ(ask(), seen(face));
  publish(other);
  EXPECT_EQ(ask(), "still " + face.id) << "nobody said so";
  rig.xmpp.push(alice_jid, metadata_node);
  until_read();
  EXPECT_EQ(ask(), seen(other));
  EXPECT_EQ(requests(metadata_node), 1);
  rig.xmpp.put(alice_jid, metadata_node, "none", xmpp::avatar_metadata(nullptr));
  rig.xmpp.push(alice_jid, metadata_node);
  until_read();
  EXPECT_EQ(ask(), "none");
}

TEST_F(AvatarFlow, WhoHasAVcardOnlyAnnouncesItInPresences) {
  put_into_vcard(alice_jid, face);
  rig.start();
  rig.xmpp.send(announcement(alice_jid + "/phone", face.id));
  until_read();
  EXPECT_EQ(ask(), seen(face));
  EXPECT_EQ(requests(metadata_node), 0);
  EXPECT_EQ(requests("vcard-temp"), 1);
  put_into_vcard(alice_jid, other);
  rig.xmpp.send(announcement(alice_jid + "/phone", other.id));
  rig.xmpp.send(announcement("mallory@example.com/x", face.id));
  until_read();
  EXPECT_EQ(ask(), seen(other));
  rig.xmpp.send(announcement(alice_jid + "/phone", ""));
  until_read();
  EXPECT_EQ(ask(), "none");
}

TEST_F(AvatarFlow, WhoShowsNothingIsNotAskedAgainAndAgain) {
  rig.start();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(), "none");
  EXPECT_EQ(requests("vcard-temp"), 1);
}

TEST_F(AvatarFlow, WhatIsNotThePictureThatWasAnnouncedIsNone) {
  publish(face);
  rig.xmpp.put(alice_jid, data_node, face.id, xmpp::avatar_data(other));
  rig.start();
  EXPECT_EQ(ask(), "none");
  const xmpp::Avatar bad{std::string(40, 'a'), "image/png", to_bytes("<svg onload='alert(1)'/>")};
  rig.xmpp.put(alice_jid, data_node, bad.id, xmpp::avatar_data(bad));
  rig.xmpp.put(alice_jid, metadata_node, bad.id, xmpp::avatar_metadata(&bad));
  rig.xmpp.push(alice_jid, metadata_node);
  until_read();
  EXPECT_EQ(ask(), "none");
}

TEST_F(AvatarFlow, AServerThatDoesNotAnswerIsNoPictureThatIsGone) {
  rig.xmpp.interfere = [](const Element& iq) -> std::optional<Element> {
    const bool about_pictures = xmpp::payload(iq) != nullptr && iq.to_string().find("vcard-temp") != std::string::npos;
    if (!about_pictures) return std::nullopt;
    return error_answer(iq, "wait", "remote-server-timeout");
  };
  rig.start();
  EXPECT_THAT(ask(), HasSubstr("unknown: whoever has it does not answer"));
  EXPECT_THAT(ask(), HasSubstr("unknown: whoever has it does not answer"));
  EXPECT_EQ(requests("vcard-temp"), 1);
}

TEST_F(AvatarFlow, NobodyIsAskedWhomTheAccountDoesNotHear) {
  rig.start();
  EXPECT_THAT(ask("of mallory@example.com"), HasSubstr("unknown: the account does not hear mallory@example.com"));
  EXPECT_THAT(ask("of rooms.example.org"), HasSubstr("is no bare JID"));
  EXPECT_THAT(ask("of alice@example.net/phone"), HasSubstr("is no bare JID"));
  for (const Said& each : rig.xmpp.said()) EXPECT_NE(each.stanza.attr("to"), "mallory@example.com");
}

// --- rooms

struct AvatarRoomFlow : AvatarFlow {
  AvatarRoomFlow() {
    rig.settings.accounts[0].rooms.push_back({room_jid, "bot", true});
    rig.xmpp.interfere = [this](const Element& iq) { return answer(iq); };
  }

  std::optional<Element> answer(const Element& iq) const {
    if (iq.attr("to") != room_jid) return std::nullopt;
    const Element& what = *xmpp::payload(iq);
    Element answered("iq", ns::client);
    answered.set("type", "result").set("id", iq.attr("id").value_or("")).set("from", room_jid);
    if (what.is("query", ns::disco_info)) {
      Element info("query", ns::disco_info);
      for (const char* const feature : {"muc_membersonly", "muc_nonanonymous"}) info.add(Element("feature", ns::disco_info).set("var", feature));
      return std::move(answered).with(std::move(info));
    }
    if (what.is("query", ns::muc_admin)) {
      const std::string wanted(what.child("item", ns::muc_admin)->attr("affiliation").value_or(""));
      Element list("query", ns::muc_admin);
      if (wanted == "owner") list.add(Element("item", ns::muc_admin).set("jid", alice_jid).set("affiliation", "owner"));
      return std::move(answered).with(std::move(list));
    }
    return std::nullopt;
  }
  Element occupant(const std::string& nick, const std::string& jid, bool self) {
    Element user("x", ns::muc_user);
    user.add(Element("item", ns::muc_user).set("affiliation", "owner").set("role", "moderator").set("jid", jid + "/x"));
    if (self) user.add(Element("status", ns::muc_user).set("code", "110"));
    Element presence("presence", ns::client);
    presence.set("from", room_jid + "/" + nick).set("to", bot_jid + "/x");
    return std::move(presence).with(std::move(user));
  }
  /// Presences of the bot to its place in the room, and what they say of its photo.
  std::vector<std::optional<std::string>> presences() {
    std::vector<std::optional<std::string>> found;
    for (const Said& each : rig.xmpp.said())
      if (each.stanza.local() == "presence" && each.stanza.attr("to") == room_jid + "/bot") found.push_back(xmpp::announced_photo(each.stanza));
    return found;
  }
  void let_in(const xmpp::Avatar& of_alice) {
    rig.until("the bot comes", [&] { return !presences().empty(); });
    Element presence = occupant("Alice", alice_jid, false);
    presence.add(xmpp::photo_update(of_alice.id));
    rig.xmpp.send(std::move(presence));
    rig.xmpp.send(occupant("bot", bot_jid, true));
    rig.until("the bot knows the room", [&] {
      return rig.ask("room.list", {}).at("rooms").as_array().at(0).at("obstacle").as_string().empty();
    });
  }
  void say_in_room(const std::string& text) {
    Element message = alice.encrypt(text);
    message.set("type", "groupchat").set("from", room_jid + "/Alice").set("to", bot_jid + "/x");
    rig.xmpp.send(std::move(message));
  }
};

TEST_F(AvatarRoomFlow, SomebodyInARoomShowsWhatTheRoomShows) {
  put_into_vcard(room_jid + "/Alice", face);
  put_into_vcard(alice_jid, other);
  rig.start();
  EXPECT_EQ(ask(), seen(other));
  let_in(face);
  const std::size_t before = alice.heard().size();
  say_in_room("look");
  rig.until("the plugin answers", [&] { return alice.heard().size() > before; });
  EXPECT_EQ(alice.heard().back(), seen(face));
  const auto asked_there = std::ranges::count_if(rig.xmpp.said(), [](const Said& each) {
    return each.stanza.local() == "iq" && each.stanza.attr("to") == room_jid + "/Alice" && each.bytes.find("vcard-temp") != std::string::npos;
  });
  EXPECT_EQ(asked_there, 1);
}

TEST_F(AvatarRoomFlow, TheBotShowsItsPictureThereAsSoonAsItHasOne) {
  rig.settings.log.level = config::LogLevel::error;
  rig.start();
  let_in(face);
  rig.settings.accounts[0].avatar = other;
  const auto report = rig.await(rig.gateway().reload(rig.settings));
  ASSERT_TRUE(report.problems.empty()) << report.problems[0];
  rig.until("the room is told", [&] { return presences().back() == other.id; });
  ASSERT_EQ(presences().size(), 2u);
  EXPECT_EQ(presences().front(), std::nullopt);
}

}  // namespace
}  // namespace omegate::flow
