#include "bridge/edge/store/limits.hpp"
#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

struct InboxTable : StoreTest {
  std::optional<InboxId> add(std::string payload, std::string conversation = "",
                             std::string plugin = "responder", std::string dedupe = "") {
    return in([&](Tables& t) {
      return t.inbox.add({bot, plugin, conversation, "message", to_bytes(payload), dedupe}, now);
    });
  }
  std::vector<std::string> take(std::size_t limit = 10, std::string plugin = "") {
    std::vector<std::string> payloads;
    for (const DueEvent& event : in([&](Tables& t) { return t.inbox.take_due(now, limit, plugin); })) {
      payloads.emplace_back(as_text(event.payload));
      last = event;
    }
    return payloads;
  }
  void finish() {
    in([&](Tables& t) { t.inbox.finish(last->id, now); });
  }
  bool fail(int park_after = 3) {
    return in([&](Tables& t) { return t.inbox.fail(last->id, "it broke", park_after, now); });
  }
  using Payloads = std::vector<std::string>;

  AccountId bot = account();
  std::optional<DueEvent> last;
};

TEST_F(InboxTable, KeepsAnEventOverARestartUntilItIsFinished) {
  add("hello");
  open();
  EXPECT_EQ(take(), Payloads{"hello"});
  EXPECT_EQ(last->kind, "message");
  EXPECT_EQ(last->attempts, 1);
  finish();
  open();
  now += longest_pause;
  EXPECT_EQ(take(), Payloads{});
}

TEST_F(InboxTable, AddsAnEventWithTheSameKeyOnce) {
  EXPECT_TRUE(add("a", "", "responder", "key"));
  EXPECT_FALSE(add("b", "", "responder", "key"));
  EXPECT_TRUE(add("c", "", "responder", "other"));
  EXPECT_TRUE(add("d"));
  EXPECT_TRUE(add("e"));  // no key: each is its own
  EXPECT_EQ(take().size(), 4u);
}

TEST_F(InboxTable, ShowsWhatWaitsBehindAnEventAndWhenItMayEnd) {
  add("a1", "alice");
  const auto second = add("a2", "alice");
  const auto third = add("a3", "alice");
  add("b1", "bob");
  add("other", "alice", "webhook");
  EXPECT_EQ(take(1), Payloads{"a1"});
  const DueEvent head = *last;
  const auto behind = in([&](Tables& t) { return t.inbox.behind(head, 10); });
  ASSERT_EQ(behind.size(), 2u);
  EXPECT_EQ(as_text(behind[0].payload), "a2");
  EXPECT_EQ(as_text(behind[1].payload), "a3");
  EXPECT_EQ(behind[0].attempts, 0) << "it was not taken";
  EXPECT_EQ(in([&](Tables& t) { return t.inbox.behind(head, 1); }).size(), 1u);
  EXPECT_TRUE(in([&](Tables& t) { return t.inbox.is_in_turn(head.id); }));
  EXPECT_FALSE(in([&](Tables& t) { return t.inbox.is_in_turn(*second); }));
  finish();
  EXPECT_FALSE(in([&](Tables& t) { return t.inbox.is_in_turn(head.id); })) << "it is gone";
  EXPECT_TRUE(in([&](Tables& t) { return t.inbox.is_in_turn(*second); }));
  EXPECT_FALSE(in([&](Tables& t) { return t.inbox.is_in_turn(*third); }));
}

TEST_F(InboxTable, NothingIsBehindAnEventOfNoConversation) {
  add("a");
  add("b");
  EXPECT_EQ(take(1), Payloads{"a"});
  EXPECT_TRUE(in([&](Tables& t) { return t.inbox.behind(*last, 10); }).empty());
}

TEST_F(InboxTable, CountsTheAttemptFirstAndPausesLongerEachTime) {
  add("hello");
  for (const auto pause : {30s, 60s, 120s, 240s}) {
    EXPECT_EQ(take(), Payloads{"hello"});
    EXPECT_EQ(in([](Tables& t) { return t.inbox.next_due(); }), now + pause);
    now += pause - 1ms;
    EXPECT_EQ(take(), Payloads{});
    now += 1ms;
  }
  for (int attempt = 0; attempt < 30; ++attempt) {
    take();
    now += longest_pause;
  }
  EXPECT_EQ(take(), Payloads{"hello"});
  EXPECT_EQ(in([](Tables& t) { return t.inbox.next_due(); }), now + longest_pause);
}

