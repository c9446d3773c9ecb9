#include "bridge/edge/store/limits.hpp"
#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

struct OutboxTable : StoreTest {
  OutboxId add(std::string id, std::string recipient = "juliet@example.org") {
    return *in([&](Tables& t) {
      return t.outbox.add({bot, recipient, id, to_bytes("body of " + id), {}}, now);
    });
  }
  OutboxId add_until(std::string id, std::optional<WallTime> expires, Priority priority = Priority::normal) {
    return *in([&](Tables& t) {
      return t.outbox.add({bot, juliet, id, to_bytes("body of " + id), {}, priority, expires}, now);
    });
  }
  std::vector<std::string> take(std::size_t limit = 10) {
    std::vector<std::string> ids;
    for (const DueMessage& message : in([&](Tables& t) { return t.outbox.take_due(bot, now, limit); }))
      ids.push_back(message.message_id);
    return ids;
  }
  bool seal(OutboxId id, std::string stanza = "<message/>") {
    const std::vector<Bytes> stanzas{to_bytes(stanza)};
    return in([&](Tables& t) { return t.outbox.store_sealed(id, stanzas, 42, as_bytes("notes"), now); });
  }
  OutboxId written(std::string id) {
    const OutboxId row = add(id);
    EXPECT_TRUE(seal(row));
    return row;
  }
  void sent(OutboxId id) {
    in([&](Tables& t) { t.outbox.mark_sent(std::span(&id, 1), now); });
  }
  OutboxRow row(OutboxId id) {
    return in([&](Tables& t) { return t.outbox.find(id).value(); });
  }
  MessageState state(OutboxId id) { return row(id).state; }
  bool has_content(OutboxId id) {
    store.reset();
    SQLite::Database db(path);
    const bool found =
        db.execAndGet("SELECT body IS NOT NULL OR stanzas IS NOT NULL FROM outbox WHERE id = " +
                      std::to_string(id.value()))
            .getInt() != 0;
    return found;
  }
  using Ids = std::vector<std::string>;

  AccountId bot = account();
  std::string juliet = "juliet@example.org";
};

TEST_F(OutboxTable, KeepsAnAcceptedMessageOverARestart) {
  add("a");
  open();
  const auto due = in([&](Tables& t) { return t.outbox.take_due(bot, now, 10); });
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].recipient, juliet);
  EXPECT_EQ(due[0].body, to_bytes("body of a"));
  EXPECT_EQ(due[0].attempts, 1);
}

TEST_F(OutboxTable, AddsAMessageWithTheSameKeyOnce) {
  const auto add_with_key = [&](Tables& t) { return t.outbox.add({bot, juliet, "a", {}, "key"}, now); };
  EXPECT_TRUE(in(add_with_key));
  EXPECT_FALSE(in(add_with_key));
}

TEST_F(OutboxTable, CountsTheAttemptFirstAndPausesLongerEachTime) {
  add("a");
  for (const auto pause : {30s, 60s, 120s}) {
    EXPECT_EQ(take(), Ids{"a"});
    EXPECT_EQ(in([&](Tables& t) { return t.outbox.next_due(bot); }), now + pause);
    now += pause - 1ms;
    EXPECT_EQ(take(), Ids{});
    now += 1ms;
  }
}

TEST_F(OutboxTable, TakesTheOldestFirstAndNoMoreThanAsked) {
  for (const char* id : {"a", "b", "c"}) {
    add(id);
    now += 1ms;
  }
  EXPECT_EQ(take(2), (Ids{"a", "b"}));
  EXPECT_EQ(take(2), Ids{"c"});
}

TEST_F(OutboxTable, KeepsAccountsApart) {
  add("a");
  const AccountId other = account("other@example.org");
  in([&](Tables& t) {
    EXPECT_TRUE(t.outbox.take_due(other, now, 10).empty());
    EXPECT_FALSE(t.outbox.next_due(other));
    EXPECT_FALSE(t.outbox.mark_delivered(other, juliet, "a", now));
  });
}

TEST_F(OutboxTable, PutsBackWhatWasNotTried) {
  const OutboxId id = add("a");
  take();
  in([&](Tables& t) { t.outbox.put_back(id, now + 5s); });
  EXPECT_EQ(take(), Ids{});
  now += 5s;
  const auto due = in([&](Tables& t) { return t.outbox.take_due(bot, now, 1); });
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].attempts, 1);
}

