// A mail as a plugin hears of it.
//
// Written by a stranger: neither a name nor an address in it is proof of anything, and there is no one to reply to in a
// chat. Not here: reading mail (edge/mime), which addresses are whose (core/mail/address.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/base/time.hpp"
#include "bridge/core/plugin/event.hpp"

namespace omegate::plugin {

struct MailPerson {
  std::string name, address;
};

/// What our own mail server found out.
struct MailProof {
  std::string method, result, about;  // "dkim", "pass", "example.org"
};

/// What a mail server says of one recipient of another mail.
struct MailReport {
  std::string recipient, action, status, diagnostic;
};

struct Mail {
  std::vector<std::string> recipients;  // addresses of ours that it came for
  std::string envelope_sender;          // empty: a mail about a mail
  std::string user;                     // who logged in to hand it in; may be empty

  std::vector<MailPerson> authors, to, cc, reply_to;
  std::string subject;
  std::optional<WallTime> date;         // as its author says
  std::string message_id, in_reply_to;  // without brackets; may be empty
  std::vector<std::string> references;

  std::string text;
  std::string html;     // what it says in HTML only
  bool cut = false;     // it was longer
  std::vector<File> files;      // here; or failed, with the reason
  std::size_t left_out = 0;     // further files

  std::string nature;           // "ordinary", "generated", "auto_reply", "bounce", "list", "bulk"
  std::string list_id;
  std::string authentic;        // is the author's domain who sent it? "pass", "fail", "unknown"
  std::vector<MailProof> proofs;

  std::vector<MailReport> reports;  // of a bounce
  std::string reported_id;          // of the mail that it is about

  WallTime time{};
};

/// The JSON that an inbox row keeps. It has no member `from`: nobody's JID is in it.
std::string payload(const Mail& mail);

}  // namespace omegate::plugin
