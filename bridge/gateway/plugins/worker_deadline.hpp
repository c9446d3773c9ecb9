// The end of a worker's patience: SIGKILL when it does not answer in time.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

#include "bridge/edge/workers/worker_process.hpp"

namespace omegate::gateway {

namespace asio = boost::asio;

/// Kills the worker when the time is up, unless it goes out of scope before. Lives on the plugin's strand.
class WorkerDeadline {
 public:
  WorkerDeadline(workers::WorkerProcess& worker, const asio::any_io_executor& executor,
                 std::chrono::milliseconds limit)
      : watched_(std::make_shared<Watched>(&worker)), timer_(executor, limit) {
    arm();
  }
  WorkerDeadline(const WorkerDeadline&) = delete;
  ~WorkerDeadline() { watched_->worker = nullptr; }

  bool passed() const { return watched_->passed; }

  /// The worker waits for us now, and not we for it.
  void pause() {
    left_ = timer_.expiry() - std::chrono::steady_clock::now();
    watched_->paused = true;
    timer_.cancel();
  }
  void resume() {
    watched_->paused = false;
    timer_.expires_after(left_);
    arm();
  }

 private:
  struct Watched {
    explicit Watched(workers::WorkerProcess* process) : worker(process) {}
    workers::WorkerProcess* worker;
    bool passed = false, paused = false;
  };

  void arm() {
    timer_.async_wait([watched = watched_](boost::system::error_code cancelled) {
      if (cancelled || watched->worker == nullptr || watched->paused) return;
      watched->passed = true;
      watched->worker->kill();
    });
  }

  std::shared_ptr<Watched> watched_;
  asio::steady_timer timer_;
  std::chrono::steady_clock::duration left_{};  // while it pauses
};

}  // namespace omegate::gateway