TEST_F(OutboxTable, RepeatsTheSameBytesInTheOrderOfWriting) {
  const OutboxId a = add("a"), b = add("b"), c = add("c");
  seal(c, "<c/>");
  seal(a, "<a/>");
  seal(b, "<b/>");
  sent(a);
  open();
  const auto unacked = in([&](Tables& t) { return t.outbox.unacked(bot); });
  ASSERT_EQ(unacked.size(), 2u);
  EXPECT_EQ(unacked[0].message_id, "c");
  EXPECT_EQ(unacked[0].stanzas, std::vector<Bytes>{to_bytes("<c/>")});
  EXPECT_EQ(unacked[0].trust_seq, 42u);
  EXPECT_EQ(unacked[1].message_id, "b");
}

TEST_F(OutboxTable, KeepsSeveralStanzasOfOneMessageApart) {
  const OutboxId id = add("a");
  const std::vector<Bytes> stanzas{to_bytes("<legacy/>"), {}, to_bytes("<omemo2/>")};
  in([&](Tables& t) { t.outbox.store_sealed(id, stanzas, 1, {}, now); });
  EXPECT_EQ(in([&](Tables& t) { return t.outbox.unacked(bot).front().stanzas; }), stanzas);
}

TEST_F(OutboxTable, SealsAMessageOnce) {
  const OutboxId id = written("a");
  EXPECT_FALSE(seal(id, "<other/>"));
  EXPECT_EQ(in([&](Tables& t) { return t.outbox.unacked(bot).front().stanzas.front(); }),
            to_bytes("<message/>"));
  now += longest_pause;
  EXPECT_EQ(take(), Ids{});
}

TEST_F(OutboxTable, WipesTheContentWhenTheServerHasIt) {
  const OutboxId id = written("a");
  sent(id);
  EXPECT_EQ(state(id), MessageState::sent);
  EXPECT_EQ(row(id).notes, to_bytes("notes"));
  EXPECT_FALSE(has_content(id));
}

TEST_F(OutboxTable, AcknowledgesOnlyWhatWasWritten) {
  const OutboxId id = add("a");
  sent(id);
  EXPECT_EQ(state(id), MessageState::accepted);
}

TEST_F(OutboxTable, AReceiptMayOvertakeTheAcknowledgement) {
  const OutboxId id = written("a");
  EXPECT_TRUE(in([&](Tables& t) { return t.outbox.mark_delivered(bot, juliet, "a", now); }));
  sent(id);
  EXPECT_EQ(state(id), MessageState::delivered);
  EXPECT_FALSE(has_content(id));
}

TEST_F(OutboxTable, TakesAReceiptFromTheRecipientOnly) {
  written("a");
  EXPECT_FALSE(in([&](Tables& t) { return t.outbox.mark_delivered(bot, "mallory@example.org", "a", now); }));
  EXPECT_FALSE(in([&](Tables& t) { return t.outbox.mark_delivered(bot, juliet, "b", now); }));
}

TEST_F(OutboxTable, HoldsAMessageUntilItsPeerIsReleased) {
  const OutboxId id = add("a"), other = add("b", "romeo@example.org");
  in([&](Tables& t) {
    t.outbox.hold(id, "no allowed device", as_bytes("why"), now);
    t.outbox.hold(other, "no allowed device", {}, now);
  });
  now += longest_pause;
  EXPECT_EQ(take(), Ids{});
  EXPECT_EQ(row(id).reason, "no allowed device");
  EXPECT_EQ(row(id).notes, to_bytes("why"));
  EXPECT_EQ(in([&](Tables& t) { return t.outbox.peers_held(bot); }), (Ids{juliet, "romeo@example.org"}));
  EXPECT_EQ(in([&](Tables& t) { return t.outbox.release_held(bot, juliet, now); }), 1u);
  EXPECT_EQ(take(), Ids{"a"});
  EXPECT_EQ(state(other), MessageState::held);
  EXPECT_EQ(in([&](Tables& t) { return t.outbox.release_all_held(bot, now); }), 1u);
  EXPECT_EQ(take(), Ids{"b"});
}

TEST_F(OutboxTable, SealsAnewUnderTheSameMessageIdAndSaysSo) {
  const OutboxId id = written("a");
  in([&](Tables& t) { t.outbox.reseal(id, now); });
  EXPECT_TRUE(in([&](Tables& t) { return t.outbox.unacked(bot).empty(); }));
  EXPECT_EQ(take(), Ids{"a"});
  EXPECT_TRUE(seal(id, "<again/>"));
  EXPECT_EQ(row(id).times_resealed, 1);
  EXPECT_EQ(row(id).message_id, "a");
}

