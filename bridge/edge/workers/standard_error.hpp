// A program's standard error: a pipe that is emptied as long as the program lives.
//
// Why: what does not fit into a full pipe fails, and the last words, which say why a program ends, most of all. Who writes
// without end is heard more slowly than it writes, and never held up. Not here: what becomes of lines (said_lines.hpp).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <memory>
#include <string>

#include "bridge/edge/workers/said_lines.hpp"

namespace omegate::workers {

namespace asio = boost::asio;

/// On the strand of its process, held by a `shared_ptr`.
class StandardError : public std::enable_shared_from_this<StandardError> {
 public:
  /// `pipe` does not block, and is owned from here on.
  StandardError(const asio::any_io_executor& executor, int pipe)
      : pipe_(executor, pipe), rest_(executor), left_out_(executor) {}

  void listen();
  void show_to(SaidLines::Show show) { lines_.show_to(std::move(show)); }
  /// Nobody listens any more, and nobody is shown anything.
  void close();
  /// The program has ended: hears what is still there, and says the last words.
  std::string last_words();

 private:
  enum class Heard { all_there_is, enough, the_end };

  void go_on();
  Heard hear(std::size_t most);
  void tell_of_left_out_in_time();

  asio::posix::stream_descriptor pipe_;
  asio::steady_timer rest_;      // of one who writes without end
  asio::steady_timer left_out_;  // when to say how many lines were not shown
  SaidLines lines_;
  bool is_closed_ = false, will_tell_ = false;
};

}  // namespace omegate::workers
