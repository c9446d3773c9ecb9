// What is learnt about keys is told: to plugins, to admins, to the contact; and orders given in a chat.
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/omemo_nodes.hpp"
#include "test_places.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::string plain(Contact& contact) {
  return omemo::fingerprint(contact.key(), omemo::FingerprintStyle::plain);
}
std::string code(Contact& contact) { return plain(contact).substr(0, 8); }

struct NewsFlow : testing::Test {
  Rig rig;
  Contact phone{rig.xmpp, alice_jid, {Version::legacy}};

  config::AccountSettings& bot() { return rig.settings.accounts[0]; }

  /// Its owner's list, with it, reaches the bot.
  void announce(Contact& contact) { rig.xmpp.push(alice_jid, xmpp::device_list_node(contact.version())); }
  void begin_chat() {
    rig.start();
    phone.say("ping");
    rig.until("the phone has its answer", [&] { return phone.times_heard("pong") == 1; });
  }
  /// What the contact heard that says this, newest last.
  static std::vector<std::string> heard(const Contact& contact, const std::string& part) {
    std::vector<std::string> found;
    for (const std::string& text : contact.heard())
      if (text.find(part) != std::string::npos) found.push_back(text);
    return found;
  }
  void until_heard(const Contact& contact, const std::string& part, std::size_t times = 1) {
    rig.until("somebody reads: " + part, [&] { return heard(contact, part).size() >= times; });
  }
  std::string level_of(Contact& contact) {
    const auto keys = rig.ask("trust.list", {{"jid", alice_jid}});
    for (const auto& key : keys.at("keys").as_array())
      if (key.at("fingerprint").as_string() == plain(contact))
        return std::string(key.at("level").as_string());
    return "unknown";
  }
  void verify(Contact& contact) {
    rig.ask("trust.approve", {{"jid", alice_jid}, {"which", plain(contact)}, {"level", "verified"}});
  }
};

TEST_F(NewsFlow, AdminsHearOfANewDeviceOnDevicesTheyTrust) {
  bot().admins = {alice_jid};
  begin_chat();
  EXPECT_THAT(heard(phone, "new device"), IsEmpty()) << "the first one was let in, as the policy says";
  Contact laptop(rig.xmpp, alice_jid, {Version::legacy});
  announce(laptop);
  until_heard(phone, "new device");
  EXPECT_THAT(heard(phone, "new device")[0],
              AllOf(HasSubstr(std::to_string(laptop.device().value())), HasSubstr(alice_jid),
                    HasSubstr("omegate trust approve " + std::string(alice_jid) + " " + plain(laptop))));
  EXPECT_THAT(heard(laptop, "new device"), IsEmpty()) << "it is not trusted";
}

TEST_F(NewsFlow, AdminsGetOneMessageForAllThatHappensWithinThePause) {
  bot().admins = {alice_jid};
  begin_chat();
  Contact first(rig.xmpp, alice_jid, {Version::legacy});
  announce(first);
  until_heard(phone, "new device");
  rig.advance(1min);
  Contact second(rig.xmpp, alice_jid, {Version::legacy});
  announce(second);
  Contact third(rig.xmpp, alice_jid, {Version::legacy});
  announce(third);
  rig.until("both are known",
            [&] { return level_of(second) == "undecided" && level_of(third) == "undecided"; });
  rig.hook("later than the news");
  until_heard(phone, "later than the news");
  EXPECT_THAT(heard(phone, "new device"), SizeIs(1));
  rig.restart();
  rig.advance(10min);
  until_heard(phone, std::to_string(third.device().value()));
  ASSERT_THAT(heard(phone, "new device"), SizeIs(2));
  EXPECT_THAT(heard(phone, "new device")[1], AllOf(HasSubstr(std::to_string(second.device().value())),
                                                   HasSubstr(std::to_string(third.device().value())),
                                                   Not(HasSubstr(std::to_string(first.device().value())))));
}

TEST_F(NewsFlow, NobodyIsToldWhoDoesNotWantToBe) {
  bot().admins = {alice_jid};
  bot().tell_admins = false;
  begin_chat();
  Contact laptop(rig.xmpp, alice_jid, {Version::legacy});
  announce(laptop);
  rig.until("it is known", [&] { return level_of(laptop) == "undecided"; });
  rig.hook("something else");
  until_heard(phone, "something else");
  EXPECT_THAT(heard(phone, "new device"), IsEmpty());
}

