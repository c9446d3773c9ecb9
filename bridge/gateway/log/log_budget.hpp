// How many lines of the log an event may have that anybody can cause, so that nobody fills the disk with them.
//
// Pure. Not here: the counts of events, which miss nothing (event_counts.hpp).
#pragma once

#include <chrono>
#include <map>
#include <string_view>

namespace omegate::gateway {

/// Per event and window. Unit: lines. Why: enough to see what goes on; below 10 MB a day and event.
inline constexpr int max_lines_in_window = 30;
inline constexpr std::chrono::seconds line_window{60};

class LogBudget {
 public:
  using Time = std::chrono::steady_clock::time_point;

  enum class Verdict {
    say,
    say_and_warn,  // the last line of this window
    leave_out,
  };

  /// `event` is a constant of ours.
  Verdict ask(std::string_view event, Time now);

 private:
  struct Window {
    Time began;
    int lines = 0;
  };
  std::map<std::string_view, Window> windows_;
};

}  // namespace omegate::gateway
