// What a program writes to its standard error, as lines: so many in a while, and the rest is counted.
//
// Pure: bytes and time come in, lines go out. However much it writes, what is kept is one line and the last words. Not here:
// the pipe (standard_error.hpp).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace omegate::workers {

/// Lines within one window. Why: a traceback or two are shown whole, and who writes without end fills no log.
inline constexpr std::size_t max_said_lines = 100;
inline constexpr std::chrono::seconds said_window{10};

/// Of one line; what is longer is cut. Unit: bytes.
inline constexpr std::size_t max_said_line = 1000;

/// What an interpreter says of a mistake fits into it. Unit: bytes.
inline constexpr std::size_t max_last_words = 2000;

class SaidLines {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Show = std::function<void(std::string line)>;

  /// Who is shown the lines; nobody at first. They are well-formed UTF-8, without the line's end, and never empty.
  void show_to(Show show) { show_ = std::move(show); }

  void take(std::string_view bytes, Time now);

  /// When `tell_left_out` is due; nothing: all was shown.
  std::optional<Time> tells_at() const;
  /// One line that says how many were not shown.
  void tell_left_out();

  /// There will be no more: the last line is one without its end, too. Returns the last words, as they came.
  std::string end(Time now);

 private:
  void finish_line(Time now);
  void show(std::string line) const;

  Show show_;
  std::string line_, last_words_;
  Time window_began_{};
  std::size_t shown_ = 0;  // in this window
  std::size_t left_out_ = 0;
};

}  // namespace omegate::workers
