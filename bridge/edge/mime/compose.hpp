// A mail of ours as the bytes that are sent.
//
// No value can begin another header or another command: line breaks and NUL are refused wherever a header is made of
// the text, and what is left is encoded. Not here: reading mails, sending them (core/mail/submission.hpp).
// Source: RFC 5322, RFC 2045 to 2047, RFC 2231, RFC 3834 §5 (Auto-Submitted), RFC 6532 where an address wants it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/time.hpp"

namespace omegate::mime {

struct DraftFile {
  std::string name, media_type;  // what is no type becomes application/octet-stream
  Bytes content;
};

struct Draft {
  std::string from_name = {};  // shown beside the address; may be empty
  std::string from;            // an address, as are these:
  std::vector<std::string> to;
  std::string subject = {};
  std::string text = {};  // lines end as they like
  WallTime date{};
  std::string message_id;                    // "<…@…>"
  std::string in_reply_to = {};              // empty: it answers none
  std::vector<std::string> references = {};  // oldest first
  std::vector<DraftFile> files = {};
  bool is_automatic = true;  // nobody wrote it by hand: nobody should answer it by a program
};

/// What cannot stand in a mail. `what()` says where.
struct NotComposed : std::invalid_argument {
  using invalid_argument::invalid_argument;
};

/// Why a text cannot become a part of a header; empty: it can. What is only invisible (other control characters, those
/// that turn the direction of writing) is left out when the header is made.
std::string fault_in_header(std::string_view what, std::string_view text);

/// CRLF line ends, ASCII unless an address is not. Identifiers in `in_reply_to` and `references` that are none are left
/// out: they are somebody else's. Throws `NotComposed`.
std::string compose(const Draft& draft);

}  // namespace omegate::mime
