// What a mail server answers.
//
// Source: RFC 5321 §4.2, RFC 3463 and RFC 5248 (enhanced codes).
#pragma once

#include <string>
#include <utility>

namespace omegate::mail {

struct Reply {
  int code = 250;
  std::string status;  // "2.1.5"; empty: this reply has none
  std::string text;    // one line for a person; ASCII

  bool is_success() const { return code < 400; }
};

/// The line, with its CRLF. What is no printable ASCII in the text becomes `?`: nothing in it can end the line.
std::string to_line(const Reply& reply);

/// 503: this command does not come here.
inline Reply out_of_order(std::string text) { return {503, "5.5.1", std::move(text)}; }

}  // namespace omegate::mail
