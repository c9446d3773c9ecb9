#include "bridge/edge/store/store.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <future>
#include <vector>

#include "bridge/core/crypto/random.hpp"
#include "bridge/edge/store/copying.hpp"
#include "bridge/edge/store/durations.hpp"
#include "bridge/edge/store/failpoint.hpp"
#include "bridge/edge/store/limits.hpp"
#include "bridge/edge/store/meta.hpp"
#include "bridge/edge/store/opening.hpp"

namespace omegate::store {

namespace {

using Done = asio::any_completion_handler<void()>;

// A fault for one test program, whose crash test must notice it: tests/unit/edge/store/crash_test.cpp.
#ifdef OMEGATE_SABOTAGE_RELEASE_BEFORE_COMMIT
constexpr bool releases_before_commit = true;
#else
constexpr bool releases_before_commit = false;
#endif

std::chrono::microseconds since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
}

/// A job and how to wake who waits for it.
struct Queued {
  detail::Job* job;
  Done done;
  asio::any_io_executor executor;  // where `done` is to be called; none: on the store's thread
};

}  // namespace

/// Queue, transactions and the log's folding. All but `enqueue` and `close` runs on the one thread.
class Store::Worker {
 public:
  Worker(Opened opened, Options options)
      : db_(std::move(opened.db)),
        sealer_(std::move(opened.sealer)),
        anchor_(std::move(opened.anchor)),
        database_id_(database_id(*db_)),
        tables_(*db_, *sealer_),
        options_(std::move(options)) {}

  ~Worker() {
    asio::post(thread_, [this] {
      closing_ = true;
      fold_timer_.cancel();
    });
    thread_.join();
    if (anchor_ && !dead_) sync_anchor();
  }

  void enqueue(detail::Job& job, Done done, const asio::any_io_executor& executor) {
    auto kept = executor ? asio::prefer(executor, asio::execution::outstanding_work.tracked) : executor;
    asio::post(thread_, [this, queued = Queued{&job, std::move(done), std::move(kept)}]() mutable {
      add(std::move(queued));
    });
  }

  /// On the store's thread, between transactions.
  void run_outside(const std::function<void(Worker&)>& work, std::exception_ptr& failure, Done done,
                   const asio::any_io_executor& executor) {
    auto kept = asio::prefer(executor, asio::execution::outstanding_work.tracked);
    asio::post(thread_, [this, &work, &failure, done = std::move(done), kept = std::move(kept)]() mutable {
      try {
        if (dead_) std::rethrow_exception(dead_);
        work(*this);
      } catch (...) {
        failure = std::current_exception();
      }
      asio::post(kept, [finished = std::move(done)]() mutable { std::move(finished)(); });
    });
  }

  void begin_copy(const std::string& path) {
    if (copying_) throw StoreError("a copy of the database is being made already; try again later");
    copying_ = std::make_unique<Copying>(*db_, path);
  }
  bool go_on_with_copy() { return copying_->step(); }
  void end_copy() { copying_.reset(); }

  bool is_own_thread() { return thread_.get_executor().running_in_this_thread(); }

 private:
  void add(Queued queued) {
    pending_.push_back(std::move(queued));
    if (pending_.size() == 1) schedule();
  }

  // Behind everything that is queued by now: what came while the disk was busy becomes one batch.
  void schedule() {
    asio::post(thread_, [this] { flush(); });
  }

  void flush() {
    std::vector<Queued> batch = take_batch();
    const std::exception_ptr failure = dead_ ? dead_ : run_batch(batch);
    for (Queued& queued : batch) {
      if (failure) queued.job->failure = failure;
      if (!releases_before_commit) deliver(queued);
    }
    fold_log_if_long();
  }

  std::vector<Queued> take_batch() {
    std::vector<Queued> batch;
    batch.swap(pending_);
    if (batch.size() <= max_batch) return batch;
    const auto rest = batch.begin() + static_cast<std::ptrdiff_t>(max_batch);
    pending_.assign(std::make_move_iterator(rest), std::make_move_iterator(batch.end()));
    batch.erase(rest, batch.end());
    schedule();
    return batch;
  }

  /// Why nothing of the batch is stored; null if it is committed. Works that failed alone have their failure.
  std::exception_ptr run_batch(std::vector<Queued>& batch) {
    try {
      const bool syncs = std::ranges::any_of(batch, [](const Queued& queued) { return queued.job->syncs; });
      db_->sync_commits(syncs);
      db_->execute("BEGIN IMMEDIATE");
      const std::int64_t before = db_->changes();
      for (Queued& queued : batch) {
        run_one(*queued.job);
        if (releases_before_commit) deliver(queued);
      }
      if (db_->broken()) throw StoreError(*db_->broken());
      const bool changed = db_->changes() != before;
      // A mark must never be ahead of what a power cut leaves.
      const bool marked = changed && syncs;
      const Mark mark = marked ? tables_.lineage.count_commit() : Mark();
      failpoint("store.before_commit");
      const auto begun = std::chrono::steady_clock::now();
      db_->execute("COMMIT");
      if (marked) note_duration(Span::commit, since(begun));
      failpoint("store.after_commit");
      tables_.ledger.keep();
      return marked && anchor_ ? keep(mark) : nullptr;
    } catch (...) {
      const std::exception_ptr failure = std::current_exception();
      roll_back();
      return db_->broken() ? stop(*db_->broken()) : failure;
    }
  }

