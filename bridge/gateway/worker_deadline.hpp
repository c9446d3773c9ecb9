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
    timer_.async_wait([watched = watched_](boost::system::error_code cancelled) {
      if (cancelled || watched->worker == nullptr) return;
      watched->passed = true;
      watched->worker->kill();
    });
  }
  WorkerDeadline(const WorkerDeadline&) = delete;
  ~WorkerDeadline() { watched_->worker = nullptr; }

  bool passed() const { return watched_->passed; }

 private:
  struct Watched {
    explicit Watched(workers::WorkerProcess* process) : worker(process) {}
    workers::WorkerProcess* worker;
    bool passed = false;
  };
  std::shared_ptr<Watched> watched_;
  asio::steady_timer timer_;
};

}  // namespace omegate::gateway
