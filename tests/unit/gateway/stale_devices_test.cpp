#include "bridge/gateway/devices/stale_devices.hpp"

#include <gmock/gmock.h>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/gateway/messages/copies.hpp"
#include "bridge/gateway/operator/operator_error.hpp"
#include "tests/support/party.hpp"

namespace omegate::gateway {
namespace {

using namespace std::chrono_literals;
using omemo::Version;
using test::noon;
using test::Party;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string bot_jid = "bot@example.org", alice_jid = "alice@example.net";
constexpr auto silence = 90 * 24h;
const WallTime later = noon + 100 * 24h;

struct StaleDevices : testing::Test {
  Party bot{bot_jid}, phone{alice_jid};
  store::DeviceRef device{bot.self.account, alice_jid, Version::legacy, phone.self.device};

  StaleDevices() { bot.meet(phone, Version::legacy); }
  static crypto::PublicKey key_of(Party& party) { return party.device().identity.curve(); }
  std::vector<StaleDevice> stale(WallTime now = later) {
    return bot.run([&](store::Tables& t) { return stale_devices(t, bot.self, {}, silence, now); });
  }
  void writes(WallTime when) {
    bot.run([&](store::Tables& t) { t.devices.note_message(device, when); });
  }
  void confirms(const std::string& message, WallTime when) {
    bot.run([&](store::Tables& t) { note_device_receipt(t, device, message, when); });
  }
  SettingAside order(const std::string& which) const { return {alice_jid, which, "operator test", "she sold it", silence}; }
  void put_aside(const std::string& which, WallTime now = later) {
    bot.run([&](store::Tables& t) { set_aside(t, bot.self, order(which), now); });
  }
  trust::Decision decision() {
    return bot.run([&](store::Tables& t) { return t.ledger.view().decide(bot_jid, alice_jid, key_of(phone)); });
  }
  std::size_t rows_of_ledger() {
    return bot.run([](store::Tables& t) { return static_cast<std::size_t>(t.ledger.head().seq); });
  }
};

TEST_F(StaleDevices, OneThatGivesNoSignOfLifeIsProposedWithWhatSpeaksForIt) {
  EXPECT_THAT(stale(noon + silence - 1ms), IsEmpty());
  bot.send(alice_jid, "one");
  bot.send(alice_jid, "two");
  const auto found = stale();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].peer, alice_jid);
  EXPECT_EQ(found[0].device, phone.self.device.value());
  EXPECT_EQ(found[0].unanswered, 2u);
  EXPECT_THAT(evidence(found[0]), HasSubstr("never wrote, first seen 2023-11-14"));
  EXPECT_EQ(decision(), trust::Decision::allow) << "nothing happens by itself";
}

TEST_F(StaleDevices, WhoWroteLatelyIsAlive) {
  writes(noon + 24h);
  EXPECT_THAT(stale(noon + 24h + silence - 1ms), IsEmpty());
  EXPECT_THAT(stale(noon + 24h + silence), SizeIs(1));
  writes(later);
  EXPECT_THAT(stale(), IsEmpty());
}

TEST_F(StaleDevices, WhoOnlyReadsAndConfirmsIsAlive) {
  bot.send(alice_jid, "one");
  bot.send(alice_jid, "two");
  EXPECT_THAT(stale(), SizeIs(1));
  confirms(bot.last_id(), later - 1h);
  EXPECT_THAT(stale(), IsEmpty());
  const auto found = stale(later + silence);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].last_receipt, later - 1h);
  EXPECT_EQ(found[0].unanswered, 0u) << "both were encrypted before the last sign";
}

TEST_F(StaleDevices, WhatIsNotUsedAnywayIsNotProposed) {
  bot.decide(alice_jid, key_of(phone), trust::Fact::revoked);
  EXPECT_THAT(stale(), IsEmpty());
}

TEST_F(StaleDevices, WhatItsOwnerHasTakenOffTheListIsNotProposed) {
  bot.run([&](store::Tables& t) { t.devices.replace_list(bot.self.account, alice_jid, Version::legacy, {}, noon); });
  EXPECT_THAT(stale(), IsEmpty());
}

TEST_F(StaleDevices, SetAsideNothingIsEncryptedToItAndTakenBackItIsWhatItWas) {
  const std::string which = omemo::fingerprint(key_of(phone), omemo::FingerprintStyle::plain);
  const auto level = [&] { return bot.run([&](store::Tables& t) { return t.ledger.view().level(bot_jid, alice_jid, key_of(phone)); }); };
  const trust::Level before = level();
  put_aside(which);
  EXPECT_EQ(decision(), trust::Decision::refuse);
  EXPECT_EQ(bot.send(alice_jid, "not for a dead device").stanzas.size(), 0u);
  EXPECT_THAT(stale(), IsEmpty()) << "it is not proposed again";
  bot.run([&](store::Tables& t) {
    store::LedgerFilter filter{bot_jid, alice_jid};
    filter.fact = trust::Fact::set_aside;
    const auto rows = t.ledger.history(filter);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_THAT(rows[0].reason, testing::AllOf(HasSubstr("never wrote"), HasSubstr("she sold it")));
    take_back(t, bot.self, order(which), later);
  });
  EXPECT_EQ(decision(), trust::Decision::allow);
  EXPECT_EQ(level(), before);
  EXPECT_THROW(bot.run([&](store::Tables& t) { take_back(t, bot.self, order(which), later); }), OperatorError);
}

TEST_F(StaleDevices, ALivingDeviceIsNotSetAsideHoweverItIsNamed) {
  writes(later - 1h);
  const auto rows = rows_of_ledger();
  for (const std::string& which : {omemo::fingerprint(key_of(phone)), std::to_string(phone.self.device.value()), std::string("all")})
    EXPECT_THROW(put_aside(which), OperatorError) << which;
  EXPECT_EQ(rows_of_ledger(), rows);
  EXPECT_EQ(decision(), trust::Decision::allow);
}

TEST_F(StaleDevices, WhatWaitedForADeadDeviceGoesOutToTheOthers) {
  bot.run([&](store::Tables& t) {
    say(t, bot.utterance(alice_jid, "waits"), noon);
    const auto due = t.outbox.take_due(bot.self.account, noon, 1);
    t.outbox.hold(due.at(0).id, "waits for a device", {}, noon);
  });
  put_aside("all");
  bot.run([&](store::Tables& t) { EXPECT_EQ(t.outbox.list({}).at(0).state, store::MessageState::accepted); });
}

}  // namespace
}  // namespace omegate::gateway
