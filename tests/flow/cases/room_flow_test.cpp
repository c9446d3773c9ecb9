// A room, scripted: its history that cannot be read at first, messages that its moderators take back, and the bot as one of them.
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/rooms/moderating.hpp"
#include "test_places.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

namespace ns = xmpp::ns;
using omemo::Version;
using testing::IsEmpty;
using xml::Element;

const std::string room_jid = "team@rooms.example.org";

struct RoomFlow : testing::Test {
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::legacy}};
  int history_queries = 0, refused_queries = 0;  // of the room's archive; refused: as many as that
  bool is_public = false;
  std::vector<Element> archive;                  // results without their query's id
  std::string moderation{ns::moderation};        // what the room announces; empty: it moderates nothing
  std::vector<Element> asked;                    // to take something back
  std::pair<std::string, std::string> refusal;   // type and condition of the error that it answers with; empty: none
  long comings = 0;                              // of the bot, as far as they were let in

  RoomFlow() {
    rig.settings.accounts[0].rooms.push_back({room_jid, "bot", true});
    config::PluginSettings gatekeeper;
    gatekeeper.name = "gatekeeper";
    gatekeeper.path = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/gatekeeper");
    rig.settings.plugins.push_back(gatekeeper);
    rig.pace.archive_retry = 20ms;
    rig.xmpp.interfere = [this](const Element& iq) { return answer(iq); };
  }

  std::optional<Element> answer(const Element& iq) {
    if (iq.attr("to") != room_jid) return std::nullopt;
    const Element& what = *xmpp::payload(iq);
    if (what.is("query", ns::disco_info)) {
      Element info("query", ns::disco_info);
      for (const std::string feature : {is_public ? "muc_open" : "muc_membersonly", "muc_nonanonymous", "urn:xmpp:mam:2"})
        info.add(Element("feature", ns::disco_info).set("var", feature));
      if (!moderation.empty()) info.add(Element("feature", ns::disco_info).set("var", moderation));
      return answered(iq, std::move(info));
    }
    if (what.is("query", ns::muc_admin)) {
      const std::string wanted(what.child("item", ns::muc_admin)->attr("affiliation").value_or(""));
      Element list("query", ns::muc_admin);
      for (const auto& [jid, affiliation] : {std::pair(alice_jid, "owner"), std::pair(bot_jid, "member")})
        if (wanted == affiliation) list.add(Element("item", ns::muc_admin).set("jid", jid).set("affiliation", affiliation));
      return answered(iq, std::move(list));
    }
    if (what.local() == "moderate" || what.local() == "apply-to") {
      asked.push_back(what);
      if (!refusal.second.empty()) return error_answer(iq, refusal.first, refusal.second);
      Element done("iq", ns::client);
      done.set("type", "result").set("id", iq.attr("id").value_or("")).set("from", room_jid);
      return done;
    }
    if (what.is("query", ns::archive)) return history(iq, std::string(what.attr("queryid").value_or("")));
    return std::nullopt;
  }
  std::optional<Element> history(const Element& iq, const std::string& query) {
    ++history_queries;
    if (refused_queries > 0) return --refused_queries, error_answer(iq, "wait", "internal-server-error");
    for (Element result : std::exchange(archive, {})) {
      result.set("queryid", query);
      rig.xmpp.send(Element("message", ns::client).set("from", room_jid).set("to", bot_jid + "/x").with(std::move(result)));
    }
    return answered(iq, Element("fin", ns::archive).set("complete", "true"));
  }
  static Element answered(const Element& iq, Element payload) {
    Element answer("iq", ns::client);
    answer.set("type", "result").set("id", iq.attr("id").value_or("")).set("from", iq.attr("to").value_or(""));
    return std::move(answer).with(std::move(payload));
  }

  /// Who is in it says so when the bot comes.
  void let_in() {
    const auto came = [&] {
      return std::ranges::count_if(rig.xmpp.said(), [](const Said& each) {
        return each.stanza.local() == "presence" && each.stanza.attr("to") == room_jid + "/bot";
      });
    };
    rig.until("the bot comes", [&] { return came() > comings; });
    comings = came();
    occupant("alice", alice_jid, "owner", false);
    occupant("bot", bot_jid, "member", true);
    rig.until("the bot knows the room", [&] { return is_open(); });
  }
  bool is_open() {
    const auto rooms = rig.ask("room.list", {}).at("rooms").as_array();
    return rooms.at(0).at("obstacle").as_string().empty();
  }
  void occupant(const std::string& nick, const std::string& jid, const std::string& affiliation, bool self) {
    Element user("x", ns::muc_user);
    user.add(Element("item", ns::muc_user).set("affiliation", affiliation).set("role", "moderator").set("jid", jid + "/x"));
    if (self) user.add(Element("status", ns::muc_user).set("code", "110"));
    Element presence("presence", ns::client);
    presence.set("from", room_jid + "/" + nick).set("to", bot_jid + "/x");
    rig.xmpp.send(std::move(presence).with(std::move(user)));
  }
  /// What alice says in the room: the stanza that the room sends, under its number.
  Element said_in_room(const std::string& text, const std::string& number) {
    Element message = alice.encrypt(text);
    message.set("type", "groupchat").set("from", room_jid + "/alice").set("to", bot_jid + "/x");
    message.add(Element("stanza-id", ns::stanza_ids).set("by", room_jid).set("id", number));
    return message;
  }
  Element moderated(const std::string& from, const std::string& number) {
    Element retract("retract", ns::retraction);
    retract.set("id", number);
    retract.add(Element("moderated", ns::moderation).set("by", room_jid + "/alice"));
    Element reason("reason", ns::retraction);
    reason.add_text("spam");
    retract.add(std::move(reason));
    Element message("message", ns::client);
    message.set("type", "groupchat").set("from", from).set("to", bot_jid + "/x").set("id", "m-" + number);
    return std::move(message).with(std::move(retract));
  }
  std::vector<std::string> told() const {
    std::vector<std::string> found;
    for (const std::string& text : alice.heard())
      if (text.starts_with("taken back")) found.push_back(text);
    return found;
  }
  /// The room says that its settings are others.
  void settings_change() {
    Element user("x", ns::muc_user);
    user.add(Element("status", ns::muc_user).set("code", "104"));
    Element message("message", ns::client);
    message.set("type", "groupchat").set("from", room_jid).set("to", bot_jid + "/x");
    rig.xmpp.send(std::move(message).with(std::move(user)));
  }
  long typed() {
    const auto messages = rig.xmpp.messages_to(room_jid);
    return std::ranges::count_if(messages, [](const Element& each) { return each.child("composing", ns::chat_states) != nullptr; });
  }
  std::size_t said_by_bot() { return rig.xmpp.messages_to(room_jid).size(); }
};

