// Messages about messages: from a contact to a plugin, from a plugin or an operator to a contact.
#include "bridge/gateway/limits.hpp"
#include "tests/flow/world/rig.hpp"
#include "test_places.hpp"

namespace omegate::flow {
namespace {

using gateway::Bearing;
using gateway::Outgoing;
using omemo::Version;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Outgoing about(Bearing bearing, std::string text = {}, std::vector<std::string> reactions = {},
               std::string quote = {}) {
  Outgoing content{std::move(text), {}, "test"};
  content.bearing = bearing;
  content.reactions = std::move(reactions);
  content.quote = std::move(quote);
  return content;
}

class Annotations : public testing::TestWithParam<Version> {
 protected:
  Annotations() {
    config::PluginSettings talker;
    talker.name = "talker";
    talker.path = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/talker");
    rig.settings.plugins.push_back(talker);
    rig.start();
  }
  void until_heard(const std::string& text) {
    rig.until("alice hears '" + text + "'", [&] { return alice.times_heard(text) == 1; });
  }
  void until_news(const std::string& line) {
    rig.until("alice is told '" + line + "'", [&] {
      return std::find(alice.news().begin(), alice.news().end(), line) != alice.news().end();
    });
  }
  void until_put_off() {
    rig.until("it was put off", [&] {
      const auto rows = rig.inbox();
      return rows.size() == 1 && rows[0].event.attempts == 0 && rows[0].due && *rows[0].due > rig.now.load();
    });
  }
  long said_with(const std::string& part) {
    return std::ranges::count_if(rig.xmpp.said(), [&](const Said& said) { return said.bytes.find(part) != std::string::npos; });
  }
  json::value send(json::object more) {
    json::object args{{"to", alice_jid}};
    for (auto& [name, value] : more) args[name] = value;
    return rig.ask("send", args);
  }

  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(Versions, Annotations, testing::Values(Version::legacy, Version::omemo2),
                         [](const auto& version) { return std::string(omemo::name(version.param)); });

TEST_P(Annotations, APluginHearsWhatAContactChangesAndTakesBack) {
  const std::string id = alice.say("hello");
  alice.say_about(true, id, about(Bearing::correction, "hallo"));
  until_heard("edit " + id + " tofu: hallo");
  alice.say_about(true, id, about(Bearing::retraction));
  until_heard("retract " + id + " tofu");
}

TEST_P(Annotations, AMessageOfAPluginIsChangedInPlaceAndTakenBack) {
  alice.say("alert disk 90%");
  until_heard("disk 90%");
  const std::string id = alice.last_heard_id();
  alice.say("alert disk 95%");
  until_news("edit " + id + ": disk 95%");
  alice.say("again disk 99%");
  until_news("edit " + id + ": disk 99%");
  alice.say("gone");
  until_news("retract " + id);
  alice.say("alert disk 10%");
  until_heard("disk 10%");
  EXPECT_EQ(alice.bodies_in_the_clear(), 0);
}

TEST_P(Annotations, ATextThatChangesBeforeItGoesOutGoesOutOnce) {
  alice.say("twice now");
  until_heard("now");
  EXPECT_EQ(alice.times_heard("not yet"), 0u);
}

TEST_P(Annotations, APluginReactsAndAnswers) {
  const std::string id = alice.say("like cheese");
  until_heard("I like cheese");
  until_news("reply " + id + ": I like cheese");
  if (GetParam() == Version::omemo2) {
    until_news("reaction " + id + " 👍");
  } else {
    until_news("reply " + id + ": 👍");  // as an encrypted answer
  }
  for (const Said& said : rig.xmpp.said()) EXPECT_THAT(said.bytes, Not(HasSubstr("👍")));
}

TEST_P(Annotations, AnOperatorsMessageIsChangedByItsName) {
  send({{"text", "backup runs"}, {"name", "backup"}, {"wait", "sent"}});
  until_heard("backup runs");
  const std::string id = alice.last_heard_id();
  send({{"text", "backup done"}, {"edit", "backup"}, {"wait", "sent"}});
  until_news("edit " + id + ": backup done");
  send({{"text", "well done"}, {"reply", "backup"}});
  until_news("reply " + id + ": well done");
  send({{"retract", "backup"}});
  until_news("retract " + id);
  EXPECT_THROW(send({{"text", "again"}, {"edit", "backup"}}), gateway::OperatorError);
}

TEST_P(Annotations, AMessageThatIsHeldIsChangedWhereItWaits) {
  rig.ask("trust.policy", {{"jid", alice_jid}, {"policy", "manual"}});
  send({{"text", "old"}, {"update", "state"}});
  rig.until_state(MessageState::held);
  const auto changed = send({{"text", "new"}, {"update", "state"}});
  EXPECT_TRUE(changed.at("changed").as_bool());
  EXPECT_EQ(rig.outbox().size(), 1u);
  rig.ask("trust.approve", {{"jid", alice_jid}, {"which", "all"}, {"level", "trusted"}});
  until_heard("new");
  EXPECT_EQ(alice.times_heard("old"), 0u);
}

TEST_P(Annotations, AWebhookChangesItsOwnEarlierMessage) {
  const auto post = [&](const std::string& text, const std::string& key) {
    return rig.http("POST", "/hooks/alerts?key=" + key,
                    "Authorization: Bearer " + hook_token + "\r\nContent-Type: text/plain\r\n", text);
  };
  EXPECT_EQ(post("nas: running", "nas").status, 202u);
  until_heard("nas: running");
  const std::string id = alice.last_heard_id();
  EXPECT_EQ(post("web: running", "web").status, 202u);
  until_heard("web: running");
  EXPECT_EQ(post("nas: done", "nas").status, 202u);
  until_news("edit " + id + ": nas: done");
}

TEST_P(Annotations, APluginTypesAndHasRead) {
  alice.say("alert fire");
  until_heard("fire");
  const std::string id = alice.say("work");
  if (GetParam() == Version::omemo2) {
    until_news("typing");
    until_news("marker " + id);
    for (const Said& said : rig.xmpp.said())
      EXPECT_THAT(said.bytes, AllOf(Not(HasSubstr("composing")), Not(HasSubstr("<displayed"))));
  } else {
    rig.until("it is said as clients of that version say it", [&] { return said_with("<composing") == 1 && said_with("<displayed") == 1; });
  }
  EXPECT_EQ(alice.bodies_in_the_clear(), 0);
}

TEST_P(Annotations, WhoTypedAMinuteAgoIsNotTypingAnyMore) {
  alice.say("alert fire");
  until_heard("fire");
  const std::string id = alice.say("slowly");
  until_put_off();
  rig.advance(61s);
  if (GetParam() == Version::omemo2) {
    until_news("marker " + id);
    EXPECT_THAT(alice.news(), Not(Contains("typing")));
  } else {
    rig.until("she hears that it was read", [&] { return said_with("<displayed") == 1; });
    EXPECT_EQ(said_with("<composing"), 0);
  }
}

TEST_P(Annotations, WhoStoppedTypingAMinuteAgoHasStoppedAllTheSame) {
  alice.say("alert fire");
  until_heard("fire");
  alice.say("stops");
  until_put_off();
  rig.advance(61s);
  if (GetParam() == Version::omemo2) until_news("typing");
  else rig.until("she hears that it has ended", [&] { return said_with("<active") == 1; });
}

TEST(AnnotationsLegacy, NobodyIsToldWhatWasReadWhoDoesNotAsk) {
  Rig rig;
  config::PluginSettings talker;
  talker.name = "talker";
  talker.path = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/talker");
  rig.settings.plugins.push_back(talker);
  rig.start();
  Contact alice(rig.xmpp, alice_jid, {Version::legacy});
  const auto said_with = [&](const std::string& part) {
    return std::ranges::count_if(rig.xmpp.said(), [&](const Said& said) { return said.bytes.find(part) != std::string::npos; });
  };
  alice.say("alert fire");
  rig.until("alice hears it", [&] { return alice.times_heard("fire") == 1; });
  xml::Element work = alice.encrypt("work"), silent("message", "jabber:client");
  silent.set("id", std::string(work.attr("id").value())).set("type", "chat");
  for (const xml::Element& child : work.children())
    if (!child.is("markable", "urn:xmpp:chat-markers:0")) silent.add(child);
  rig.xmpp.deliver(alice.full_jid(), silent);
  rig.until("the bot types", [&] { return said_with("<composing") == 1; });
  rig.let_pass(gateway::passing_pause + 200ms);
  EXPECT_EQ(said_with("<displayed"), 0);
}

TEST_P(Annotations, WhatIsOfNowIsGoneWhereTheBotWasAway) {
  alice.say("alert fire");
  until_heard("fire");
  alice.say("slowly");
  until_put_off();
  rig.xmpp.away = true;
  rig.xmpp.cut();
  rig.until("the bot is gone", [&] { return !rig.xmpp.online(); });
  rig.advance(61s);
  rig.until("the plugin has said it", [&] { return rig.inbox().empty(); });
  rig.let_pass(20ms);
  rig.xmpp.away = false;
  rig.until("the bot is back", [&] { return rig.xmpp.online(); });
  alice.say("like cheese");
  until_heard("I like cheese");
  rig.let_pass(gateway::passing_pause + 200ms);
  EXPECT_EQ(said_with("<displayed"), 0);
  EXPECT_THAT(alice.news(), Not(Contains(testing::StartsWith("marker"))));
}

// case 63, 64
TEST_P(Annotations, WhatIsSaidInTheClearIsNobodysWord) {
  alice.say("alert fire");
  until_heard("fire");
  const std::string id = alice.last_heard_id();
  const auto in_the_clear = [&](const std::string& children) {
    rig.xmpp.deliver(
        alice.full_jid(),
        xml::parse_document("<message xmlns='jabber:client' type='chat' id='c'>" + children + "</message>",
                            xml::Limits{})
            .value());
  };
  in_the_clear("<reactions xmlns='urn:xmpp:reactions:0' id='" + id + "'><reaction>🔕</reaction></reactions>");
  until_heard("reaction alert undecided +🔕 -");
  in_the_clear("<displayed xmlns='urn:xmpp:chat-markers:0' id='" + id + "'/>");
  until_heard("marker alert undecided displayed");
  in_the_clear("<composing xmlns='http://jabber.org/protocol/chatstates'/>");
  until_heard("typing nothing undecided");
  EXPECT_THAT(alice.news(), Not(Contains(HasSubstr("silenced")))) << "a forged reaction silences nothing";
}

TEST(AnnotationsOmemo2, AnEncryptedReactionDoesWhatItIsFor) {
  Rig rig;
  config::PluginSettings talker;
  talker.name = "talker";
  talker.path = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/talker");
  rig.settings.plugins.push_back(talker);
  rig.start();
  Contact alice(rig.xmpp, alice_jid, {Version::omemo2});
  alice.say("alert fire");
  rig.until("alice hears it", [&] { return alice.times_heard("fire") == 1; });
  const std::string id = alice.last_heard_id();
  alice.say_about(false, id, about(Bearing::reaction, {}, {"🔕"}));
  rig.until("it is silenced", [&] {
    return std::find(alice.news().begin(), alice.news().end(), "edit " + id + ": silenced") !=
           alice.news().end();
  });
}

}  // namespace
}  // namespace omegate::flow