TEST_F(NewsFlow, PluginsHearOfKeysAndDecisions) {
  config::PluginSettings watch;
  watch.name = "keywatch";
  watch.path = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/keywatch");
  rig.settings.plugins.push_back(watch);
  begin_chat();
  until_heard(phone, "heard: tofu tofu");
  Contact laptop(rig.xmpp, alice_jid, {Version::legacy});
  announce(laptop);
  until_heard(phone, "heard: seen undecided");
  rig.ask("trust.revoke", {{"jid", alice_jid}, {"which", plain(laptop)}});
  until_heard(phone, "heard: revoked revoked");
}

// --- the contact is asked

TEST_F(NewsFlow, AContactsAnswerOnATrustedDeviceDecides) {
  bot().ask_contacts = true;
  begin_chat();
  Contact laptop(rig.xmpp, alice_jid, {Version::legacy}), tablet(rig.xmpp, alice_jid, {Version::legacy});
  announce(tablet);
  until_heard(phone, "yes " + code(laptop));
  until_heard(phone, "yes " + code(tablet));
  EXPECT_THAT(heard(laptop, "Is it yours"), IsEmpty());
  phone.say("Yes " + code(laptop));
  until_heard(phone, "counts from now on");
  EXPECT_EQ(level_of(laptop), "trusted");
  phone.say("no " + code(tablet));
  until_heard(phone, "is revoked");
  EXPECT_EQ(level_of(tablet), "revoked");
  const auto log = rig.ask("trust.log", {{"key", plain(laptop)}, {"fact", "trusted"}}).at("rows").as_array();
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].at("by").as_string(), "contact " + std::string(alice_jid));
  EXPECT_THAT(std::string(log[0].at("why").as_string()), HasSubstr(std::to_string(phone.device().value())));
  EXPECT_EQ(phone.times_heard("pong"), 1u) << "no plugin took an answer for a command";
}

TEST_F(NewsFlow, ANewDeviceCannotSayThatItIsTheirs) {
  bot().ask_contacts = true;
  begin_chat();
  Contact laptop(rig.xmpp, alice_jid, {Version::legacy});
  announce(laptop);
  until_heard(phone, "yes " + code(laptop));
  laptop.say("yes " + code(laptop));
  rig.until("it was received", [&] { return rig.xmpp.unacknowledged() == 0; });
  EXPECT_EQ(level_of(laptop), "undecided");
  phone.say("yes " + code(laptop));
  until_heard(phone, "counts from now on");
  EXPECT_EQ(level_of(laptop), "trusted");
}

TEST_F(NewsFlow, WhoWasNotAskedDecidesNothing) {
  begin_chat();
  Contact laptop(rig.xmpp, alice_jid, {Version::legacy});
  announce(laptop);
  rig.until("it is known", [&] { return level_of(laptop) == "undecided"; });
  phone.say("yes " + code(laptop));
  phone.say("ping");
  rig.until("both were received", [&] { return phone.times_heard("pong") == 2; });
  EXPECT_EQ(level_of(laptop), "undecided");
}

TEST_F(NewsFlow, TheQuestionIsNotHeldByTheRuleThatWaitsForItsAnswer) {
  bot().ask_contacts = true;
  bot().message_rule = trust::MessageRule::hold;
  bot().language = Language::german;
  begin_chat();
  Contact laptop(rig.xmpp, alice_jid, {Version::legacy});
  announce(laptop);
  until_heard(phone, "Gehört es dir?");
  rig.hook("the plan");
  rig.until_state(MessageState::held);
  phone.say("ja " + code(laptop));
  until_heard(phone, "the plan");
  until_heard(laptop, "the plan");
}

// --- orders

