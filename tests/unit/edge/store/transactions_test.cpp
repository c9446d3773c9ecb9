#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <deque>
#include <future>
#include <set>

#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

struct Refusal : std::runtime_error {
  using runtime_error::runtime_error;
};

trust::Entry entry_about(std::string peer, trust::Fact fact) {
  trust::Entry entry;
  entry.actor = "cli:root";
  entry.account = "bot@example.org";
  entry.peer = std::move(peer);
  entry.key.fill(3);
  entry.fact = fact;
  return entry;
}

struct Transactions : StoreTest {
  ~Transactions() override { store.reset(); }  // before the actors it posts to

  template <class Work>
  auto from_a_new_actor(Work work) {
    return asio::co_spawn(asio::make_strand(actors), store->transact(std::move(work)), asio::use_future);
  }

  /// Keeps the store's thread busy until `released`, so that what is queued meanwhile becomes one batch.
  std::future<void> hold_the_thread(std::shared_future<void> released) {
    std::promise<void> entered;
    auto running = entered.get_future();
    auto holder = from_a_new_actor([released, &entered](Tables&) {
      entered.set_value();
      released.wait();
    });
    running.wait();
    return holder;
  }

  asio::thread_pool actors{4};
};

TEST_F(Transactions, GiveEachDueMessageToOneActor) {
  const AccountId bot = account();
  in([&](Tables& t) {
    for (int i = 0; i < 200; ++i) t.outbox.add({bot, "juliet@example.org", std::to_string(i), {}, {}}, now);
  });
  std::vector<std::future<std::vector<DueMessage>>> taken;
  for (int i = 0; i < 200; ++i)
    taken.push_back(from_a_new_actor([&](Tables& t) { return t.outbox.take_due(bot, now, 1); }));
  std::set<OutboxId> ids;
  for (auto& one : taken)
    for (const auto& message : one.get()) EXPECT_TRUE(ids.insert(message.id).second);
  EXPECT_EQ(ids.size(), 200u);
}

TEST_F(Transactions, KeepNothingOfWorkThatThrows) {
  const auto failing = [&](Tables& t) -> int {
    t.accounts.id_of("nobody@example.org");
    throw Refusal("no");
  };
  EXPECT_THROW(from_a_new_actor(failing).get(), Refusal);
  EXPECT_TRUE(in([](Tables& t) { return t.accounts.all(); }).empty());
}

TEST_F(Transactions, LetWorksOfOneBatchFailAlone) {
  std::promise<void> release;
  auto holder = hold_the_thread(release.get_future().share());
  std::vector<std::future<int>> works;
  for (int i = 0; i < 50; ++i) {
    works.push_back(from_a_new_actor([i](Tables& t) -> int {
      t.accounts.id_of("bot" + std::to_string(i) + "@example.org");
      if (i % 5 == 0) throw Refusal("no");
      return i;
    }));
  }
  release.set_value();
  holder.get();
  for (int i = 0; i < 50; ++i) {
    if (i % 5 == 0) {
      EXPECT_THROW(works[static_cast<std::size_t>(i)].get(), Refusal);
    } else {
      EXPECT_EQ(works[static_cast<std::size_t>(i)].get(), i);
    }
  }
  EXPECT_EQ(in([](Tables& t) { return t.accounts.all().size(); }), 40u);
}

TEST_F(Transactions, TakeMoreWorksThanOneBatchHolds) {
  std::promise<void> release;
  auto holder = hold_the_thread(release.get_future().share());
  std::vector<std::future<void>> works;
  for (int i = 0; i < 2500; ++i)
    works.push_back(from_a_new_actor([i](Tables& t) { t.accounts.id_of(std::to_string(i)); }));
  release.set_value();
  holder.get();
  for (auto& work : works) work.get();
  EXPECT_EQ(in([](Tables& t) { return t.accounts.all().size(); }), 2500u);
}

TEST_F(Transactions, ResumeTheCallerOnItsOwnExecutor) {
  const auto strand = asio::make_strand(actors);
  const auto caller = [](Store& to,
                         asio::strand<asio::thread_pool::executor_type> own) -> asio::awaitable<bool> {
    co_await to.transact([](Tables& t) { t.accounts.id_of("bot@example.org"); });
    co_return own.running_in_this_thread();
  };
  EXPECT_TRUE(asio::co_spawn(strand, caller(*store, strand), asio::use_future).get());
}