TEST_F(InboxTable, TakesAConversationInOrderOneByOne) {
  add("1", "juliet");
  add("2", "juliet");
  add("3", "juliet");
  add("x", "romeo");
  EXPECT_EQ(take(), (Payloads{"1", "x"}));
  EXPECT_EQ(take(), Payloads{});  // 1 is under way
  in([&](Tables& t) { t.inbox.finish(t.inbox.list(1).front().event.id, now); });
  EXPECT_EQ(take(), Payloads{"2"});
  now += first_pause;
  EXPECT_EQ(take(), (Payloads{"2", "x"}));  // 2 crashed us: it comes again, 3 waits on
  in([&](Tables& t) { t.inbox.finish(t.inbox.list(1).front().event.id, now); });
  EXPECT_EQ(take(), Payloads{"3"});
}

TEST_F(InboxTable, LetsThePluginsWaitForThemselvesOnly) {
  add("1", "juliet", "responder");
  add("2", "juliet", "webhook");
  EXPECT_EQ(take(10, "webhook"), Payloads{"2"});
  EXPECT_EQ(in([](Tables& t) { return t.inbox.next_due("responder"); }), now);
  EXPECT_EQ(take(10, "responder"), Payloads{"1"});
}

TEST_F(InboxTable, EventsWithoutConversationHaveNoOrder) {
  add("1");
  add("2");
  EXPECT_EQ(take(), (Payloads{"1", "2"}));
}

TEST_F(InboxTable, TakesNoMoreThanAsked) {
  for (int i = 0; i < 5; ++i) add(std::to_string(i));
  EXPECT_EQ(take(2), (Payloads{"0", "1"}));
  EXPECT_EQ(take(), (Payloads{"2", "3", "4"}));
}

TEST_F(InboxTable, ParksAfterTheLastAttemptAndLetsTheNextPass) {
  add("bad", "juliet");
  add("good", "juliet");
  for (int attempt = 1; attempt <= 3; ++attempt) {
    EXPECT_EQ(take(), Payloads{"bad"});
    EXPECT_EQ(fail(3), attempt == 3);
    now += attempt < 3 ? longest_pause : 0ms;
  }
  EXPECT_EQ(take(), Payloads{"good"});
  EXPECT_EQ(in([](Tables& t) { return t.inbox.count(true); }), 1u);
  const auto rows = in([](Tables& t) { return t.inbox.list(10); });
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_TRUE(rows[0].parked);
  EXPECT_EQ(rows[0].error, "it broke");
  EXPECT_EQ(rows[0].event.attempts, 3);
}

TEST_F(InboxTable, ReplaysAParkedEventBehindTheOneUnderWay) {
  add("bad", "juliet");
  add("good", "juliet");
  add("later", "juliet");
  take();
  fail(1);
  const InboxId bad = last->id;
  EXPECT_EQ(take(), Payloads{"good"});
  EXPECT_TRUE(in([&](Tables& t) { return t.inbox.replay(bad, now); }));
  EXPECT_EQ(take(), Payloads{});
  finish();
  EXPECT_EQ(take(), Payloads{"bad"});
  EXPECT_EQ(last->attempts, 1);
  finish();
  EXPECT_EQ(take(), Payloads{"later"});
}

TEST_F(InboxTable, ReplayOfAWaitingEventKeepsTheOrder) {
  add("1", "juliet");
  const auto second = add("2", "juliet");
  in([&](Tables& t) { t.inbox.replay(*second, now); });
  EXPECT_EQ(take(), Payloads{"1"});
}

TEST_F(InboxTable, DropsAnEventAndLetsTheNextPass) {
  const auto first = add("1", "juliet");
  add("2", "juliet");
  EXPECT_TRUE(in([&](Tables& t) { return t.inbox.drop(*first, now); }));
  EXPECT_FALSE(in([&](Tables& t) { return t.inbox.drop(*first, now); }));
  EXPECT_FALSE(in([&](Tables& t) { return t.inbox.replay(*first, now); }));
  EXPECT_EQ(take(), Payloads{"2"});
}

TEST_F(InboxTable, PutsBackWhatWasNotTried) {
  add("1");
  take();
  in([&](Tables& t) { t.inbox.put_back(last->id, now); });
  EXPECT_EQ(take(), Payloads{"1"});
  EXPECT_EQ(last->attempts, 1);
}

TEST_F(InboxTable, NeverGivesANumberTwice) {
  const auto first = add("1");
  in([&](Tables& t) { t.inbox.drop(*first, now); });
  open();
  EXPECT_GT(add("2")->value(), first->value());
}

}  // namespace
}  // namespace omegate::store
