#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

struct StreamTable : StoreTest {};

TEST_F(StreamTable, AStreamIsThereAfterARestart) {
  const AccountId bot = account(), other = account("other@example.org");
  in([&](Tables& t) {
    EXPECT_FALSE(t.streams.load(bot));
    t.streams.save(bot, {"first", "", "bot@example.org/a", 0, 1, 2, 3, false, {}});
    t.streams.save(bot, {"id",
                         "host:1",
                         "bot@example.org/a",
                         600,
                         0xffff'ffff,
                         2,
                         7,
                         true,
                         {{0x0102'0304, "<presence/>"}, {5, "<iq/>"}}});
  });
  open();
  in([&](Tables& t) {
    const auto again = t.streams.load(bot);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->id, "id");
    EXPECT_EQ(again->location, "host:1");
    EXPECT_EQ(again->bound, "bot@example.org/a");
    EXPECT_EQ(again->max_seconds, 600u);
    EXPECT_EQ(again->handled, 0xffff'ffffu);
    EXPECT_EQ(again->acked, 2u);
    EXPECT_EQ(again->sent, 7u);
    EXPECT_TRUE(again->final);
    ASSERT_EQ(again->waiting.size(), 2u);
    EXPECT_EQ(again->waiting[0].number, 0x0102'0304u);
    EXPECT_EQ(again->waiting[1].stanza, "<iq/>");
    EXPECT_FALSE(t.streams.load(other));
    t.streams.forget(bot);
    EXPECT_FALSE(t.streams.load(bot));
  });
}

TEST_F(StreamTable, AMessageUnderWayKnowsItsNumberUntilItsStreamIsOver) {
  const AccountId bot = account();
  const std::vector<Bytes> stanzas{to_bytes("<message/>")};
  in([&](Tables& t) {
    const auto row = t.outbox.add({bot, "alice@example.org", "m1", to_bytes("text")}, now);
    t.outbox.set_number(*row, 4);  // not written: it has none
    ASSERT_TRUE(t.outbox.store_sealed(*row, stanzas, 1, {}, now));
    EXPECT_FALSE(t.outbox.unacked(bot).front().number);
    t.outbox.set_number(*row, 0xffff'fff0);
    EXPECT_EQ(t.outbox.unacked(bot).front().number, 0xffff'fff0u);
    t.outbox.forget_numbers(bot);
    EXPECT_FALSE(t.outbox.unacked(bot).front().number);
    t.outbox.set_number(*row, 5);
    t.outbox.reseal(*row, now);
    ASSERT_TRUE(t.outbox.store_sealed(*row, stanzas, 1, {}, now));
    EXPECT_FALSE(t.outbox.unacked(bot).front().number);
  });
}

}  // namespace
}  // namespace omegate::store
