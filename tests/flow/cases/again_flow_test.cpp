// A device that is trusted late gets what was said before, where the operator wants that.
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/omemo_nodes.hpp"
#include "bridge/core/xmpp/omemo_stanza.hpp"
#include "tests/flow/world/rig.hpp"

#include <sstream>

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

struct AgainFlow : testing::Test {
  Rig rig;
  Contact phone{rig.xmpp, alice_jid, {Version::legacy}};
  std::unique_ptr<Contact> laptop;

  AgainFlow() { bot().redeliver = config::RedeliverySettings{24h, 3}; }

  config::AccountSettings& bot() { return rig.settings.accounts[0]; }
  static std::string plain(Contact& contact) { return omemo::fingerprint(contact.key(), omemo::FingerprintStyle::plain); }

  void say(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      rig.hook(text);
      rig.until("the phone reads " + text, [&] { return phone.times_heard(text) == 1; });
    }
    rig.until("the server has them", [&] { return rig.xmpp.unacknowledged() == 0; });
    rig.until_state(MessageState::delivered);
  }
  void begin(const std::vector<std::string>& texts) {
    rig.start();
    say(texts);
  }
  void laptop_appears(Version version = Version::legacy) {
    laptop = std::make_unique<Contact>(rig.xmpp, alice_jid, std::vector{version});
    rig.xmpp.push(alice_jid, xmpp::device_list_node(version));
    rig.until("its key is known", [&] {
      const auto answer = rig.ask("trust.list", {{"jid", alice_jid}});
      for (const auto& key : answer.at("keys").as_array())
        if (key.at("fingerprint").as_string() == plain(*laptop)) return true;
      return false;
    });
  }
  void approve(const std::string& level = "trusted") {
    rig.ask("trust.approve", {{"jid", alice_jid}, {"which", plain(*laptop)}, {"level", level}});
  }
  /// Something else that comes after whatever the decision set off.
  void settle(const std::string& text) {
    rig.hook(text);
    rig.until("the laptop reads " + text, [&] { return laptop->times_heard(text) == 1; });
  }
};

TEST_F(AgainFlow, ALateDeviceGetsTheLastMessagesOnceInOrderMarkedAndAlone) {
  begin({"one", "two", "three", "four"});
  laptop_appears();
  EXPECT_THAT(laptop->heard(), IsEmpty());
  approve();
  rig.until("the laptop reads them", [&] { return !laptop->heard().empty(); });
  settle("five");
  ASSERT_EQ(laptop->heard().size(), 2u) << "all it missed in one message, and then what is new";
  EXPECT_THAT(laptop->heard()[0], StartsWith("(again, from 20"));
  std::vector<std::string> lines;
  std::istringstream text(laptop->heard()[0]);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  EXPECT_THAT(lines, ElementsAre(EndsWith(") two"), EndsWith(") three"), EndsWith(") four")));
  EXPECT_THAT(phone.heard(), ElementsAre("one", "two", "three", "four", "five"));
  approve("verified");
  rig.restart();
  settle("six");
  EXPECT_EQ(laptop->heard().size(), 3u) << "nothing comes twice";
}

TEST_F(AgainFlow, ItIsForThatDeviceAloneAndSaysWhenItWasSaid) {
  begin({"one"});
  laptop_appears();
  approve();
  rig.until("the laptop reads it", [&] { return laptop->heard().size() == 1; });
  const auto message = rig.xmpp.messages_to(alice_jid).back();
  const auto encrypted =
      xmpp::parse_encrypted(*message.child("encrypted", xmpp::omemo_namespace(Version::legacy))).value();
  ASSERT_EQ(encrypted.keys.size(), 1u);
  EXPECT_EQ(encrypted.keys[0].rid, laptop->device());
  EXPECT_NE(message.child("delay", xmpp::ns::delay), nullptr);
  EXPECT_THAT(phone.unreadable(), IsEmpty());
  const auto why = rig.ask("why", {{"message", std::to_string(rig.outbox()[0].id.value())}}).at("messages").at(0);
  EXPECT_EQ(why.at("again_of").to_number<std::int64_t>(), rig.outbox()[1].id.value());
  EXPECT_EQ(why.at("devices").as_array().size(), 1u);
  const auto before = rig.ask("why", {{"message", std::to_string(rig.outbox()[1].id.value())}}).at("messages").at(0);
  EXPECT_EQ(before.at("readers").to_number<std::int64_t>(), 1) << "the phone had it then";
  EXPECT_EQ(before.at("devices").as_array().back().at("again_in").to_number<std::int64_t>(), rig.outbox()[0].id.value());
}