TEST_F(NewsFlow, AnAdminsVerifiedDeviceGivesOrders) {
  bot().admins = {alice_jid};
  begin_chat();
  Contact laptop(rig.xmpp, alice_jid, {Version::legacy});
  announce(laptop);
  rig.until("it is known", [&] { return level_of(laptop) == "undecided"; });
  phone.say("omegate trust approve " + std::string(alice_jid) + " " + plain(laptop));
  until_heard(phone, "at least \"verified\"");
  EXPECT_EQ(level_of(laptop), "undecided");
  verify(phone);
  phone.say("omegate trust list " + std::string(alice_jid));
  until_heard(phone, "undecided (undecided) " + std::string(alice_jid));
  phone.say("omegate trust approve " + std::string(alice_jid) + " " +
            std::to_string(laptop.device().value()));
  until_heard(phone, "trusted (allow)");
  EXPECT_EQ(level_of(laptop), "trusted");
  phone.say("Omegate trust revoke " + std::string(alice_jid) + " " + omemo::fingerprint(laptop.key()));
  until_heard(phone, "revoked (refuse)");
  const auto log = rig.ask("trust.log", {{"key", plain(laptop)}, {"fact", "revoked"}}).at("rows").as_array();
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].at("by").as_string(), "admin " + std::string(alice_jid));
  phone.say("omegate trust explain " + std::string(alice_jid) + " " + plain(laptop));
  until_heard(phone, "a revoked key is used under no policy");
}

TEST_F(NewsFlow, ADeviceDoesNotDecideAboutItselfAndAWrongOrderSaysWhatIsRight) {
  bot().admins = {alice_jid};
  begin_chat();
  verify(phone);
  phone.say("omegate trust revoke " + std::string(alice_jid) + " " + plain(phone));
  until_heard(phone, "does not decide about itself");
  EXPECT_EQ(level_of(phone), "verified");
  phone.say("omegate trust approve");
  until_heard(phone, "omegate trust list [JID]");
  phone.say("omegate trust approve bob@example.net 4711");
  until_heard(phone, "has no key '4711'");
}

TEST_F(NewsFlow, WhoIsNoAdminGivesNoOrders) {
  begin_chat();
  verify(phone);
  phone.say("omegate trust revoke " + std::string(alice_jid) + " all");
  phone.say("ping");
  rig.until("both were received", [&] { return phone.times_heard("pong") == 2; });
  EXPECT_EQ(level_of(phone), "verified");
  phone.say("omegate why");
  until_heard(phone, "encrypted to");
}

// --- what could not be read

TEST_F(NewsFlow, ASenderIsToldOnceThatTheirMessageWasNotRead) {
  begin_chat();
  const auto plain_message = [] {
    return xml::Element("message", xmpp::ns::client)
        .set("type", "chat")
        .with(xml::Element("body", xmpp::ns::client).add_text("psst"));
  };
  rig.xmpp.deliver(phone.full_jid(), plain_message());
  until_heard(phone, "switch OMEMO on");
  rig.xmpp.deliver(phone.full_jid(), plain_message());
  phone.say("ping");
  rig.until("both were received", [&] { return phone.times_heard("pong") == 2; });
  EXPECT_THAT(heard(phone, "switch OMEMO on"), SizeIs(1));
  EXPECT_EQ(phone.bodies_in_the_clear(), 0);
}

TEST_F(NewsFlow, WhoHasNoTrustedDeviceIsToldNothing) {
  bot().policy = trust::Policy::manual;
  rig.start();
  phone.say("ping");
  rig.until("it is kept", [&] { return !rig.inbox().empty() && rig.xmpp.unacknowledged() == 0; });
  EXPECT_THAT(rig.outbox(), IsEmpty());
  rig.ask("trust.approve", {{"jid", alice_jid}, {"which", "all"}, {"level", "trusted"}});
  rig.until("the phone has its answer", [&] { return phone.times_heard("pong") == 1; });
}

TEST_F(NewsFlow, AnUndecidedDeviceIsToldOnTheDevicesOfItsOwnerThatAreTrusted) {
  begin_chat();
  Contact laptop(rig.xmpp, alice_jid, {Version::legacy});
  announce(laptop);
  laptop.say("ping");
  until_heard(phone, "Nobody here has decided about this device's key");
  EXPECT_THAT(laptop.heard(), IsEmpty());
}

TEST_F(NewsFlow, AMessageForVerifiedKeysGoesToNoOther) {
  begin_chat();
  const auto sent =
      rig.ask("send", {{"to", alice_jid}, {"text", "for the verified"}, {"min_trust", "verified"}});
  rig.until("it is held", [&] { return rig.state() == MessageState::held; });
  verify(phone);
  until_heard(phone, "for the verified");
}

}  // namespace
}  // namespace omegate::flow
