// What a server says in IMAP: responses, each a line with literals in it, read within limits.
//
// Sans-io: bytes in, responses out. Not here: what they mean to us (imap_session.hpp).
// Source: RFC 9051 §2.2.2, §4.3, §7; RFC 3501, which most servers speak.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "bridge/core/base/result.hpp"

namespace omegate::mail {

enum class ImapError {
  too_long = 1,      // a line, or what was said altogether
  literal_too_long,  // a literal; what it would have been is not read
  malformed,
};

error_code make_error_code(ImapError error);

/// One response. `text` is its line, or its lines where literals stand between them: behind each "{5}" the next of
/// `literals` is meant.
struct ImapResponse {
  enum class Kind { untagged, tagged, go_on };  // "* …", "A1 …", "+ …"
  Kind kind = Kind::untagged;
  std::string tag = {};   // of a tagged one
  std::string text = {};  // without "* ", "A1 ", "+ "
  std::vector<std::string> literals = {};
};

class ImapReader {
 public:
  ImapReader();

  /// Bytes as they come.
  void feed(std::string_view bytes);

  /// The next response; nothing: it is not complete. After an error the reader is of no more use.
  Result<std::optional<ImapResponse>> next();

  /// A command begins: what is said from now on is counted anew, and a literal may have so many bytes.
  void begin(std::size_t longest_literal);

  /// Bytes came that no response has taken so far. Behind the answer to STARTTLS somebody put them there.
  bool has_more() const { return !waiting_.empty() || !line_.empty() || missing_ > 0; }

 private:
  error_code take_line(std::string_view line, bool& is_complete);
  void take_literal();
  error_code classify(ImapResponse& response) const;

  std::string waiting_;
  std::string line_;  // of the response that is not complete
  std::vector<std::string> literals_;
  std::uint64_t missing_ = 0;  // bytes of the last literal
  std::size_t longest_literal_, said_ = 0;
};

/// Words of a response, one after the other. Every function returns nothing where something else stands.
class ImapWords {
 public:
  explicit ImapWords(const ImapResponse& response) : rest_(response.text), literals_(&response.literals) {}

  std::string_view rest() const { return rest_; }
  bool at_end() const { return rest_.empty(); }
  bool skip(char c);
  void skip_blanks();
  /// Up to a blank or a parenthesis: "FETCH", "UIDVALIDITY". As upper case. "BODY[HEADER.FIELDS (X)]<0>" is one word.
  std::string word();
  std::optional<std::uint64_t> number();
  /// A quoted string or a literal; nothing: NIL, or something else (`skip_value` steps over it).
  std::optional<std::string> text();
  /// Whatever value stands here. False: it is none, or too deep.
  bool skip_value(std::size_t depth = 0);

 private:
  std::string_view rest_;
  const std::vector<std::string>* literals_;
  std::size_t next_literal_ = 0;
};

}  // namespace omegate::mail

template <>
struct boost::system::is_error_code_enum<omegate::mail::ImapError> : std::true_type {};
