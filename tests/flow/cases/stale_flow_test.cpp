// Devices that seem dead are proposed with evidence, set aside by a person, and back when they write.
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/xmpp/omemo_stanza.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::UnorderedElementsAre;

struct StaleFlow : testing::Test {
  Rig rig;
  Contact phone{rig.xmpp, alice_jid, {Version::legacy}}, laptop{rig.xmpp, alice_jid, {Version::legacy}};

  StaleFlow() { rig.settings.accounts[0].policy = trust::Policy::blind; }

  std::string id(Contact& contact) { return std::to_string(contact.device().value()); }
  /// Both read something; then only the phone is heard of.
  void let_the_laptop_sleep() {
    rig.start();
    phone.say("ping");
    rig.until("both read the answer", [&] { return phone.times_heard("pong") == 1 && laptop.times_heard("pong") == 1; });
    rig.until("both were heard of", [&] {
      const auto all = rig.ask("trust.stale", {{"silent_ms", 0}}).at("devices").as_array();
      return all.size() == 2 && std::ranges::all_of(all, [](const auto& each) { return each.as_object().contains("last_message_ms"); });
    });
    rig.advance(100 * 24h);
    phone.say("ping");
    rig.until("the phone is alive", [&] { return phone.times_heard("pong") == 2; });
  }
  /// Whom the next message is encrypted for.
  std::vector<std::uint32_t> readers(const std::string& text) {
    rig.hook(text);
    rig.until("the phone reads it", [&] { return phone.times_heard(text) == 1; });
    const auto message = rig.xmpp.messages_to(alice_jid).back();
    std::vector<std::uint32_t> ids;
    const auto encrypted =
        xmpp::parse_encrypted(*message.child("encrypted", xmpp::omemo_namespace(Version::legacy))).value();
    for (const auto& key : encrypted.keys) ids.push_back(key.rid.value());
    return ids;
  }
  json::array facts(const std::string& fact) {
    return rig.ask("trust.log", {{"fact", fact}, {"limit", 10}}).at("rows").as_array();
  }
};

TEST_F(StaleFlow, OnlyTheSilentDeviceIsProposedAndNothingHappensByItself) {
  let_the_laptop_sleep();
  const auto devices = rig.ask("trust.stale", {}).at("devices").as_array();
  ASSERT_THAT(devices, SizeIs(1));
  EXPECT_EQ(devices[0].at("device").to_number<std::uint32_t>(), laptop.device().value());
  EXPECT_GE(devices[0].at("unanswered").to_number<int>(), 1);
  EXPECT_THAT(std::string(devices[0].at("evidence").as_string()), HasSubstr("last wrote 20"));
  EXPECT_THAT(readers("still to both"), UnorderedElementsAre(phone.device().value(), laptop.device().value()));
}

TEST_F(StaleFlow, WhatIsSetAsideGetsNothingUntilItIsTakenBack) {
  let_the_laptop_sleep();
  rig.ask("trust.purge", {{"jid", alice_jid}, {"which", id(laptop)}, {"why", "she sold it"}, {"undo", false}});
  EXPECT_THAT(readers("to the phone"), ElementsAre(phone.device().value()));
  ASSERT_THAT(facts("set_aside"), SizeIs(1));
  const std::string why(facts("set_aside")[0].at("why").as_string());
  EXPECT_THAT(why, HasSubstr("last wrote"));
  EXPECT_THAT(why, HasSubstr("she sold it"));
  EXPECT_THAT(rig.ask("trust.stale", {}).at("devices").as_array(), SizeIs(0)) << "it is not proposed again";

  rig.ask("trust.purge", {{"jid", alice_jid}, {"which", id(laptop)}, {"undo", true}});
  EXPECT_THAT(readers("to both"), UnorderedElementsAre(phone.device().value(), laptop.device().value()));
}

TEST_F(StaleFlow, ADeviceThatWritesIsHeardAndBackByItself) {
  let_the_laptop_sleep();
  rig.ask("trust.purge", {{"jid", alice_jid}, {"which", "all"}, {"undo", false}});
  laptop.say("ping");
  rig.until("it has its answer", [&] { return laptop.times_heard("pong") == 3; });
  EXPECT_THAT(facts("taken_back"), SizeIs(1));
  EXPECT_THAT(readers("to both"), UnorderedElementsAre(phone.device().value(), laptop.device().value()));
}

TEST_F(StaleFlow, ALivingDeviceCannotBeSetAside) {
  let_the_laptop_sleep();
  EXPECT_THROW(rig.ask("trust.purge", {{"jid", alice_jid}, {"which", id(phone)}, {"undo", false}}), std::exception);
  EXPECT_THAT(readers("still to both"), UnorderedElementsAre(phone.device().value(), laptop.device().value()));
}

}  // namespace
}  // namespace omegate::flow
