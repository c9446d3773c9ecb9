// What kind of mail it is: written by a person, by a program, an answer of a machine, news of a failed delivery, a list.
//
// Answering a machine's answer is how loops begin. Source: RFC 3834 §2, §5; RFC 2919; RFC 3464; RFC 2076 (Precedence).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace omegate::mail {

/// The field that mail of ours carries. What comes with it has been here already.
inline constexpr std::string_view loop_field = "X-Omegate-Loop";

enum class Nature {
  ordinary,
  generated,   // by a program, of its own accord: cron, a NAS
  auto_reply,  // a machine's answer: out of office, "we have received your mail"
  bounce,      // about the delivery of another mail
  list,        // a mailing list
  bulk,
  own,         // ours, come back
};

std::string_view to_text(Nature nature);

/// What of a message tells.
struct Marks {
  bool null_sender = false;      // MAIL FROM:<>
  bool has_loop_field = false;
  std::string auto_submitted, precedence, list_id;  // the fields' values; empty: none
  bool has_auto_reply_field = false;                // X-Autoreply, X-Autorespond …, of before RFC 3834
  std::string report_type;                          // of multipart/report, lower case: "delivery-status"; empty: it is none
  std::string author;                               // the address
};

Nature nature_of(const Marks& marks);

}  // namespace omegate::mail
