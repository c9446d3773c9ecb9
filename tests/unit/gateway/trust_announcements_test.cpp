#include "bridge/gateway/trust/trust_announcements.hpp"

#include <gmock/gmock.h>

#include "bridge/core/trust/atm.hpp"
#include "bridge/core/xmpp/trust_message.hpp"
#include "tests/support/party.hpp"

namespace omegate::gateway {
namespace {

using test::noon;
using test::Party;
using testing::IsEmpty;
using testing::SizeIs;

const std::string bot_jid = "bot@example.org", alice_jid = "alice@example.net";

/// The bot, another device of its account, and a contact's phone; sessions with both.
struct Announcements : testing::Test {
  Party bot{bot_jid}, tablet{bot_jid}, phone{alice_jid};

  Announcements() {
    bot.meet(tablet, omemo::Version::omemo2);
    bot.meet(phone, omemo::Version::omemo2);
  }
  static omemo::IdentityKey key_of(Party& party) {
    return party.device().bundle(omemo::Version::omemo2).identity;
  }
  /// What follows from this decision.
  std::vector<Announcement> decide(Party& about, trust::Fact fact,
                                   const std::string& actor = "operator root") {
    return bot.run([&](store::Tables& tables) {
      trust::Entry entry;
      entry.actor = actor;
      entry.account = bot_jid;
      entry.peer = about.self.jid;
      entry.device = about.device().device.value();
      entry.key = key_of(about).curve;
      entry.fact = fact;
      return announcements_of(tables, bot.self, tables.ledger.append(entry, noon));
    });
  }
  static std::vector<xmpp::KeyOwner> said(const Announcement& announcement) {
    return xmpp::parse_trust_message(announcement.message).value();
  }
};

TEST_F(Announcements, GoToNobodyWhileNobodyElseIsAuthenticated) {
  EXPECT_THAT(decide(phone, trust::Fact::verified), IsEmpty());
  EXPECT_THAT(decide(phone, trust::Fact::trusted), IsEmpty());
}

TEST_F(Announcements, OurOtherDevicesHearOfAContactsKeyAndTheContactOfTheirs) {
  decide(tablet, trust::Fact::verified);
  const auto told = decide(phone, trust::Fact::verified);
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[0].to.peer, bot_jid);
  EXPECT_EQ(said(told[0]),
            (std::vector<xmpp::KeyOwner>{{xmpp::Jid::parse(alice_jid).value(), {*key_of(phone).ed}, {}}}));
  EXPECT_EQ(told[1].to.peer, alice_jid);
  EXPECT_EQ(said(told[1]),
            (std::vector<xmpp::KeyOwner>{{xmpp::Jid::parse(bot_jid).value(), {*key_of(tablet).ed}, {}}}));
}

TEST_F(Announcements, ContactsHearOfANewDeviceOfOursAndItOfThem) {
  decide(phone, trust::Fact::verified);
  const auto told = decide(tablet, trust::Fact::verified);
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[0].to.peer, alice_jid);
  EXPECT_EQ(said(told[0])[0].trusted, std::vector{*key_of(tablet).ed});
  EXPECT_EQ(told[1].to.peer, bot_jid);
  EXPECT_EQ(said(told[1])[0].trusted, std::vector{*key_of(phone).ed});
}

TEST_F(Announcements, ARevokedKeyIsDistrustedAndHearsNothing) {
  decide(tablet, trust::Fact::verified);
  decide(phone, trust::Fact::verified);
  const auto told = decide(phone, trust::Fact::revoked);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].to.peer, bot_jid);
  EXPECT_EQ(said(told[0])[0].distrusted, std::vector{*key_of(phone).ed});
}

TEST_F(Announcements, OnlyAPersonsDecisionIsPassedOn) {
  decide(tablet, trust::Fact::verified);
  EXPECT_THAT(decide(phone, trust::Fact::verified, std::string(trust::atm_actor) + alice_jid), IsEmpty());
}

}  // namespace
}  // namespace omegate::gateway
