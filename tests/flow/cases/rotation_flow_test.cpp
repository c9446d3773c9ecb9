// The bot gets another key: its contacts hear of it from the old one, and nothing is left of that.
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/xmpp/omemo_nodes.hpp"
#include "bridge/core/xmpp/omemo_stanza.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct RotationFlow : testing::Test {
  Rig rig;
  Contact phone{rig.xmpp, alice_jid, {Version::legacy}};

  void begin_chat() {
    rig.start();
    phone.say("ping");
    rig.until("the phone has its answer", [&] { return phone.times_heard("pong") == 1; });
  }
  static std::vector<std::string> heard(const Contact& contact, const std::string& part) {
    std::vector<std::string> found;
    for (const std::string& text : contact.heard())
      if (text.find(part) != std::string::npos) found.push_back(text);
    return found;
  }
  std::vector<std::uint32_t> listed(Version version) {
    const auto& items = rig.xmpp.nodes.at({bot_jid, xmpp::device_list_node(version)}).items;
    std::vector<std::uint32_t> ids;
    for (const auto& each : xmpp::parse_device_list(version, items.back().second).value()) ids.push_back(each.id.value());
    return ids;
  }
  bool has_bundle(Version version, omemo::DeviceId device) {
    const auto node = rig.xmpp.nodes.find({bot_jid, xmpp::bundle_node(version, device)});
    if (node == rig.xmpp.nodes.end()) return false;
    return std::ranges::any_of(node->second.items,
                               [&](const auto& item) { return item.first == xmpp::bundle_item(version, device); });
  }
  std::string own_fingerprint() {
    return std::string(rig.ask("keys", {}).at("accounts").at(0).at("fingerprint").as_string());
  }
  /// As somebody does whose client asks about a new key.
  void accept_own_key() {
    phone.party().decide(bot_jid, omemo::parse_fingerprint(own_fingerprint()).value(), trust::Fact::trusted);
  }
  void until_another_than(omemo::DeviceId before) {
    rig.until("the next key is published and the old one withdrawn", [&] {
      return rig.self().device != before && listed(Version::legacy) == std::vector{rig.self().device.value()} &&
             !has_bundle(Version::legacy, before) && !has_bundle(Version::omemo2, before);
    }, 60s);  // new keys, bundles and lists of both versions, each read back
  }
};

TEST_F(RotationFlow, ContactsHearTheNextKeyFromTheOldOneAndThenItIsInForce) {
  begin_chat();
  const auto before = rig.self().device;
  const auto answer = rig.ask("keys.rotate", {{"why", "once a year"}});
  EXPECT_EQ(answer.at("told").to_number<int>(), 1);
  const std::string next(answer.at("next").at("fingerprint").as_string());
  rig.until("the phone is told", [&] { return !heard(phone, "My key changes").empty(); });
  std::optional<omemo::DeviceId> writer;  // of the last text; the empty message of a new session may be behind it
  for (const xml::Element& message : rig.xmpp.messages_to(alice_jid)) {
    const auto* encrypted = message.child("encrypted", xmpp::omemo_namespace(Version::legacy));
    if (encrypted && xmpp::parse_encrypted(*encrypted).value().payload) writer = xmpp::parse_encrypted(*encrypted).value().sid;
  }
  EXPECT_EQ(writer, before) << "by the key that it trusts";
  until_another_than(before);

  ASSERT_EQ(heard(phone, "My key changes").size(), 1u);
  EXPECT_THAT(heard(phone, "My key changes")[0],
              HasSubstr(omemo::fingerprint(omemo::parse_fingerprint(next).value())));
  EXPECT_EQ(own_fingerprint(), next);
  for (const auto version : {Version::legacy, Version::omemo2}) {
    EXPECT_THAT(listed(version), ElementsAre(rig.self().device.value()));
    EXPECT_TRUE(has_bundle(version, rig.self().device));
  }

  accept_own_key();
  phone.say("ping");
  rig.until("it is read with the next key", [&] { return phone.times_heard("pong") == 2; });
  const auto rows = rig.ask("trust.log", {{"fact", "own_key"}, {"limit", 10}}).at("rows").as_array();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_THAT(std::string(rows[0].at("why").as_string()), HasSubstr("once a year"));
  EXPECT_EQ(std::string(rows[0].at("fingerprint").as_string()), next);
}

