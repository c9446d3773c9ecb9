// Programs to run: one begins once, and what was begun is known after the end of the process.
#include "bridge/edge/store/runs.hpp"

#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

struct RunTable : StoreTest {
  AccountId account = in([](Tables& t) { return t.accounts.id_of("bot@example.org"); });

  void add(const std::string& body) {
    in([&](Tables& t) { t.runs.add("command", account, as_bytes(body), now); });
  }
  std::optional<StoredRun> begin() {
    return in([&](Tables& t) { return t.runs.begin_next(now + 1min); });
  }
};

TEST_F(RunTable, EachBeginsOnceInTheirOrder) {
  add("first");
  add("second");
  EXPECT_TRUE(in([](Tables& t) { return t.runs.begun().empty(); }));
  const auto first = begin(), second = begin();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(as_text(first->body), "first");
  EXPECT_EQ(first->begun, now + 1min);
  EXPECT_EQ(as_text(second->body), "second");
  EXPECT_FALSE(begin());
}

TEST_F(RunTable, WhatHasBegunIsKnownAfterARestartAndDoesNotBeginAgain) {
  add("reboot");
  const auto run = begin();
  open();
  EXPECT_FALSE(begin());
  const auto begun = in([](Tables& t) { return t.runs.begun(); });
  ASSERT_EQ(begun.size(), 1u);
  EXPECT_EQ(as_text(begun[0].body), "reboot");
  EXPECT_EQ(begun[0].created, now);
  EXPECT_EQ(in([](Tables& t) { return t.runs.count("command"); }), 1u);
  in([&](Tables& t) { t.runs.erase(run->id); });
  EXPECT_TRUE(in([](Tables& t) { return t.runs.begun().empty(); }));
}

}  // namespace
}  // namespace omegate::store