TEST_F(AgainFlow, OfACorrectedMessageTheLastTextAndOfARetractedOneNothing) {
  rig.start();
  rig.ask("send", {{"to", alice_jid}, {"text", "fire"}, {"name", "alarm"}});
  rig.until("it is read", [&] { return phone.times_heard("fire") == 1; });
  rig.ask("send", {{"to", alice_jid}, {"text", "a mistake"}, {"name", "slip"}});
  rig.until("it is read", [&] { return phone.times_heard("a mistake") == 1; });
  rig.until_state(MessageState::delivered);
  rig.ask("send", {{"to", alice_jid}, {"text", "only smoke"}, {"edit", "alarm"}});
  rig.ask("send", {{"to", alice_jid}, {"retract", "slip"}});
  rig.until("both are said", [&] { return phone.news().size() == 2; });
  rig.until("the server has them", [&] { return rig.xmpp.unacknowledged() == 0; });
  laptop_appears();
  approve();
  rig.until("the laptop reads it", [&] { return !laptop->heard().empty(); });
  settle("later");
  EXPECT_THAT(laptop->heard(), ElementsAre(EndsWith(") only smoke"), "later"));
}

TEST_F(AgainFlow, WhatIsTooOldIsGone) {
  begin({"one"});
  rig.advance(25h);
  say({"two"});
  laptop_appears();
  approve();
  rig.until("the laptop reads it", [&] { return !laptop->heard().empty(); });
  settle("three");
  EXPECT_THAT(laptop->heard(), ElementsAre(EndsWith(") two"), "three"));
}

TEST_F(AgainFlow, WithoutTheSettingNothingIsKept) {
  begin({"one"});
  EXPECT_FALSE(rig.outbox()[0].body.empty());
  rig.stop();
  bot().redeliver.reset();
  rig.start();
  EXPECT_TRUE(rig.outbox()[0].body.empty()) << "switched off, what was kept is wiped at once";
  say({"two"});
  EXPECT_TRUE(rig.outbox()[0].body.empty());
  laptop_appears();
  approve();
  settle("three");
  EXPECT_THAT(laptop->heard(), ElementsAre("three"));
}

TEST_F(AgainFlow, WhoIsRevokedBeforeItGoesOutGetsNothing) {
  Contact bob{rig.xmpp, "bob@example.net", {Version::legacy}};
  begin({"one"});
  laptop_appears();
  rig.xmpp.acknowledges = false;
  for (const char each : {'a', 'b'}) {  // as much as may be under way: what comes now waits
    const std::string text(30'000, each);
    rig.ask("send", {{"to", bob.jid()}, {"text", text}});
    rig.until("bob reads it", [&] { return bob.times_heard(text) == 1; });
  }
  approve();
  rig.until("it is to be said again, and waits", [&] {
    const auto row = rig.outbox().front();
    return row.recipient == alice_jid && row.state == MessageState::accepted;
  });
  rig.ask("trust.revoke", {{"jid", alice_jid}, {"which", plain(*laptop)}});
  rig.xmpp.acknowledges = true;
  rig.xmpp.cut();
  rig.until_state(MessageState::refused);
  EXPECT_THAT(rig.reason(), HasSubstr("not allowed any more"));
  rig.hook("two");
  rig.until("the phone reads on", [&] { return phone.times_heard("two") == 1; });
  EXPECT_THAT(laptop->heard(), IsEmpty());
}

TEST_F(AgainFlow, WhoIsRevokedBeforeAnybodyIsOnlineGetsNothing) {
  begin({"one"});
  laptop_appears();
  rig.stop();
  rig.begin();
  rig.xmpp.acknowledges = false;
  approve();
  rig.ask("trust.revoke", {{"jid", alice_jid}, {"which", plain(*laptop)}});
  rig.xmpp.acknowledges = true;
  rig.until("the bot is online", [&] { return rig.xmpp.online(); });
  rig.hook("two");
  rig.until("the phone reads on", [&] { return phone.times_heard("two") == 1; });
  EXPECT_THAT(laptop->heard(), IsEmpty());
}

TEST_F(AgainFlow, AnOmemoTwoDeviceGetsThemInItsEnvelope) {
  begin({"one"});
  laptop_appears(Version::omemo2);
  approve();
  rig.until("the laptop reads it", [&] { return laptop->heard().size() == 1; });
  EXPECT_THAT(laptop->heard()[0], EndsWith(") one"));
  EXPECT_EQ(rig.xmpp.messages_to(alice_jid).back().child("delay", xmpp::ns::delay), nullptr);
}

}  // namespace
}  // namespace omegate::flow