  /// After the commit, and before anybody hears of it: see anchor.hpp.
  std::exception_ptr keep(const Mark& mark) {
    try {
      anchor_->write(mark, *sealer_, database_id_);
      failpoint("store.after_mark");
      return nullptr;
    } catch (const StoreError& failure) {
      return stop(failure.what());
    }
  }

  void sync_anchor() {
    try {
      anchor_->sync();
    } catch (const StoreError& failure) {
      stop(failure.what());
    }
  }

  /// Throws if the whole batch is lost with this work.
  void run_one(detail::Job& job) {
    const std::size_t mark = tables_.ledger.mark();
    db_->execute("SAVEPOINT work");
    try {
      job.run(tables_);
      db_->execute("RELEASE work");
      return;
    } catch (...) {
      job.failure = std::current_exception();
    }
    if (db_->broken()) throw StoreError(*db_->broken());
    if (db_->idle()) throw DiskFull("the disk is full: nothing was stored");  // SQLite rolled back by itself
    db_->execute("ROLLBACK TO work");
    db_->execute("RELEASE work");
    tables_.ledger.roll_back(mark);
  }

  void roll_back() noexcept {
    try {
      if (!db_->idle()) db_->execute("ROLLBACK");
    } catch (const StoreError&) {
      // The next BEGIN says what is wrong.
    }
    tables_.ledger.roll_back(0);
  }

  /// After an I/O error nobody knows what the disk holds: only a restart reads it again.
  std::exception_ptr stop(const std::string& cause) {
    const std::string why = "the database must not be used any further: " + cause;
    if (options_.on_fatal) options_.on_fatal(why);
    if (options_.abort_on_fatal) std::abort();
    return dead_ = std::make_exception_ptr(StoreCorrupt(why));
  }

  static void deliver(Queued& queued) {
    if (!queued.executor) return std::move(queued.done)();
    asio::post(queued.executor, [done = std::move(queued.done)]() mutable { std::move(done)(); });
  }

  void fold_log_if_long() {
    if (dead_ || db_->log_pages() == 0) return;
    if (db_->log_pages() >= checkpoint_pages) return fold_log();
    if (fold_is_planned_ || closing_) return;
    fold_is_planned_ = true;
    fold_timer_.expires_after(longest_log_age);
    fold_timer_.async_wait([this](const boost::system::error_code& cancelled) {
      fold_is_planned_ = false;
      if (!cancelled && !dead_ && db_->log_pages() > 0) fold_log();
    });
  }

  void fold_log() {
    try {
      db_->checkpoint();
      if (anchor_) sync_anchor();
    } catch (const StoreError&) {
      if (db_->broken()) stop(*db_->broken());  // else the disk is full: the log stays as it is
    }
  }

  std::unique_ptr<Connection> db_;
  std::unique_ptr<Sealer> sealer_;
  std::unique_ptr<Anchor> anchor_;
  Bytes database_id_;
  Tables tables_;
  Options options_;
  std::vector<Queued> pending_;
  std::unique_ptr<Copying> copying_;
  std::exception_ptr dead_;
  bool closing_ = false;
  bool fold_is_planned_ = false;
  asio::thread_pool thread_{1};
  asio::steady_timer fold_timer_{thread_};
};

Store::Store(std::string path, FileKey key, Options options) : path_(std::move(path)) {
  Opened opened = open_database(path_, key, options.max_pages, crypto::system_random(), options.anchor);
  worker_ = std::make_unique<Worker>(std::move(opened), std::move(options));
}

Store::~Store() = default;

asio::awaitable<void> Store::wait_for(detail::Job& job) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  // Takes no cancellation slot: a transaction is never cut.
  const auto start = [this, &job, &here](auto done) { worker_->enqueue(job, Done(std::move(done)), here); };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(start, asio::use_awaitable);
}

asio::awaitable<void> Store::outside(std::function<void(Worker&)> work) {
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  std::exception_ptr failure;
  const auto start = [this, &work, &failure, &here](auto done) {
    worker_->run_outside(work, failure, Done(std::move(done)), here);
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(start, asio::use_awaitable);
  if (failure) std::rethrow_exception(failure);
}

/// The works have names: GCC 12 destroys a temporary inside a co_await expression twice.
asio::awaitable<void> Store::copy_to(std::string path) {
  std::function<void(Worker&)> begin = [&path](Worker& worker) { worker.begin_copy(path); };
  co_await outside(std::move(begin));
  std::exception_ptr failure;
  try {
    for (bool more = true; more;) {
      std::function<void(Worker&)> go_on = [&more](Worker& worker) { more = worker.go_on_with_copy(); };
      co_await outside(std::move(go_on));
    }
  } catch (...) {
    failure = std::current_exception();
  }
  std::function<void(Worker&)> end = [](Worker& worker) { worker.end_copy(); };
  co_await outside(std::move(end));
  if (failure) std::rethrow_exception(failure);
}

void Store::block_on(detail::Job& job) {
  assert(!worker_->is_own_thread());  // it would wait for itself
  std::promise<void> done;
  worker_->enqueue(job, Done([&done] { done.set_value(); }), {});
  done.get_future().wait();
}

}  // namespace omegate::store