TEST_F(OutboxTable, AReceiptForTheFirstCopyEndsTheSecond) {
  const OutboxId id = written("a");
  in([&](Tables& t) { t.outbox.reseal(id, now); });
  EXPECT_TRUE(in([&](Tables& t) { return t.outbox.mark_delivered(bot, juliet, "a", now); }));
  EXPECT_EQ(state(id), MessageState::delivered);
  EXPECT_EQ(take(), Ids{});
}

TEST_F(OutboxTable, ParksAfterTheLastAttemptAndRetriesByCommand) {
  const OutboxId id = add("a");
  const auto fail = [&] { return in([&](Tables& t) { return t.outbox.fail(id, "no bundle", 2, now); }); };
  take();
  EXPECT_FALSE(fail());
  EXPECT_EQ(row(id).reason, "no bundle");
  now += longest_pause;
  take();
  EXPECT_TRUE(fail());
  EXPECT_EQ(state(id), MessageState::parked);
  now += longest_pause;
  EXPECT_EQ(take(), Ids{});
  EXPECT_TRUE(in([&](Tables& t) { return t.outbox.retry(id, now); }));
  const auto due = in([&](Tables& t) { return t.outbox.take_due(bot, now, 1); });
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].attempts, 1);
  EXPECT_EQ(due[0].body, to_bytes("body of a"));
}

TEST_F(OutboxTable, EndsAMessageWithItsReasonAndWithoutItsContent) {
  const OutboxId refused = add("r"), bounced = written("b"), expired = add_until("e", now);
  in([&](Tables& t) {
    t.outbox.refuse(refused, "a device is undecided", now);
    EXPECT_TRUE(t.outbox.mark_bounced(bot, juliet, "b", "service-unavailable", now));
    EXPECT_EQ(t.outbox.expire(now), 1u);
  });
  EXPECT_EQ(state(refused), MessageState::refused);
  EXPECT_EQ(row(refused).reason, "a device is undecided");
  EXPECT_EQ(row(bounced).reason, "service-unavailable");
  EXPECT_EQ(state(expired), MessageState::expired);
  EXPECT_FALSE(in([&](Tables& t) { return t.outbox.retry(refused, now); }));
  EXPECT_FALSE(has_content(refused));
  EXPECT_FALSE(has_content(bounced));
}

TEST_F(OutboxTable, TakesTheUrgentFirstAndEachKindInItsOrder) {
  for (int i = 0; i < 5; ++i) add_until("bulk " + std::to_string(i), {}, Priority::low);
  add("a");
  add("b");
  now += 1s;
  add_until("fire", {}, Priority::high);
  EXPECT_EQ(take(2), (Ids{"fire", "a"}));
  EXPECT_EQ(take(3), (Ids{"b", "bulk 0", "bulk 1"}));
  EXPECT_EQ(row(add_until("low", {}, Priority::low)).priority, Priority::low);
}

TEST_F(OutboxTable, ExpiresWhatWaitsAndNotWhatIsUnderWay) {
  const auto later = now + 10s;
  const OutboxId waits = add_until("w", later), held = add_until("h", later), under_way = add_until("u", later);
  const OutboxId longer = add_until("l", later + 1ms);
  EXPECT_EQ(row(waits).expires, later);
  in([&](Tables& t) { t.outbox.hold(held, "no device", {}, now); });
  ASSERT_TRUE(seal(under_way));
  now = later - 1ms;
  EXPECT_EQ(in([&](Tables& t) { return t.outbox.expire(now); }), 0u);
  now = later;
  EXPECT_EQ(in([&](Tables& t) { return t.outbox.expire(now); }), 2u);
  EXPECT_EQ(state(waits), MessageState::expired);
  EXPECT_EQ(row(held).reason, "it was not sent in time");
  EXPECT_EQ(state(under_way), MessageState::written);
  EXPECT_EQ(state(longer), MessageState::accepted);
  EXPECT_FALSE(has_content(waits));
}

TEST_F(OutboxTable, ListsByWhatIsAskedFor) {
  const OutboxId a = add("a"), b = add("b", "romeo@example.org");
  seal(a);
  in([&](Tables& t) {
    EXPECT_EQ(t.outbox.list({}).size(), 2u);
    EXPECT_EQ(t.outbox.list({}).front().id, b);  // newest first
    OutboxFilter filter;
    filter.state = MessageState::written;
    ASSERT_EQ(t.outbox.list(filter).size(), 1u);
    EXPECT_EQ(t.outbox.list(filter).front().trust_seq, 42u);
    filter = {};
    filter.recipient = "romeo@example.org";
    EXPECT_EQ(t.outbox.list(filter).front().message_id, "b");
    filter = {};
    filter.message_id = "a";
    EXPECT_EQ(t.outbox.list(filter).size(), 1u);
    filter = {};
    filter.limit = 1;
    EXPECT_EQ(t.outbox.list(filter).size(), 1u);
    EXPECT_EQ(t.outbox.counts()[static_cast<std::size_t>(MessageState::written)], 1u);
    EXPECT_EQ(t.outbox.counts()[static_cast<std::size_t>(MessageState::accepted)], 1u);
  });
}

