// What follows DATA: bytes in, a message out, up to the line with nothing but a dot.
//
// Only CRLF ends a line here. A message with a bare CR or LF is none; one with another "end of data" than
// <CRLF>.<CRLF> was made to smuggle a second one past somebody, and ends the connection.
// Source: RFC 5321 §2.3.8, §4.1.1.4, §4.5.2.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace omegate::mail {

class DataReader {
 public:
  enum class State {
    reading,
    complete,
    smuggled,  // a false end of data
  };

  explicit DataReader(std::size_t max_size) : max_size_(max_size) {}

  /// Reads up to the end of the data, and says how many bytes that were. Once it is not `reading` any more it reads none.
  std::size_t read(std::string_view bytes);

  State state() const { return state_; }

  bool is_too_large() const { return too_large_; }           // the message is dropped then, not what follows
  bool has_bare_line_end() const { return bare_line_end_; }  // a CR or LF alone
  bool has_long_line() const { return long_line_; }
  std::size_t held() const { return message_.size(); }

  /// Without the dots that were stuffed in. Complete, and nothing of the above.
  std::string take() { return std::move(message_); }

 private:
  void keep(char c);
  void end_line();
  bool is_false_end(char c) const;

  /// What the bytes before mean for the next one.
  enum class At {
    line_start,       // after CRLF
    dot,              // after CRLF "."
    dot_cr,           // after CRLF "." CR
    text,
    cr,               // after a CR in the text
    loose_start,      // after a CR or LF alone
    loose_dot,        // after that and "."
  };

  std::size_t max_size_;
  std::string message_;
  At at_ = At::line_start;
  State state_ = State::reading;
  std::size_t line_ = 0;  // bytes of this one
  bool too_large_ = false, bare_line_end_ = false, long_line_ = false;
};

}  // namespace omegate::mail
