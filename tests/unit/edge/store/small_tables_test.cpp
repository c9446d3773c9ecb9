// Answers, seen, kv.
#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

struct SmallTables : StoreTest {};

TEST_F(SmallTables, AnAnswerIsGivenAgainAfterARestart) {
  const StoredAnswer answer{to_bytes("hash"), to_bytes("202 accepted")};
  EXPECT_TRUE(in([&](Tables& t) { return t.answers.add("hooks/alert", "key", answer, now); }));
  open();
  in([&](Tables& t) {
    const auto again = t.answers.find("hooks/alert", "key");
    ASSERT_TRUE(again);
    EXPECT_EQ(again->body_hash, answer.body_hash);
    EXPECT_EQ(again->answer, answer.answer);
    EXPECT_FALSE(t.answers.find("hooks/other", "key"));
    EXPECT_FALSE(t.answers.find("hooks/aler", "tkey"));  // scope and key are kept apart
  });
}

TEST_F(SmallTables, TheFirstAnswerStays) {
  in([&](Tables& t) {
    EXPECT_TRUE(t.answers.add("s", "k", {{}, to_bytes("first")}, now));
    EXPECT_FALSE(t.answers.add("s", "k", {{}, to_bytes("second")}, now));
    EXPECT_EQ(t.answers.find("s", "k")->answer, to_bytes("first"));
    EXPECT_EQ(t.answers.purge(now), 0u);
    EXPECT_EQ(t.answers.purge(now + 1ms), 1u);
    EXPECT_FALSE(t.answers.find("s", "k"));
  });
}

// case 76
TEST_F(SmallTables, ASeenMessageIsKnownAfterARestart) {
  const AccountId bot = account(), other = account("other@example.org");
  EXPECT_TRUE(in([&](Tables& t) { return t.seen.add(bot, "archive:4711", now); }));
  open();
  in([&](Tables& t) {
    EXPECT_FALSE(t.seen.add(bot, "archive:4711", now));
    EXPECT_TRUE(t.seen.contains(bot, "archive:4711"));
    EXPECT_FALSE(t.seen.contains(other, "archive:4711"));
    EXPECT_FALSE(t.seen.contains(bot, "archive:4712"));
    EXPECT_EQ(t.seen.purge(now), 0u);
    EXPECT_EQ(t.seen.purge(now + 1ms), 1u);
    EXPECT_TRUE(t.seen.add(bot, "archive:4711", now));
  });
}

TEST_F(SmallTables, AValueIsThereAfterARestart) {
  in([](Tables& t) { t.kv.put("responder", "count", as_bytes("1")); });
  open();
  in([](Tables& t) {
    EXPECT_EQ(t.kv.get("responder", "count")->value, to_bytes("1"));
    EXPECT_FALSE(t.kv.get("webhook", "count"));
    EXPECT_FALSE(t.kv.get("responder", "other"));
    t.kv.put("responder", "empty", {});
    EXPECT_EQ(t.kv.get("responder", "empty")->value, Bytes());
  });
}

TEST_F(SmallTables, EachPutGivesANewVersion) {
  in([](Tables& t) {
    EXPECT_EQ(t.kv.version("p", "k"), 0u);
    const auto first = t.kv.put("p", "k", as_bytes("1"));
    EXPECT_EQ(t.kv.version("p", "k"), first);
    EXPECT_EQ(t.kv.get("p", "k")->version, first);
    const auto second = t.kv.put("p", "k", as_bytes("2"));
    EXPECT_NE(second, first);
    EXPECT_TRUE(t.kv.erase("p", "k"));
    EXPECT_FALSE(t.kv.erase("p", "k"));
    EXPECT_NE(t.kv.put("p", "k", as_bytes("1")), first);  // gone and back is not unchanged
  });
}

TEST_F(SmallTables, KeysAreListedByPluginAndPrefix) {
  in([](Tables& t) {
    for (const char* made : {"b", "a/2", "a/1"}) t.kv.put("p", made, as_bytes("value"));
    t.kv.put("q", "a/3", as_bytes("value"));
    EXPECT_EQ(t.kv.keys("p"), (std::vector<std::string>{"a/1", "a/2", "b"}));
    EXPECT_EQ(t.kv.keys("p", "a/"), (std::vector<std::string>{"a/1", "a/2"}));
    EXPECT_EQ(t.kv.usage("p").keys, 3u);
    EXPECT_GT(t.kv.usage("p").bytes, 15u);
    EXPECT_EQ(t.kv.usage("nobody").keys, 0u);
  });
}

TEST_F(SmallTables, AValueThatHasExpiredIsNotThere) {
  in([&](Tables& t) {
    t.kv.put("p", "brief", as_bytes("value"), now + 1s);
    t.kv.put("p", "lasting", as_bytes("value"));
    EXPECT_TRUE(t.kv.get("p", "brief", now));
    EXPECT_NE(t.kv.version("p", "brief", now), 0u);
    EXPECT_FALSE(t.kv.get("p", "brief", now + 1s));
    EXPECT_EQ(t.kv.version("p", "brief", now + 1s), 0u);
    EXPECT_EQ(t.kv.keys("p", {}, now + 1s), std::vector<std::string>{"lasting"});
    EXPECT_EQ(t.kv.purge(now), 0u);
    EXPECT_EQ(t.kv.purge(now + 1s), 1u);
    EXPECT_EQ(t.kv.usage("p").keys, 1u);
    t.kv.put("p", "brief", as_bytes("value"), now);
    t.kv.put("p", "brief", as_bytes("value"));  // a new value lasts, whatever the old one did
    EXPECT_TRUE(t.kv.get("p", "brief", now + 1s));
  });
}

TEST_F(SmallTables, ATimerIsThereAfterARestartAndDueInItsTime) {
  in([&](Tables& t) {
    t.timers.set("p", TimerKind::once, "late", now + 2s, as_bytes("2"));
    t.timers.set("p", TimerKind::once, "early", now + 1s, as_bytes("1"));
    t.timers.set("p", TimerKind::question, "early", now + 3s, as_bytes("3"));
    t.timers.set("q", TimerKind::once, "early", now + 4s, as_bytes("4"));
  });
  open();
  in([&](Tables& t) {
    EXPECT_EQ(t.timers.next_due(), now + 1s);
    EXPECT_TRUE(t.timers.due(now, 10).empty());
    EXPECT_EQ(t.timers.due(now + 4s, 1).size(), 1u);
    const auto due = t.timers.due(now + 2s, 10);
    ASSERT_EQ(due.size(), 2u);
    EXPECT_EQ(due[0].data, to_bytes("1"));
    EXPECT_EQ(due[1].data, to_bytes("2"));
    t.timers.erase(due[0]);
    t.timers.postpone(due[1], now + 1h);
    EXPECT_FALSE(t.timers.find("p", TimerKind::once, "early"));
    EXPECT_EQ(t.timers.find("p", TimerKind::once, "late")->due, now + 1h);
    EXPECT_EQ(t.timers.find("p", TimerKind::question, "early")->data, to_bytes("3"));
    t.timers.set("q", TimerKind::once, "early", now + 5s, as_bytes("5"));
    EXPECT_EQ(t.timers.list("q", TimerKind::once).size(), 1u);
    EXPECT_EQ(t.timers.find("q", TimerKind::once, "early")->data, to_bytes("5"));
    EXPECT_EQ(t.timers.count("p"), 2u);
    EXPECT_TRUE(t.timers.erase("p", TimerKind::question, "early"));
    EXPECT_FALSE(t.timers.erase("p", TimerKind::question, "early"));
  });
}

}  // namespace
}  // namespace omegate::store