TEST_F(RoomFlow, HistoryThatCouldNotBeReadIsReadLater) {
  rig.start();
  alice.say("ping");
  rig.until("they know each other", [&] { return alice.times_heard("pong") == 1; });
  refused_queries = 4;
  let_in();
  rig.until("it was refused twice", [&] { return refused_queries <= 2; });
  Element inner = said_in_room("ping", "r1");
  Element user("x", ns::muc_user);
  user.add(Element("item", ns::muc_user).set("jid", alice_jid + "/x").set("affiliation", "owner"));
  inner.add(std::move(user));
  Element forwarded("forwarded", "urn:xmpp:forward:0");
  forwarded.add(Element("delay", ns::delay).set("stamp", "2026-03-01T11:59:00Z"));
  forwarded.add(std::move(inner));
  archive.push_back(Element("result", ns::archive).set("id", "r1").with(std::move(forwarded)));
  rig.until("what was said in it is answered", [&] { return said_by_bot() == 1; });
  EXPECT_EQ(refused_queries, 0);
  const int queries = history_queries;
  rig.let_pass(200ms);
  EXPECT_EQ(history_queries, queries) << "what was read is not asked for again";
}

TEST_F(RoomFlow, NobodyIsToldWhoTypesInARoomThatHasBecomePublic) {
  rig.start();
  alice.say("ping");
  rig.until("they know each other", [&] { return alice.times_heard("pong") == 1; });
  let_in();
  alice.say("type");
  rig.until("the bot types", [&] { return typed() == 1; });
  rig.let_pass(gateway::passing_pause + 100ms);
  is_public = true;
  settings_change();
  rig.until("the bot knows it", [&] { return !is_open(); });
  alice.say("type");
  rig.until("the plugin wanted it", [&] { return alice.times_heard("typed") == 2; });
  rig.let_pass(gateway::passing_pause + 200ms);
  EXPECT_EQ(typed(), 1);
}

TEST_F(RoomFlow, WhatModeratorsTakeBackIsToldOnceWithWhoAndWhy) {
  rig.start();
  alice.say("ping");
  rig.until("they know each other", [&] { return alice.times_heard("pong") == 1; });
  let_in();
  rig.xmpp.send(said_in_room("hello everybody", "r1"));
  const std::string id = alice.party().last_id();
  rig.xmpp.send(moderated(room_jid + "/alice", "r1"));  // an occupant claims it
  rig.xmpp.send(moderated(room_jid, "r2"));             // nobody knows that message
  rig.xmpp.send(moderated(room_jid, "r1"));
  rig.xmpp.send(moderated(room_jid, "r1"));
  rig.until("it is told", [&] { return !told().empty(); });
  alice.say("ping");
  rig.until("all is quiet", [&] { return alice.times_heard("pong") == 2; });
  EXPECT_THAT(told(), testing::ElementsAre("taken back: " + id + " by alice for spam, unencrypted"));
}

