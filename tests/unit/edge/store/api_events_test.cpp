// Events of API clients: none is lost before its client says so, and none comes back after.
#include "bridge/edge/store/api_events.hpp"

#include <gmock/gmock.h>

#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

using testing::ElementsAre;

struct ApiEventsTest : StoreTest {
  void add(const std::string& text, const std::string& client = "api:home", WallTime when = WallTime(1h)) {
    const AccountId bot = account();
    in([&](Tables& t) { t.api_events.add({client, bot, "in-1", "message", to_bytes(text)}, when); });
  }
  std::vector<ApiEvent> all(const std::string& client = "api:home", std::int64_t after = 0) {
    return in([&](Tables& t) { return t.api_events.after(client, after, 100); });
  }
  std::vector<std::string> texts(const std::string& client = "api:home", std::int64_t after = 0) {
    std::vector<std::string> texts;
    for (const auto& event : all(client, after)) texts.emplace_back(as_text(event.payload));
    return texts;
  }
  ApiQueue queue(const std::string& client = "api:home") {
    return in([&](Tables& t) { return t.api_events.queue(client); });
  }
};

TEST_F(ApiEventsTest, EachClientHasItsOwnOrderOverARestart) {
  add("one");
  add("other", "api:other");
  add("two");
  open();
  EXPECT_THAT(texts(), ElementsAre("one", "two"));
  EXPECT_THAT(texts("api:other"), ElementsAre("other"));
  EXPECT_THAT(texts("api:home", all()[0].place.number), ElementsAre("two"));
  EXPECT_EQ(queue().waiting, 2u);
}

TEST_F(ApiEventsTest, WhatIsAcknowledgedIsGoneAndItsNumberIsNotUsedAgain) {
  add("one");
  add("two");
  const auto events = all();
  EXPECT_EQ(in([&](Tables& t) { return t.api_events.acknowledge("api:home", events[1].place); }), 2u);
  EXPECT_EQ(in([&](Tables& t) { return t.api_events.acknowledge("api:home", events[0].place); }), 0u);
  open();
  EXPECT_THAT(texts(), ElementsAre());
  add("three");
  EXPECT_GT(all()[0].place.number, events[1].place.number);
  EXPECT_EQ(queue().waiting, 1u);
}

TEST_F(ApiEventsTest, OnlyPlacesOfThisDatabaseAreKnown) {
  add("one");
  add("two");
  const auto first = all()[0].place, second = all()[1].place;
  in([&](Tables& t) {
    EXPECT_TRUE(t.api_events.knows("api:home", {}));
    EXPECT_TRUE(t.api_events.knows("api:home", first));
    EXPECT_FALSE(t.api_events.knows("api:home", {first.number, first.tag + 1}));
    EXPECT_FALSE(t.api_events.knows("api:home", {second.number + 1, second.tag}));
    EXPECT_FALSE(t.api_events.knows("api:other", first));
    EXPECT_FALSE(t.api_events.knows("api:home", {-1, 0}));
    t.api_events.acknowledge("api:home", second);
    EXPECT_TRUE(t.api_events.knows("api:home", first));
    EXPECT_TRUE(t.api_events.knows("api:home", second));
    EXPECT_FALSE(t.api_events.knows("api:home", {second.number, second.tag + 1}));
  });
}

TEST_F(ApiEventsTest, WhatIsTooMuchOrTooOldIsCountedAsLostUntilTheClientWasHere) {
  for (int i = 0; i < 5; ++i) add(std::to_string(i), "api:home", WallTime(std::chrono::hours(i)));
  EXPECT_EQ(in([&](Tables& t) { return t.api_events.trim("api:home", 4, WallTime(0h)); }), 1u);
  EXPECT_EQ(in([&](Tables& t) { return t.api_events.trim("api:home", 4, WallTime(3h)); }), 2u);
  EXPECT_EQ(in([&](Tables& t) { return t.api_events.trim("api:home", 4, WallTime(3h)); }), 0u);
  EXPECT_THAT(texts(), ElementsAre("3", "4"));
  open();
  EXPECT_EQ(queue().lost, 3u);
  in([&](Tables& t) { t.api_events.acknowledge("api:home", t.api_events.after("api:home", 0, 1)[0].place); });
  EXPECT_EQ(queue().lost, 0u);
  EXPECT_THAT(texts(), ElementsAre("4"));
}

TEST_F(ApiEventsTest, TheirContentIsSealedToItsPlace) {
  add("very secret words");
  store.reset();
  EXPECT_EQ(read_file(path).find("very secret words"), std::string::npos);
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec("UPDATE api_events SET number = 2");
  open();
  EXPECT_THROW(all(), StoreError);
}

}  // namespace
}  // namespace omegate::store
