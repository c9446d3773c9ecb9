// What a server says in SMTP: replies of one or more lines, read within limits.
//
// Sans-io: bytes in, replies out. Not here: what they mean to a submission (submission.hpp).
// Source: RFC 5321 §4.2, RFC 2034 (enhanced status codes).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "bridge/core/base/result.hpp"

namespace omegate::mail {

enum class ReplyError {
  too_long = 1,  // a line or a reply beyond its limit
  malformed,     // no reply at all, or lines of one reply with different codes
};

error_code make_error_code(ReplyError error);

struct ServerReply {
  int code = 0;                         // 200 to 599
  std::string enhanced = {};            // "5.1.1"; empty: none
  std::vector<std::string> lines = {};  // without codes; as the server wrote them

  bool is_positive() const { return code < 400; }
  bool is_for_now() const { return code >= 400 && code < 500; }

  /// "550 5.1.1 there is no such user": one line of printable characters, `max_reply_text` at most.
  std::string words() const;
};

class ReplyReader {
 public:
  /// Bytes as they come.
  void feed(std::string_view bytes) { waiting_ += bytes; }

  /// The next reply; nothing: it is not complete. After an error the reader is of no more use.
  Result<std::optional<ServerReply>> next();

  /// Bytes came that no reply has taken so far. Behind the answer to STARTTLS somebody put them there.
  bool has_more() const { return !waiting_.empty() || !reply_.lines.empty(); }

 private:
  error_code add(std::string_view line);

  std::string waiting_;
  ServerReply reply_;  // as far as it has come
};

}  // namespace omegate::mail

template <>
struct boost::system::is_error_code_enum<omegate::mail::ReplyError> : std::true_type {};
