#include "bridge/gateway/log/log_sink.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "bridge/gateway/limits.hpp"

namespace omegate::gateway {
namespace {

bool is_socket(int descriptor) {
  struct stat found {};
  return ::fstat(descriptor, &found) == 0 && S_ISSOCK(found.st_mode);
}

bool may_come_back(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

LogSink::LogSink(int descriptor, LossText loss_text)
    : descriptor_(descriptor), loss_text_(std::move(loss_text)), is_socket_(is_socket(descriptor)) {}

void LogSink::sink_it_(const spdlog::details::log_msg& message) {
  write_waiting();  // makes room, and keeps the order
  keep(formatted(message));
  write_waiting();
}

std::string LogSink::formatted(const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t line;
  formatter_->format(message, line);
  return {line.data(), line.size()};
}

/// A line behind a gap waits for the word about it: else nobody could see where lines are missing.
void LogSink::keep(std::string line) {
  if (lost_ > 0 || waiting_bytes_ + line.size() > max_waiting_log) {
    ++lost_;
    return;
  }
  waiting_bytes_ += line.size();
  waiting_.push_back(std::move(line));
}

void LogSink::say_what_was_lost() {
  const std::string text = loss_text_(std::exchange(lost_, 0));
  keep(formatted(spdlog::details::log_msg("omegate", spdlog::level::warn, text)));
}

void LogSink::write_waiting() {
  for (;;) {
    while (!waiting_.empty()) {
      const bool went = write_front();
      if (!went) return;
    }
    if (lost_ == 0) return;
    say_what_was_lost();
  }
}

/// False: not now. A reader that is gone for good loses what waits for it.
bool LogSink::write_front() {
  const std::string& line = waiting_.front();
  while (written_ < line.size()) {
    const std::ptrdiff_t size = write_now(std::string_view(line).substr(written_));
    if (size < 0 && may_come_back(errno)) return false;
    if (size < 0) {
      lost_ += waiting_.size();
      waiting_.clear();
      waiting_bytes_ = written_ = 0;
      return false;
    }
    written_ += static_cast<std::size_t>(size);
  }
  waiting_bytes_ -= line.size();
  written_ = 0;
  waiting_.pop_front();
  return true;
}

/// Without touching the flags of the descriptor: others share it. A pipe that can be written to takes a page.
std::ptrdiff_t LogSink::write_now(std::string_view bytes) const {
  if (is_socket_) return ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  pollfd ready{descriptor_, POLLOUT, 0};
  const int found = ::poll(&ready, 1, 0);
  if (found == 0) errno = EAGAIN;
  if (found <= 0) return -1;
  return ::write(descriptor_, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
}

}  // namespace omegate::gateway
