// Trust messages (XEP-0434, XEP-0450) between the gateway and devices of a contact.
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/trust_message.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;

struct AtmFlow : testing::Test {
  Rig rig;
  Contact phone{rig.xmpp, alice_jid, {Version::omemo2}};

  config::AccountSettings& bot() { return rig.settings.accounts[0]; }
  AtmFlow() { bot().trust_messages = config::TrustMessages::receive; }

  /// Its owner's list, with it, reaches the bot.
  void announce(Contact& contact) { rig.xmpp.push(alice_jid, xmpp::device_list_node(contact.version())); }
  void begin_chat() {
    rig.start();
    phone.say("ping");
    rig.until("the phone has its answer", [&] { return phone.times_heard("pong") == 1; });
  }
  static std::string plain(Contact& contact) {
    return omemo::fingerprint(contact.key(), omemo::FingerprintStyle::plain);
  }
  std::string level_of(Contact& contact) {
    const auto answer = rig.ask("trust.list", {{"jid", alice_jid}});
    for (const auto& key : answer.at("keys").as_array())
      if (key.at("fingerprint").as_string() == plain(contact))
        return std::string(key.at("level").as_string());
    return "unknown";
  }
  void approve(Contact& contact, const char* level) {
    rig.ask("trust.approve", {{"jid", alice_jid}, {"which", plain(contact)}, {"level", level}});
  }
  static crypto::PublicKey ed_of(Contact& contact) {
    return *contact.party().device().bundle(Version::omemo2).identity.ed;
  }
  void tell(Contact& speaker, Contact& about, bool trusts) {
    xmpp::KeyOwner owner{xmpp::Jid::parse(alice_jid).value(), {}, {}};
    (trusts ? owner.trusted : owner.distrusted).push_back(ed_of(about));
    speaker.tell(xmpp::build_trust_message({owner}), rig.now);
    rig.until("it was received", [&] { return rig.xmpp.unacknowledged() == 0; });
  }
};

TEST_F(AtmFlow, AVerifiedDeviceSpeaksOfItsOwnersNewOne) {
  begin_chat();
  approve(phone, "verified");
  Contact laptop(rig.xmpp, alice_jid, {Version::omemo2});
  announce(laptop);
  rig.until("it is known", [&] { return level_of(laptop) == "undecided"; });
  tell(phone, laptop, true);
  rig.until("it is verified", [&] { return level_of(laptop) == "verified"; });
  rig.advance(1s);
  tell(phone, laptop, false);
  rig.until("it is revoked", [&] { return level_of(laptop) == "revoked"; });
}

TEST_F(AtmFlow, WhatAnotherDeviceSaysWaitsUntilItIsVerifiedItself) {
  begin_chat();
  Contact laptop(rig.xmpp, alice_jid, {Version::omemo2});
  announce(laptop);
  rig.until("it is known", [&] { return level_of(laptop) == "undecided"; });
  tell(phone, laptop, true);
  approve(phone, "trusted");
  phone.say("ping");
  rig.until("the phone has its answer", [&] { return phone.times_heard("pong") == 2; });
  EXPECT_EQ(level_of(laptop), "undecided");
  approve(phone, "verified");
  rig.until("it is verified", [&] { return level_of(laptop) == "verified"; });
}

TEST_F(AtmFlow, NothingIsBelievedUnlessTheSettingsSaySo) {
  bot().trust_messages = config::TrustMessages::off;
  begin_chat();
  approve(phone, "verified");
  Contact laptop(rig.xmpp, alice_jid, {Version::omemo2});
  announce(laptop);
  rig.until("it is known", [&] { return level_of(laptop) == "undecided"; });
  tell(phone, laptop, true);
  phone.say("ping");
  rig.until("the phone has its answer", [&] { return phone.times_heard("pong") == 2; });
  EXPECT_EQ(level_of(laptop), "undecided");
}

}  // namespace
}  // namespace omegate::flow
