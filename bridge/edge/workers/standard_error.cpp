#include "bridge/edge/workers/standard_error.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

namespace omegate::workers {
namespace {

using std::chrono::steady_clock;

/// What a pipe holds usually. Unit: bytes.
constexpr std::size_t max_heard_at_once = std::size_t{64} << 10;

/// After so much at once. Why: a program that only writes costs a hundred visits a second, and no processor.
constexpr std::chrono::milliseconds flood_rest{10};

/// The largest pipe that a program can make of its own. Unit: bytes. Source: pipe(7), /proc/sys/fs/pipe-max-size.
constexpr std::size_t max_heard_at_the_end = std::size_t{1} << 20;

}  // namespace

void StandardError::listen() {
  if (is_closed_) return;
  pipe_.async_wait(asio::posix::descriptor_base::wait_read, [self = shared_from_this()](const boost::system::error_code& failed) {
    if (!failed) self->go_on();
  });
}

void StandardError::go_on() {
  if (is_closed_) return;
  const Heard heard = hear(max_heard_at_once);
  tell_of_left_out_in_time();
  if (heard == Heard::all_there_is) return listen();
  if (heard == Heard::the_end) return;
  rest_.expires_after(flood_rest);
  rest_.async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
    if (!cancelled) self->listen();
  });
}

StandardError::Heard StandardError::hear(std::size_t most) {
  std::array<char, 4096> buffer;
  for (std::size_t heard = 0; heard < most;) {
    const ssize_t size = ::read(pipe_.native_handle(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return Heard::all_there_is;
    if (size <= 0) return Heard::the_end;
    heard += static_cast<std::size_t>(size);
    lines_.take({buffer.data(), static_cast<std::size_t>(size)}, steady_clock::now());
  }
  return Heard::enough;
}

void StandardError::tell_of_left_out_in_time() {
  const auto time = lines_.tells_at();
  if (!time || will_tell_) return;
  will_tell_ = true;
  left_out_.expires_at(*time);
  left_out_.async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
    self->will_tell_ = false;
    if (!cancelled && !self->is_closed_) self->lines_.tell_left_out();
  });
}

void StandardError::close() {
  is_closed_ = true;
  lines_.show_to({});
  rest_.cancel();
  left_out_.cancel();
  boost::system::error_code ignored;
  pipe_.close(ignored);
}

std::string StandardError::last_words() {
  if (!is_closed_) hear(max_heard_at_the_end);
  return lines_.end(steady_clock::now());
}

}  // namespace omegate::workers
