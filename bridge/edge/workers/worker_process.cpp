#include "bridge/edge/workers/worker_process.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "bridge/core/plugin/utf8.hpp"
#include "bridge/core/plugin/worker_exit.hpp"
#include "bridge/edge/workers/standard_error.hpp"

namespace omegate::workers {
namespace {

std::string said_by(int code) {
  switch (static_cast<plugin::WorkerExit>(code)) {
    case plugin::WorkerExit::finished:
      return "ended";
    case plugin::WorkerExit::not_loaded:
      return "ended because the plugin did not load";
    case plugin::WorkerExit::bad_frame:
      return "ended over a frame it did not understand";
    case plugin::WorkerExit::no_sandbox:
      return "ended because its sandbox could not be set up";
    case plugin::WorkerExit::out_of_memory:
      return "ran out of memory";
    case plugin::WorkerExit::broken:
      return "ended over an unexpected exception";
  }
  return "ended with code " + std::to_string(code);
}

std::string reason(int status) {
  if (WIFEXITED(status)) return said_by(WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  if (signal == SIGSYS) return "was killed for a forbidden system call";
  if (signal == SIGXCPU) return "was killed after an hour of computing";
  const char* const name = sigdescr_np(signal);
  return "was killed by signal " + std::to_string(signal) +
         (name ? std::string(" (") + name + ")" : std::string());
}

}  // namespace

WorkerProcess::WorkerProcess(const asio::any_io_executor& executor, int channel, int process, int pid, int errors, UsageMeter meter)
    : channel_(executor, asio::local::stream_protocol(), channel),
      process_(executor, process),
      pid_(pid),
      error_(errors < 0 ? nullptr : std::make_shared<StandardError>(executor, errors)),
      meter_(std::move(meter)) {
  if (error_) error_->listen();
}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : channel_(std::move(other.channel_)),
      process_(std::move(other.process_)),
      pid_(std::exchange(other.pid_, 0)),
      error_(std::move(other.error_)),
      meter_(std::move(other.meter_)),
      reader_(std::move(other.reader_)),
      buffer_(std::move(other.buffer_)) {}

WorkerProcess::~WorkerProcess() {
  if (error_) error_->close();
  if (pid_ == 0) return;
  kill();
  waitpid(pid_, nullptr, 0);  // it cannot refuse SIGKILL, so this is short
}

asio::awaitable<void> WorkerProcess::write(plugin::ToWorker frame) {
  auto bytes = plugin::encode(frame);
  if (!bytes) throw boost::system::system_error(bytes.error());
  co_await write_frames(std::move(*bytes));
}

asio::awaitable<void> WorkerProcess::write_frames(std::string frames) {
  co_await asio::async_write(channel_, asio::buffer(frames), asio::use_awaitable);
}

asio::awaitable<plugin::ToGateway> WorkerProcess::read() {
  for (;;) {
    const auto text = reader_.next();
    if (!text) throw boost::system::system_error(text.error());
    if (*text) {
      auto frame = plugin::parse_to_gateway(**text);
      if (!frame) throw boost::system::system_error(frame.error());
      co_return std::move(*frame);
    }
    const auto size = co_await channel_.async_read_some(asio::buffer(buffer_), asio::use_awaitable);
    reader_.feed({buffer_.data(), size});
  }
}

void WorkerProcess::show_errors_to(SaidLines::Show show) {
  if (error_) error_->show_to(std::move(show));
}

void WorkerProcess::kill() {
  if (pid_ != 0) ::kill(pid_, SIGKILL);  // not reaped yet, so the number is still its own
}

bool WorkerProcess::has_ended() {
  pollfd process{process_.native_handle(), POLLIN, 0};
  return poll(&process, 1, 0) == 1;
}

asio::awaitable<Exit> WorkerProcess::wait() {
  co_await process_.async_wait(asio::posix::descriptor_base::wait_read, asio::use_awaitable);
  int status = 0;
  if (waitpid(pid_, &status, 0) < 0)
    throw boost::system::system_error(errno, boost::system::system_category());
  pid_ = 0;
  Exit exit{status, reason(status)};
  std::string said = error_ ? error_->last_words() : std::string();
  while (!said.empty() && said.back() == '\n') said.pop_back();
  if (!said.empty()) exit.reason += " and said:\n" + plugin::mend_utf8(said);
  co_return exit;
}

}  // namespace omegate::workers