TEST_F(RotationFlow, WhatIsWrittenMeanwhileGoesOutOnce) {
  begin_chat();
  const auto before = rig.self().device;
  rig.xmpp.acknowledges = false;
  rig.hook("in between");
  rig.until("it is on the wire", [&] { return phone.times_heard("in between") == 1; });
  rig.ask("keys.rotate", {});
  rig.xmpp.acknowledges = true;
  until_another_than(before);
  rig.hook("afterwards");
  rig.until("the phone reads on", [&] { return phone.times_heard("afterwards") == 1; });
  EXPECT_EQ(phone.times_heard("in between"), 1u);
}

TEST_F(RotationFlow, ItGoesOnWhereARestartInterruptedIt) {
  begin_chat();
  const auto before = rig.self().device;
  rig.xmpp.acknowledges = phone.sends_receipts = false;
  rig.ask("keys.rotate", {{"stolen", true}});
  rig.until("the notice is on the wire", [&] { return !heard(phone, "may be in other hands").empty(); });
  EXPECT_EQ(rig.self().device, before) << "nobody knows yet whether it arrived";
  EXPECT_THROW(rig.ask("keys.rotate", {}), std::exception) << "one at a time";
  rig.stop();
  rig.xmpp.acknowledges = true;
  rig.start();
  until_another_than(before);
  accept_own_key();
  phone.say("ping");
  rig.until("it is read with the next key", [&] { return phone.times_heard("pong") == 2; });
}

TEST_F(RotationFlow, AServerThatDoesNotAnswerKeepsNoOldKeyAlive) {
  begin_chat();
  const auto before = rig.self().device;
  rig.xmpp.acknowledges = phone.sends_receipts = false;
  rig.ask("keys.rotate", {});
  rig.let_pass(100ms);
  EXPECT_EQ(rig.self().device, before);
  rig.advance(11min);
  rig.until("the next key is in force", [&] { return rig.self().device != before; });
}

/// What waits in the archive is opened by the old key alone, however long we were away.
TEST_F(RotationFlow, TheTimeAwayIsNoPatience) {
  rig.xmpp.resumes = false;  // a stream that is resumed says that the notice has arrived
  begin_chat();
  const auto before = rig.self().device;
  rig.xmpp.acknowledges = phone.sends_receipts = false;
  rig.ask("keys.rotate", {});
  rig.until("the notice is on the wire", [&] { return !heard(phone, "My key").empty(); });
  rig.stop();
  rig.advance(11min);
  rig.start();
  phone.say("ping");
  rig.until("what is written for the old key is read", [&] { return phone.times_heard("pong") == 2; });
  EXPECT_EQ(rig.self().device, before);
  rig.advance(11min);
  until_another_than(before);
}

/// A backup of our list by another client, or a server that was restored, names the old device again.
TEST_F(RotationFlow, AnOldDeviceThatComesBackIntoTheListIsTakenOutAgain) {
  begin_chat();
  const auto before = rig.self().device;
  rig.ask("keys.rotate", {});
  until_another_than(before);
  const auto now = rig.self().device;
  rig.xmpp.put(bot_jid, xmpp::device_list_node(Version::legacy), std::string(xmpp::device_list_item),
               xmpp::build_device_list(Version::legacy, {{before, {}, {}}, {now, {}, {}}}));
  rig.xmpp.push(bot_jid, xmpp::device_list_node(Version::legacy));
  rig.until("it is out", [&] { return listed(Version::legacy) == std::vector{now.value()}; });
}

}  // namespace
}  // namespace omegate::flow
