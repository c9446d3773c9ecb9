// Starts plugin workers.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "bridge/edge/workers/worker_process.hpp"

namespace omegate::workers {

/// PR_SET_PDEATHSIG follows the *thread* that made a child, so all are made by one thread that lives as long
/// as this object: keep it in `main`, outliving every worker.
class Spawner {
 public:
  explicit Spawner(std::filesystem::path executable) : executable_(std::move(executable)) {}

  /// The worker gets a socket as descriptor 3, /dev/null as 0 and 1, our 2, nothing else, and an empty
  /// environment. With `arguments` it becomes a program in another language (worker/program.hpp has them), and 2 is a
  /// pipe, to which `WorkerProcess` listens. The caller resumes on its own executor, which the process then uses. Throws
  /// `boost::system::system_error`: the executable cannot be started, or we are out of descriptors or
  /// processes.
  asio::awaitable<WorkerProcess> spawn(std::vector<std::string> arguments = {});

  const std::filesystem::path& executable() const { return executable_; }

 private:
  std::filesystem::path executable_;
  asio::thread_pool thread_{1};
};

/// `configured` if not empty, else $OMEGATE_PLUGIN_WORKER, else `omegate-plugin-worker` beside this program,
/// in the folder above it (a test of the build tree) or in ../libexec/omegate. Throws `std::runtime_error`
/// that names the places.
std::filesystem::path find_worker(const std::filesystem::path& configured = {});

}  // namespace omegate::workers