TEST_F(RoomFlow, AnotherRoomTakesBackNothingOfThisOne) {
  rig.start();
  alice.say("ping");
  rig.until("they know each other", [&] { return alice.times_heard("pong") == 1; });
  let_in();
  rig.xmpp.send(said_in_room("hello everybody", "r1"));
  rig.xmpp.send(moderated("other@rooms.example.org", "r1"));
  rig.xmpp.send(moderated(alice_jid, "r1"));
  alice.say("ping");
  rig.until("all is quiet", [&] { return alice.times_heard("pong") == 2; });
  EXPECT_THAT(told(), IsEmpty());
}

/// A device of alice's that somebody trusts after the bot has spoken in the room.
struct LateFlow : RoomFlow {
  std::unique_ptr<Contact> laptop;

  void begin() {
    rig.settings.accounts[0].redeliver = config::RedeliverySettings{24h, 3};
    rig.start();
    alice.say("ping");
    rig.until("they know each other", [&] { return alice.times_heard("pong") == 1; });
    let_in();
    rig.ask("send", {{"to", room_jid}, {"text", "hello team"}});
    rig.until_state(MessageState::sent);
  }
  void trust_a_laptop() {
    laptop = std::make_unique<Contact>(rig.xmpp, alice_jid, std::vector{Version::legacy});
    rig.xmpp.push(alice_jid, xmpp::device_list_node(Version::legacy));
    const std::string key = omemo::fingerprint(laptop->key(), omemo::FingerprintStyle::plain);
    rig.until("its key is known", [&] {
      const auto answer = rig.ask("trust.list", {{"jid", alice_jid}});
      const auto& keys = answer.at("keys").as_array();
      return std::ranges::any_of(keys, [&](const json::value& each) { return each.at("fingerprint").as_string() == key; });
    });
    rig.ask("trust.approve", {{"jid", alice_jid}, {"which", key}, {"level", "trusted"}});
  }
};

TEST_F(LateFlow, HearsItFromTheBotAloneAndTheRoomSeesNothingOfThat) {
  begin();
  const std::size_t before = said_by_bot();
  trust_a_laptop();
  rig.until("the laptop reads both", [&] { return laptop->heard().size() == 2; });
  EXPECT_THAT(laptop->heard(), testing::UnorderedElementsAre(testing::EndsWith("Z) pong"), testing::EndsWith(" in " + room_jid + ") hello team")));
  EXPECT_THAT(laptop->heard(), testing::Each(testing::StartsWith("(again, from 20")));
  EXPECT_EQ(said_by_bot(), before);
  EXPECT_THAT(alice.unreadable(), IsEmpty());
}

TEST_F(LateFlow, OfSomebodyWhoHasLeftHearsNothingOfTheRoom) {
  begin();
  Element user("x", ns::muc_user);
  user.add(Element("item", ns::muc_user).set("affiliation", "none").set("role", "none").set("jid", alice_jid + "/x"));
  Element presence("presence", ns::client);
  presence.set("type", "unavailable").set("from", room_jid + "/alice").set("to", bot_jid + "/x");
  rig.xmpp.send(std::move(presence).with(std::move(user)));
  rig.until("the bot knows it", [&] { return rig.ask("room.list", {}).at("rooms").at(0).at("people").as_array().empty(); });
  trust_a_laptop();
  rig.ask("send", {{"to", alice_jid}, {"text", "between us"}});
  rig.until("the laptop reads what was said to alice alone, then and now", [&] { return laptop->heard().size() == 2; });
  EXPECT_THAT(laptop->heard(), testing::UnorderedElementsAre(testing::EndsWith("Z) pong"), "between us")) << "and nothing of the room";
}

struct ModeratorFlow : RoomFlow {
  void begin() {
    rig.start();
    alice.say("ping");
    rig.until("they know each other", [&] { return alice.times_heard("pong") == 1; });
    let_in();
  }
  std::size_t waiting() {
    const store::AccountId account = rig.self().account;
    return rig.store().run([&](store::Tables& tables) { return gateway::wanted_moderations(tables, account).size(); });
  }
  static std::string number_in(const Element& request) { return std::string(request.attr("id").value_or("")); }
  std::string complaint_of(const json::object& args) {
    try {
      rig.ask("room.moderate", args);
    } catch (const std::exception& refused) {
      return refused.what();
    }
    return "";
  }
};