TEST_F(OutboxTable, DropsWhatIsNotUnderWay) {
  const OutboxId under_way = written("a"), waiting = add("b");
  EXPECT_FALSE(in([&](Tables& t) { return t.outbox.drop(under_way); }));
  EXPECT_TRUE(in([&](Tables& t) { return t.outbox.drop(waiting); }));
}

TEST_F(OutboxTable, PurgesFinishedMessagesOnly) {
  const OutboxId done = written("a"), open_one = add("b"), under_way = written("c");
  sent(done);
  EXPECT_EQ(in([&](Tables& t) { return t.outbox.purge_finished(now); }), 0u);
  EXPECT_EQ(in([&](Tables& t) { return t.outbox.purge_finished(now + 1ms); }), 1u);
  EXPECT_EQ(state(open_one), MessageState::accepted);
  EXPECT_EQ(state(under_way), MessageState::written);
}

TEST(MessageStates, HaveNamesThatReadBack) {
  for (std::size_t i = 0; i < message_states; ++i) {
    const auto state = static_cast<MessageState>(i);
    EXPECT_EQ(message_state_named(name(state)), state);
  }
  EXPECT_FALSE(message_state_named("lost"));
}

TEST_F(OutboxTable, ContentsAreKeptForTheirTimeIfSomebodyWantsThat) {
  const OutboxId kept = written("kept"), other = written("other");
  in([&](Tables& t) { t.outbox.keep(kept, now + 1h, 10); });
  sent(kept);
  sent(other);
  EXPECT_EQ(row(kept).body, to_bytes("body of kept"));
  EXPECT_TRUE(row(other).body.empty());
  in([&](Tables& t) {
    t.outbox.mark_delivered(bot, juliet, "kept", now);
    const auto rows = t.outbox.kept(bot, juliet, now, 10);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].id, kept);
    EXPECT_TRUE(t.outbox.kept(bot, juliet, now + 1h, 10).empty());
    EXPECT_TRUE(t.outbox.kept_for_others(bot, juliet, now, 10).empty());
    ASSERT_EQ(t.outbox.kept_for_others(bot, "romeo@example.org", now, 10).size(), 1u);
    EXPECT_TRUE(t.outbox.kept_for_others(bot, "romeo@example.org", now + 1h, 10).empty());
    EXPECT_EQ(t.outbox.wipe_kept(now + 59min), 0u);
    EXPECT_EQ(t.outbox.wipe_kept(now + 1h), 1u);
  });
  EXPECT_FALSE(has_content(kept));
}

TEST_F(OutboxTable, WhatIsWrittenAfterItsTimeIsNotKept) {
  const OutboxId late = written("late");
  in([&](Tables& t) { t.outbox.keep(late, now, 10); });
  sent(late);
  EXPECT_FALSE(has_content(late));
}

TEST_F(OutboxTable, NoMoreContentsOfAConversationAreKeptThanWanted) {
  std::vector<OutboxId> rows;
  for (const char* const id : {"a", "b", "c"}) {
    rows.push_back(written(id));
    if (id[0] != 'c') sent(rows.back());
    in([&](Tables& t) { t.outbox.keep(rows.back(), now + 1h, 2); });
  }
  const OutboxId elsewhere = add("d", "romeo@example.org");
  in([&](Tables& t) { t.outbox.keep(elsewhere, now + 1h, 1); });
  sent(rows[2]);
  EXPECT_TRUE(row(rows[0]).body.empty());
  EXPECT_EQ(in([&](Tables& t) { return t.outbox.kept(bot, juliet, now, 10).size(); }), 1u)
      << "b's went when the server had it, before anybody wanted it kept";
  EXPECT_FALSE(row(elsewhere).body.empty());
  EXPECT_EQ(in([&](Tables& t) { return t.outbox.wipe_all_kept(bot); }), 1u);
  EXPECT_TRUE(row(rows[2]).body.empty());
  EXPECT_FALSE(row(elsewhere).body.empty()) << "it has not gone out yet";
}

}  // namespace
}  // namespace omegate::store
