// What is kept of the last events, and how much of it.
#include "bridge/gateway/plugins/plugin_rehearsal.hpp"

#include <gtest/gtest.h>

namespace omegate::gateway {
namespace {

plugin::ToGateway question(int number) { return plugin::FileAsk{"file " + std::to_string(number)}; }

plugin::ToWorker answer(std::size_t size) {
  plugin::FileText text;
  text.text = std::string(size, 'x');
  return text;
}

RecentEvent event(const std::string& id) { return {{id, plugin::EventKind::message, "{}"}}; }

TEST(RecentEvents, KeepsNoMoreOfOneHandlersAnswersThanOfAll) {
  RecentEvent large = event("large");
  for (int i = 0; i < 100; ++i) large.note(question(i), answer(max_recent_size / 10));
  EXPECT_TRUE(large.too_large);
  EXPECT_TRUE(large.answers.empty()) << "while it still runs";
  RecentEvents events;
  events.add(event("before"));
  events.add(std::move(large));
  RecentEvent wide = event("wide");
  wide.event.payload.assign(max_recent_size, 'x');
  events.add(std::move(wide));
  ASSERT_EQ(events.last(10).size(), 1u) << "what is too large takes nobody's place";
  EXPECT_EQ(events.last(1)[0].event.id, "before");
  EXPECT_EQ(events.too_large(), 2u) << "whoever rehearses is told";
}

TEST(RecentEvents, KeepsNoEventThatAskedTooOften) {
  RecentEvents events;
  RecentEvent asks = event("asks");
  for (std::size_t i = 0; i < max_recent_answers; ++i) asks.note(question(static_cast<int>(i)), answer(1));
  EXPECT_FALSE(asks.too_large);
  EXPECT_EQ(asks.answers.size(), max_recent_answers);
  asks.note(question(-1), answer(1));
  EXPECT_TRUE(asks.too_large) << "a part of the answers would show something else";
  EXPECT_TRUE(asks.answers.empty());
  events.add(std::move(asks));
  EXPECT_EQ(events.too_large(), 1u);
}

TEST(RecentEvents, DropsTheOldestWhenTheyAreTooLargeTogether) {
  RecentEvents events;
  for (const char* const id : {"1", "2", "3"}) {
    RecentEvent each = event(id);
    each.note(question(0), answer(max_recent_size * 2 / 5));
    EXPECT_FALSE(each.too_large);
    events.add(std::move(each));
  }
  auto kept = events.last(10);
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].event.id, "2");
  EXPECT_TRUE(kept[1].take(question(0)));
  EXPECT_FALSE(kept[1].take(question(0))) << "it is used up";
}

}  // namespace
}  // namespace omegate::gateway
