// The database: one SQLite file, one connection, one thread.
//
// What it promises: what `transact` changed is on the disk when it returns. What it does not know: the meaning of any
// row. Another engine would stand in this folder, behind the same tables.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/awaitable.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "bridge/core/base/random.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/key_file.hpp"
#include "bridge/edge/store/tables.hpp"

namespace omegate::store {

namespace asio = boost::asio;

struct Options {
  /// Called on the store's thread with a sentence when the state of the disk is unknown (a commit failed with
  /// an I/O error) or broken. The process is aborted when it returns, unless a test asks otherwise.
  std::function<void(const std::string&)> on_fatal;
  bool abort_on_fatal = true;  // false: all later work fails with `StoreCorrupt`
  std::string anchor = {};     // its path, see anchor.hpp; empty: old copies are not noticed
  int max_pages = 0;           // of 4 KiB; 0: no limit. A test's full disk
};

namespace detail {

/// One work under way. Lives in the frame of the coroutine that waits for it.
class Job {
 public:
  virtual void run(Tables& tables) = 0;
  std::exception_ptr failure;
  bool syncs = true;

 protected:
  ~Job() = default;
};

template <class Work, class Value>
class TypedJob final : public Job {
 public:
  explicit TypedJob(Work& work) : work_(work) {}
  void run(Tables& tables) override {
    if constexpr (std::is_void_v<Value>) {
      work_(tables);
    } else {
      value_.emplace(work_(tables));
    }
  }
  Value take() {
    if (failure) std::rethrow_exception(failure);
    if constexpr (!std::is_void_v<Value>) return std::move(*value_);
  }

 private:
  struct Nothing {};
  Work& work_;
  std::optional<std::conditional_t<std::is_void_v<Value>, Nothing, Value>> value_;
};

}  // namespace detail

class Store {
 public:
  /// Opens or creates the file (0600), takes it for this process alone, migrates it, checks it after an
  /// unclean stop, verifies the ledger. Existing data is never replaced. Throws `StoreLocked`,
  /// `StoreUnusable`, `StoreCorrupt`, `WrongDataKey`.
  Store(std::string path, FileKey key, Options options = {});

  /// Finishes the works under way; their callers' executors must still exist.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Runs `work(tables)` as one transaction on the store's thread; the caller resumes on its own executor
  /// after the commit. Works that wait at the same time share one disk sync; each is all-or-nothing by
  /// itself. What `work` throws rolls it back and is thrown here. Throws `DiskFull`: nothing was stored.
  /// Cancelling the caller does not interrupt it: the transaction ends, then the caller learns of it.
  ///
  /// Read, compute and write inside *one* `work`: then no other actor comes in between, and nobody needs a
  /// lock. `work` must not wait for anything.
  template <class Work, class Value = std::invoke_result_t<Work&, Tables&>>
  asio::awaitable<Value> transact(Work work) {
    detail::TypedJob<Work, Value> job(work);
    co_await wait_for(job);
    co_return job.take();
  }

  /// The same for what may be forgotten: a power cut can take it back (the end of the process cannot), so nobody waits for
  /// the disk. Not for the ledger. What a later `transact` commits is behind it: the disk never has that without this.
  template <class Work, class Value = std::invoke_result_t<Work&, Tables&>>
  asio::awaitable<Value> transact_without_sync(Work work) {
    detail::TypedJob<Work, Value> job(work);
    job.syncs = false;
    co_await wait_for(job);
    co_return job.take();
  }

  /// The same as `transact` for callers without an executor: start-up code and tests. Blocks.
  template <class Work, class Value = std::invoke_result_t<Work&, Tables&>>
  Value run(Work work) {
    detail::TypedJob<Work, Value> job(work);
    block_on(job);
    return job.take();
  }

  /// Makes a consistent copy of the whole database in a new file at `path`, between transactions. One at a
  /// time. The copy is as secret as the database: what is sealed stays sealed, the rest is readable. Throws
  /// `StoreError`.
  asio::awaitable<void> copy_to(std::string path);

  const std::string& path() const { return path_; }

 private:
  class Worker;  // the thread and what only it may touch

  asio::awaitable<void> wait_for(detail::Job& job);
  asio::awaitable<void> outside(std::function<void(Worker&)> work);
  void block_on(detail::Job& job);

  std::string path_;
  std::unique_ptr<Worker> worker_;
};

}  // namespace omegate::store
