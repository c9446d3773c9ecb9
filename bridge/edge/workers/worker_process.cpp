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

/// What an interpreter says of a mistake fits into it. Unit: bytes.
constexpr std::size_t max_last_words = 2000;

/// Between two frames: who writes without end does not keep us. Unit: bytes.
constexpr std::size_t max_heard_meanwhile = std::size_t{2} << 20;

}  // namespace

/// What a program writes to its standard error, heard as it comes: a full pipe would fail its next words, and the last ones,
/// which say why it ends, most of all. On the strand of its process.
class LastWords : public std::enable_shared_from_this<LastWords> {
 public:
  /// `pipe` does not block.
  LastWords(const asio::any_io_executor& executor, int pipe) : pipe_(executor, pipe) {}

  /// Until a frame comes or goes again, or enough was heard.
  void listen() {
    heard_ = 0;
    if (!is_listening_) wait();
  }
  /// Nobody listens any more.
  void close() {
    boost::system::error_code ignored;
    pipe_.close(ignored);
  }
  /// All that is there, and then what was kept of it.
  std::string take() {
    heard_ = 0;
    hear();
    return std::exchange(text_, {});
  }

 private:
  void wait() {
    is_listening_ = true;
    pipe_.async_wait(asio::posix::descriptor_base::wait_read, [self = shared_from_this()](const boost::system::error_code& closed) {
      self->is_listening_ = false;
      if (!closed && self->hear()) self->wait();
    });
  }

  /// False: there will be no more, or it was enough.
  bool hear() {
    std::array<char, 4096> buffer;
    while (heard_ < max_heard_meanwhile) {
      const ssize_t size = ::read(pipe_.native_handle(), buffer.data(), buffer.size());
      if (size <= 0) return size < 0 && (errno == EAGAIN || errno == EINTR);
      heard_ += static_cast<std::size_t>(size);
      text_.append(buffer.data(), static_cast<std::size_t>(size));
      if (text_.size() > max_last_words) text_.erase(0, text_.size() - max_last_words);
    }
    return false;
  }

  asio::posix::stream_descriptor pipe_;
  std::string text_;
  std::size_t heard_ = 0;
  bool is_listening_ = false;
};

WorkerProcess::WorkerProcess(const asio::any_io_executor& executor, int channel, int process, int pid, int errors, UsageMeter meter)
    : channel_(executor, asio::local::stream_protocol(), channel),
      process_(executor, process),
      pid_(pid),
      words_(errors < 0 ? nullptr : std::make_shared<LastWords>(executor, errors)),
      meter_(std::move(meter)) {
  if (words_) words_->listen();
}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : channel_(std::move(other.channel_)),
      process_(std::move(other.process_)),
      pid_(std::exchange(other.pid_, 0)),
      words_(std::move(other.words_)),
      meter_(std::move(other.meter_)),
      reader_(std::move(other.reader_)) {}

WorkerProcess::~WorkerProcess() {
  if (words_) words_->close();
  if (pid_ == 0) return;
  kill();
  waitpid(pid_, nullptr, 0);  // it cannot refuse SIGKILL, so this is short
}

asio::awaitable<void> WorkerProcess::write(plugin::ToWorker frame) {
  if (words_) words_->listen();
  const auto bytes = plugin::encode(frame);
  if (!bytes) throw boost::system::system_error(bytes.error());
  co_await asio::async_write(channel_, asio::buffer(*bytes), asio::use_awaitable);
}

asio::awaitable<plugin::ToGateway> WorkerProcess::read() {
  std::array<char, 16 * 1024> buffer;
  for (;;) {
    const auto text = reader_.next();
    if (!text) throw boost::system::system_error(text.error());
    if (*text) {
      auto frame = plugin::parse_to_gateway(**text);
      if (!frame) throw boost::system::system_error(frame.error());
      co_return std::move(*frame);
    }
    const auto size = co_await channel_.async_read_some(asio::buffer(buffer), asio::use_awaitable);
    if (words_) words_->listen();
    reader_.feed({buffer.data(), size});
  }
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
  std::string said = words_ ? words_->take() : std::string();
  while (!said.empty() && said.back() == '\n') said.pop_back();
  if (!said.empty()) exit.reason += " and said:\n" + plugin::mend_utf8(said);
  co_return exit;
}

}  // namespace omegate::workers
