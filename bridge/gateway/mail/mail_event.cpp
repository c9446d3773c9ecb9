#include "bridge/gateway/mail/mail_event.hpp"

#include <algorithm>

#include "bridge/core/mail/authentication_results.hpp"

namespace omegate::gateway {
namespace {

std::vector<plugin::MailPerson> people(const std::vector<mime::Mailbox>& mailboxes) {
  std::vector<plugin::MailPerson> people;
  for (const mime::Mailbox& each : mailboxes) people.push_back({each.name, each.address});
  return people;
}

/// Several authors prove nothing: which of them was it?
std::string author_domain(const mime::Message& message) {
  if (message.from.size() != 1) return {};
  const std::string& address = message.from.front().address;
  const auto at = address.rfind('@');
  return at == address.npos ? std::string() : address.substr(at + 1);
}

}  // namespace

mail::Nature nature_of(const mime::Message& message, const mail::Envelope& envelope) {
  mail::Marks marks = message.marks;
  marks.null_sender = envelope.knows_sender && !envelope.sender;
  return mail::nature_of(marks);
}

bool may_write_as_author(const mime::Message& message, const mail::Envelope& envelope) {
  if (envelope.writes_as.empty()) return true;
  if (message.from.size() != 1) return false;
  const auto author = mail::parse_address(message.from.front().address);
  return author && std::ranges::any_of(envelope.writes_as, [&](const mail::AddressPattern& each) { return each.matches(*author); });
}

plugin::Mail mail_event(const mime::Message& message, const mail::Envelope& envelope, std::string_view authserv_id, WallTime now) {
  plugin::Mail mail;
  if (envelope.sender) mail.envelope_sender = envelope.sender->to_string();
  mail.user = envelope.user;
  mail.authors = people(message.from);
  mail.to = people(message.to);
  mail.cc = people(message.cc);
  mail.reply_to = people(message.reply_to);
  mail.subject = message.subject;
  mail.date = message.date;
  mail.message_id = message.message_id;
  mail.in_reply_to = message.in_reply_to;
  mail.references = message.references;
  mail.text = message.text;
  mail.html = message.html;
  mail.cut = message.is_cut;
  mail.left_out = message.left_out;
  mail.nature = mail::to_text(nature_of(message, envelope));
  mail.list_id = message.list_id;
  const auto results = mail::believed_results(message.authentication_results, authserv_id);
  mail.authentic = mail::to_text(mail::authenticity(results, author_domain(message)));
  if (!envelope.writes_as.empty() && may_write_as_author(message, envelope)) {
    mail.authentic = mail::to_text(mail::Authenticity::pass);
    mail.proofs.push_back({"login", "pass", envelope.user});
  }
  for (const mail::AuthenticationResult& each : results) mail.proofs.push_back({each.method, each.result, each.about});
  for (const mime::DeliveryReport& each : message.reports)
    mail.reports.push_back({each.recipient, each.action, each.status, each.diagnostic});
  mail.reported_id = message.reported_id;
  mail.time = now;
  return mail;
}

}  // namespace omegate::gateway
