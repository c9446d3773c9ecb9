#include "bridge/core/mail/data_reader.hpp"

#include "bridge/core/mail/limits.hpp"

namespace omegate::mail {

void DataReader::keep(char c) {
  if (++line_ > max_text_line) long_line_ = true;
  if (too_large_) return;
  if (message_.size() < max_size_) {
    message_ += c;
    return;
  }
  too_large_ = true;
  std::string().swap(message_);
}

void DataReader::end_line() {
  line_ = 0;
  keep('\r');
  keep('\n');
  line_ = 0;
  at_ = At::line_start;
}

/// A dot alone on a line that begins or ends in another way than by CRLF.
bool DataReader::is_false_end(char c) const {
  if (at_ == At::loose_dot) return c == '\r' || c == '\n';
  if (at_ == At::dot) return c == '\n';
  return at_ == At::dot_cr && c != '\n';
}

std::size_t DataReader::read(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && state_ == State::reading) {
    const char c = bytes[used++];
    if (is_false_end(c)) {
      state_ = State::smuggled;
      break;
    }
    if (at_ == At::dot_cr) {
      state_ = State::complete;
      break;
    }
    if (at_ == At::cr && c == '\n') {
      end_line();
      continue;
    }
    const bool after_lone_cr = at_ == At::cr;
    if (after_lone_cr) bare_line_end_ = true;
    const bool at_loose_start = at_ == At::loose_start || after_lone_cr;
    if (c == '\r') {
      at_ = at_ == At::dot ? At::dot_cr : At::cr;
    } else if (c == '\n') {
      bare_line_end_ = true;
      at_ = At::loose_start;
    } else if (c == '.' && at_ == At::line_start) {
      at_ = At::dot;  // stuffed, or the end
    } else {
      keep(c);
      at_ = c == '.' && at_loose_start ? At::loose_dot : At::text;
    }
  }
  return used;
}

}  // namespace omegate::mail
