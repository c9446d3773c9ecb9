#include "bridge/gateway/messages/outbox_waits.hpp"

#include <gmock/gmock.h>

#include "bridge/gateway/messages/copies.hpp"

namespace omegate::gateway {
namespace {

using store::MessageState;
using State = AccountStatus::State;
using testing::HasSubstr;

constexpr WallTime now{std::chrono::milliseconds(1'000'000)};
constexpr WallTime earlier{std::chrono::milliseconds(900'000)};
constexpr WallTime later{std::chrono::milliseconds(1'060'000)};

struct OutboxWaits : testing::Test {
  OutboxWaits() {
    row.recipient = "alice@example.net";
    row.created = row.due = earlier;
    row.changed = earlier;
    traffic.status = {State::online, earlier, "TLSv1.3"};
  }
  Waits waits(std::size_t ahead = 0) {
    const auto found = waits_of(row, traffic, ahead, now);
    if (!found) throw std::runtime_error("it waits for nothing");
    return *found;
  }
  void expect(std::string_view for_whom, const std::string& why, std::size_t ahead = 0) {
    const Waits found = waits(ahead);
    EXPECT_EQ(found.for_whom, for_whom);
    EXPECT_THAT(found.why, HasSubstr(why));
  }

  store::OutboxRow row{store::OutboxId(17), store::AccountId(1), "", ""};
  AccountTraffic traffic;
};

TEST_F(OutboxWaits, ForAnAccountThatIsOfflineAndWhy) {
  traffic.status = {State::waiting, earlier, "The server closed the connection.", later};
  expect("account", "the account is offline: The server closed the connection.");
  EXPECT_EQ(waits().since, earlier);
  EXPECT_EQ(waits().next, later);
  row.state = MessageState::written;
  expect("account", "goes out again if it was lost; the account is offline");
  traffic.status = {State::alarm, earlier, "weaker"};
  expect("account", "until somebody has looked: weaker");
  EXPECT_FALSE(waits().next);
}

TEST_F(OutboxWaits, ForTheServerThatTakesOnlySoMuch) {
  traffic.load.congested = true;
  traffic.load.bytes = 64'000;
  traffic.load.bytes_per_second = 9'840;
  expect("server", "64.0 kB are on their way, and the server takes about 9.8 kB/s; 3 messages that are more urgent", 3);
  row.state = MessageState::written;
  expect("acknowledgement", "the server takes about 9.8 kB/s");
}

TEST_F(OutboxWaits, ForTheMessageThatTheServerObjectsTo) {
  traffic.load.one_by_one = true;
  expect("server", "they go out one at a time; 1 message that is more urgent or older goes first", 1);
}

TEST_F(OutboxWaits, ForMoreUrgentOnes) {
  expect("turn", "1000 or more messages that are more urgent or older go first", max_counted_ahead);
  expect("turn", "nothing goes before it");
}

TEST_F(OutboxWaits, ForKeys) {
  row.due = later;  // it is taken, and due again if we die
  traffic.taken = {store::OutboxId(16), store::OutboxId(17)};
  expect("keys", "keys of alice@example.net are being fetched");
}

TEST_F(OutboxWaits, ForTheNextTry) {
  row.due = later;
  row.reason = "no bundle";
  expect("retry", "the last try failed: no bundle");
  EXPECT_EQ(waits().next, later);
  row.reason.clear();
  expect("retry", "interrupted");
}

TEST_F(OutboxWaits, ForADeviceOrADecisionOrAPerson) {
  row.state = MessageState::held;
  row.reason = "because";
  expect("device", "because");
  const Copy copy{row.recipient, omemo::DeviceId(7), omemo::Version::omemo2, "", false};
  row.notes = encode(DeliveryNotes{1, now, {}, {}, {copy}});
  expect("decision", "because");
  row.state = MessageState::parked;
  expect("operator", "because");
}

TEST_F(OutboxWaits, ForNothingOnceItIsOver) {
  for (const auto state : {MessageState::sent, MessageState::delivered, MessageState::refused, MessageState::bounced,
                           MessageState::expired}) {
    row.state = state;
    EXPECT_FALSE(waits_of(row, traffic, 0, now));
  }
}

}  // namespace
}  // namespace omegate::gateway
