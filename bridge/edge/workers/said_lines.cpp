#include "bridge/edge/workers/said_lines.hpp"

#include <algorithm>
#include <utility>

#include "bridge/core/plugin/utf8.hpp"

namespace omegate::workers {

void SaidLines::take(std::string_view bytes, Time now) {
  last_words_.append(bytes.substr(bytes.size() - std::min(bytes.size(), max_last_words)));
  if (last_words_.size() > max_last_words) last_words_.erase(0, last_words_.size() - max_last_words);
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    line_.append(bytes.substr(0, std::min(end, max_said_line - line_.size())));
    if (end == bytes.npos) return;
    finish_line(now);
    bytes.remove_prefix(end + 1);
  }
}

void SaidLines::finish_line(Time now) {
  const std::string line = std::exchange(line_, {});
  if (line.empty()) return;
  if (shown_ == 0 || now - window_began_ >= said_window) {
    tell_left_out();
    window_began_ = now;
    shown_ = 0;
  }
  if (shown_ == max_said_lines) {
    ++left_out_;
    return;
  }
  ++shown_;
  show(plugin::mend_utf8(line));
}

std::optional<SaidLines::Time> SaidLines::tells_at() const {
  if (left_out_ == 0) return std::nullopt;
  return window_began_ + said_window;
}

void SaidLines::tell_left_out() {
  const std::size_t lines = std::exchange(left_out_, 0);
  if (lines == 0) return;
  show("left out " + std::to_string(lines) + " lines: more than " + std::to_string(max_said_lines) + " within " +
       std::to_string(said_window.count()) + " s");
}

std::string SaidLines::end(Time now) {
  finish_line(now);
  tell_left_out();
  return std::exchange(last_words_, {});
}

void SaidLines::show(std::string line) const {
  if (show_) show_(std::move(line));
}

}  // namespace omegate::workers