// case 125
TEST_F(Transactions, LeaveTheTrustViewAsItWasWhenTheyFail) {
  in([](Tables& t) { t.ledger.append(entry_about("juliet@example.org", trust::Fact::tofu), WallTime(1ms)); });
  const auto failing = [](Tables& t) {
    t.ledger.append(entry_about("juliet@example.org", trust::Fact::revoked), WallTime(2ms));
    t.ledger.append(entry_about("romeo@example.org", trust::Fact::trusted), WallTime(2ms));
    EXPECT_EQ(t.ledger.view().seq(), 3u);
    throw Refusal("no");
  };
  EXPECT_THROW(in(failing), Refusal);
  in([](Tables& t) {
    const crypto::PublicKey known = entry_about("", trust::Fact::seen).key;
    EXPECT_EQ(t.ledger.view().seq(), 1u);
    EXPECT_EQ(t.ledger.view().level("bot@example.org", "juliet@example.org", known), trust::Level::tofu);
    EXPECT_EQ(t.ledger.view().find("bot@example.org", "romeo@example.org"), nullptr);
    t.ledger.append(entry_about("romeo@example.org", trust::Fact::seen), WallTime(3ms));
    EXPECT_FALSE(t.ledger.verify().fault);  // the chain goes on from the row that was kept
  });
  open();
  EXPECT_EQ(in([](Tables& t) { return t.ledger.view().seq(); }), 2u);
}

// case 143
TEST_F(Transactions, FailAloneWhenTheDiskIsFullAndGoOn) {
  open({.on_fatal = {}, .abort_on_fatal = true, .max_pages = 150});
  const Bytes large(16 * 4096, 'x');
  int stored = 0;
  const auto fill = [&] {
    for (;; ++stored) in([&](Tables& t) { t.kv.put("plugin", std::to_string(stored), large); });
  };
  EXPECT_THROW(fill(), DiskFull);
  EXPECT_GT(stored, 0);
  EXPECT_EQ(in([](Tables& t) { return t.kv.usage("plugin").keys; }), static_cast<std::size_t>(stored));
  in([](Tables& t) { return t.kv.erase("plugin", "0"); });
  in([&](Tables& t) { t.kv.put("plugin", "0", large); });  // room again
}

asio::awaitable<void> two_transactions(Store& store) {
  for (int i = 0; i < 2; ++i)
    co_await store.transact([](Tables& t) { return t.inbox.take_due(WallTime(0ms), 1).size(); });
}

// A slot that reached the store's thread would be a use after free here, seen by ASan and TSan.
TEST_F(Transactions, SurviveCancellationOfWhoeverWaits) {
  constexpr int rounds = 2000;
  std::deque<asio::cancellation_signal> signals(rounds);
  std::atomic<int> ended = 0;
  for (auto& signal : signals) {
    const auto strand = asio::make_strand(actors);
    const auto count = [&ended](const std::exception_ptr&) { ++ended; };
    asio::co_spawn(strand, two_transactions(*store),
                   asio::bind_cancellation_slot(signal.slot(), asio::bind_executor(strand, count)));
    asio::post(strand, [&signal] { signal.emit(asio::cancellation_type::terminal); });
  }
  actors.join();
  EXPECT_EQ(ended, rounds);
}

TEST_F(Transactions, AreStoredEvenIfTheCallerIsCancelledMeanwhile) {
  std::promise<void> release;
  auto holder = hold_the_thread(release.get_future().share());
  asio::cancellation_signal cancel;
  const auto strand = asio::make_strand(actors);
  std::promise<void> ended;
  const auto work = [](Tables& t) { t.accounts.id_of("bot@example.org"); };
  asio::co_spawn(
      strand, store->transact(work),
      asio::bind_cancellation_slot(
          cancel.slot(), asio::bind_executor(strand, [&](std::exception_ptr) { ended.set_value(); })));
  std::promise<void> cancelled;
  asio::post(strand, [&] {
    cancel.emit(asio::cancellation_type::terminal);
    cancelled.set_value();
  });
  cancelled.get_future().wait();
  release.set_value();
  ended.get_future().wait();
  holder.get();
  EXPECT_EQ(in([](Tables& t) { return t.accounts.all().size(); }), 1u);
}

}  // namespace
}  // namespace omegate::store
