// The content of a row of `mails`, and what it becomes when it is sent.
//
// Not here: the row (edge/store/mails.hpp), sending (mail_sender.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/plugin/effect.hpp"

namespace omegate::gateway {

struct OutgoingMail {
  plugin::WriteMail mail;                        // `to` is everybody that its header names; `files` is empty
  std::vector<std::string> waiting;         // who has it not yet
  std::vector<std::string> accepted = {};   // whose it was taken for
  std::vector<std::int64_t> files = {};     // in the table of files
  std::string account = {}, from = {};      // of the event in which it was written; may be empty
  WallTime date{};

  friend bool operator==(const OutgoingMail&, const OutgoingMail&) = default;
};

Bytes encode(const OutgoingMail& mail);
/// Rows are written by us: throws `std::runtime_error` for what is none.
OutgoingMail decode_mail(ByteView bytes);

/// Why it cannot be sent, whatever the plugin was granted; empty: it can.
std::string fault_of_mail(const plugin::WriteMail& mail);

}  // namespace omegate::gateway
