// Where the log's lines go: a descriptor that may be full, stuck or closed, and never keeps anybody waiting for it.
//
// What does not fit waits in a buffer, what does not fit there is lost and counted, and the count is said as soon as
// somebody reads again. Not here: how a line looks (log.hpp).
#pragma once

#include <spdlog/sinks/base_sink.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace omegate::gateway {

/// Safe from every thread. Tries to write with each line and each flush.
class LogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// Says that so many lines are lost: the text of one line, as the logger formats its own.
  using LossText = std::function<std::string(std::uint64_t lines)>;

  /// `descriptor` stays the caller's.
  LogSink(int descriptor, LossText loss_text);

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override { write_waiting(); }

 private:
  std::string formatted(const spdlog::details::log_msg& message);
  void keep(std::string line);
  void say_what_was_lost();
  void write_waiting();
  bool write_front();
  std::ptrdiff_t write_now(std::string_view bytes) const;

  const int descriptor_;
  const LossText loss_text_;
  const bool is_socket_;
  std::deque<std::string> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::size_t written_ = 0;  // of the front line
  std::uint64_t lost_ = 0;   // lines, since that was said
};

}  // namespace omegate::gateway
