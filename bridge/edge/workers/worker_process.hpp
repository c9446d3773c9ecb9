// One plugin worker as a child process: started, spoken to in frames, killed, reaped.
//
// Not here: how it is started (spawner.hpp), deadlines, restarts, what the frames mean (gateway/plugins/plugin_host),
// the sandbox (worker/sandbox: the child puts it on itself before it runs any Lua).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/plugin/frame.hpp"
#include "bridge/core/plugin/frame_reader.hpp"
#include "bridge/edge/workers/said_lines.hpp"
#include "bridge/edge/workers/usage.hpp"

namespace omegate::workers {

namespace asio = boost::asio;

/// How a process ended, as a clause about it: "was killed by signal 11 (Segmentation fault)"; of a program in another
/// language with the last of what it wrote to its standard error, on lines of their own.
struct Exit {
  int status = 0;  // of waitpid
  std::string reason;
};

class StandardError;

/// Kills and reaps the process when destroyed. Not shared: call it from one strand.
class WorkerProcess {
 public:
  /// `channel` is our end of its socket, `process` a pidfd, `pid` the child, `errors` the pipe that is its standard error
  /// (-1: there is none): all owned from here on.
  WorkerProcess(const asio::any_io_executor& executor, int channel, int process, int pid, int errors = -1,
                UsageMeter meter = {});
  WorkerProcess(WorkerProcess&&) noexcept;
  WorkerProcess& operator=(WorkerProcess&&) = delete;
  ~WorkerProcess();

  /// Throws `boost::system::system_error`: the worker is gone (`broken_pipe`), or the frame cannot be
  /// encoded.
  asio::awaitable<void> write(plugin::ToWorker frame);

  /// Several at once, as `plugin::encode` made them, one behind the other. Throws as `write`.
  asio::awaitable<void> write_frames(std::string frames);

  /// Throws `boost::system::system_error`: the worker is gone (`eof`, `connection_reset`), or speaks nonsense
  /// (`plugin::Error`).
  asio::awaitable<plugin::ToGateway> read();

  /// What it writes to its standard error from now on, line by line, on its executor, not too many of them (said_lines.hpp). Of
  /// a worker whose standard error is ours: nothing.
  void show_errors_to(SaidLines::Show show);

  /// SIGKILL. A pending `read` ends with `eof`. Does nothing to a process that has been reaped.
  void kill();

  /// Waits for its end and reaps it. Call it once.
  asio::awaitable<Exit> wait();

  /// Whether it ended by now, without waiting.
  bool has_ended();

  int pid() const { return pid_; }

  /// What it uses now; nothing: it was reaped.
  std::optional<Usage> usage() const { return pid_ == 0 ? std::nullopt : std::optional(meter_.read(pid_)); }

 private:
  asio::local::stream_protocol::socket channel_;
  asio::posix::stream_descriptor process_;
  int pid_;                               // 0 once reaped
  std::shared_ptr<StandardError> error_;  // null: it has none of its own
  UsageMeter meter_;
  plugin::FrameReader reader_;
  std::vector<char> buffer_ = std::vector<char>(16 * 1024);  // kept: a new one each time would be wiped each time
};

}  // namespace omegate::workers