TEST_F(ModeratorFlow, AnAdvertIsTakenOutUnderTheRoomsNumberAndNoWordOfItGoesOut) {
  begin();
  rig.xmpp.send(said_in_room("an advert for marmalade", "r7"));
  rig.until("the room is asked", [&] { return asked.size() == 1; });
  EXPECT_TRUE(asked[0].is("moderate", ns::moderation));
  EXPECT_EQ(number_in(asked[0]), "r7");
  EXPECT_NE(asked[0].child("retract", ns::retraction), nullptr);
  EXPECT_EQ(asked[0].child_text("reason", ns::moderation), "advertising");
  for (const Said& said : rig.xmpp.said()) EXPECT_THAT(said.bytes, testing::Not(testing::HasSubstr("marmalade")));
  rig.xmpp.send(moderated(room_jid, "r7"));
  rig.until("the plugin hears that it is done", [&] { return told().size() == 1; });
}

TEST_F(ModeratorFlow, AServerOfTheOlderVersionIsAskedInIt) {
  moderation = ns::moderation_0;
  begin();
  rig.xmpp.send(said_in_room("an advert", "r7"));
  rig.until("the room is asked", [&] { return asked.size() == 1; });
  EXPECT_TRUE(asked[0].is("apply-to", ns::fasten));
  EXPECT_EQ(number_in(asked[0]), "r7");
  const Element* moderate = asked[0].child("moderate", ns::moderation_0);
  ASSERT_NE(moderate, nullptr);
  EXPECT_NE(moderate->child("retract", ns::retraction_0), nullptr);
}

TEST_F(ModeratorFlow, WhatTheRoomCouldNotDoIsAskedAgainAfterARestartAndThenNotAnyMore) {
  begin();
  refusal = {"wait", "resource-constraint"};
  rig.xmpp.send(said_in_room("an advert", "r7"));
  rig.until("the room is asked", [&] { return asked.size() == 1; });
  refusal = {};
  rig.restart();
  let_in();
  rig.until("it is asked again", [&] { return asked.size() == 2 && waiting() == 0; });
  EXPECT_EQ(number_in(asked[1]), "r7");
  EXPECT_EQ(asked[1].child_text("reason", ns::moderation), "advertising");
  rig.restart();
  let_in();
  alice.say("ping");
  rig.until("all is quiet", [&] { return alice.times_heard("pong") == 2; });
  EXPECT_EQ(asked.size(), 2u);
}

TEST_F(ModeratorFlow, ABotThatIsNoModeratorAsksOnce) {
  begin();
  refusal = {"auth", "forbidden"};
  rig.xmpp.send(said_in_room("an advert", "r7"));
  rig.until("the room is asked", [&] { return asked.size() == 1 && waiting() == 0; });
  rig.restart();
  let_in();
  alice.say("ping");
  rig.until("all is quiet", [&] { return alice.times_heard("pong") == 2; });
  EXPECT_EQ(asked.size(), 1u) << "who may not is not asking again and again";
}

TEST_F(ModeratorFlow, AnOperatorIsToldWhyNotAndWhatToDo) {
  begin();
  rig.xmpp.send(said_in_room("hello everybody", "r1"));
  const std::string id = alice.party().last_id();
  alice.say("ping");
  rig.until("it is read", [&] { return alice.times_heard("pong") == 2; });
  const auto answer = rig.ask("room.moderate", {{"room", room_jid}, {"message", id}, {"reason", "off topic"}});
  EXPECT_TRUE(answer.at("moderated").as_bool());
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(number_in(asked[0]), "r1") << "its writer's id is not the room's";
  refusal = {"auth", "forbidden"};
  EXPECT_THAT(complaint_of({{"room", room_jid}, {"message", "r1"}}), testing::HasSubstr("make it one"));
  refusal = {"cancel", "item-not-found"};
  EXPECT_THAT(complaint_of({{"room", room_jid}, {"message", "r99"}}), testing::HasSubstr("no such message"));
  EXPECT_EQ(number_in(asked.back()), "r99") << "what we do not know the room may";
  EXPECT_THAT(complaint_of({{"room", "hall@rooms.example.org"}, {"message", "r1"}}), testing::HasSubstr("in no room"));
  moderation.clear();
  settings_change();
  rig.until("the bot looks again", [&] { return testing::Matches(testing::HasSubstr("XEP-0425"))(complaint_of({{"room", room_jid}, {"message", "r1"}})); });
  const std::size_t before = asked.size();
  EXPECT_THAT(complaint_of({{"room", room_jid}, {"message", "r1"}}), testing::HasSubstr("takes no messages back"));
  EXPECT_EQ(asked.size(), before) << "what cannot is not asked for";
}

}  // namespace
}  // namespace omegate::flow
