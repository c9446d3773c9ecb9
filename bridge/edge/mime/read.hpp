// A message as mail programs write it, taken apart: what it says, who wrote it, what it brings.
//
// Everything here was written by a stranger. Text comes out as UTF-8 without control characters, fields as one line.
// Not here: writing one (compose.hpp), HTML, which only a plugin's cage looks into.
// Source: RFC 5322, RFC 2045 to 2047, RFC 2183, RFC 2231, RFC 3464.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/mail/nature.hpp"

namespace omegate::mime {

/// The message breaks a limit, or is none. `what()` says why, to its sender.
struct Refused : std::runtime_error {
  using runtime_error::runtime_error;
};

struct Mailbox {
  std::string name, address;

  friend bool operator==(const Mailbox&, const Mailbox&) = default;
};

struct Attachment {
  std::string name, media_type;  // as its sender says; the name may be empty
  bool is_inline = false;        // a picture in the text
  Bytes content;
};

/// What a mail server says of one recipient of another mail.
struct DeliveryReport {
  std::string recipient;
  std::string action;      // "failed", "delayed", "delivered" …
  std::string status;      // "5.1.1"
  std::string diagnostic;  // the words of the server that said so

  friend bool operator==(const DeliveryReport&, const DeliveryReport&) = default;
};

struct Message {
  std::string subject;
  std::vector<Mailbox> from, to, cc, reply_to;
  std::optional<WallTime> date;
  std::string message_id, in_reply_to;  // without `<` and `>`
  std::vector<std::string> references;

  std::string text;
  std::string html;  // what it says in HTML and not as text, too
  bool is_cut = false;                      // the text was longer
  std::vector<std::string> unknown_charsets;  // was read as if it were another one

  std::vector<Attachment> attachments;
  std::size_t left_out = 0;  // further attachments, more than are taken

  std::vector<std::string> authentication_results;  // values, topmost first; nobody has judged them
  std::string list_id;
  std::size_t hops = 0;  // Received fields
  mail::Marks marks;     // all but `null_sender`, which the envelope knows

  std::vector<DeliveryReport> reports;
  std::string reported_id;  // of the message that they are about
};

/// Throws `Refused`.
Message read_message(std::string_view bytes);

}  // namespace omegate::mime
