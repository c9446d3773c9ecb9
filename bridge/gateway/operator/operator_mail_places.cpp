// Folders whose mail is fetched and listeners that it is handed to, as an operator sees them.
#include <boost/json.hpp>

#include "bridge/gateway/mail/mailbox.hpp"
#include "bridge/gateway/operator/operator_service.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;
using Level = Finding::Level;

std::string_view tls_of(const config::MailListenerSettings& settings) {
  if (settings.certificate.empty()) return "none";
  return settings.direct_tls ? "direct" : "starttls";
}

std::string_view protocol_of(const config::MailListenerSettings& settings) {
  return settings.protocol == mail::Protocol::lmtp ? "lmtp" : "smtp";
}

json::object mailbox_row(const std::string& name, const MailboxStatus& status, const StoredStatus& stored) {
  json::object row{{"name", name},
                   {"state", status.is_open ? "open" : status.trouble.empty() ? "connecting" : "waiting"},
                   {"since_ms", to_ms(status.since)}};
  if (status.is_open) row["told"] = status.is_told;
  if (!status.trouble.empty()) row["detail"] = status.trouble;
  if (status.next_try) row["next_try_ms"] = to_ms(*status.next_try);
  if (status.last_mail) row["last_mail_ms"] = to_ms(*status.last_mail);
  const auto position = stored.positions.find(name);
  if (position != stored.positions.end()) row["read_to"] = position->second.uid;
  if (status.failing) row["failing"] = json::object{{"uid", *status.failing}, {"tries", status.tries}};
  return row;
}

json::object door_row(const MailDoor& door) {
  json::object row{{"place", door.settings.place()},
                   {"protocol", protocol_of(door.settings)},
                   {"state", door.connections ? "open" : "closed"},
                   {"tls", tls_of(door.settings)},
                   {"users", door.settings.users.size()}};
  if (door.connections) row["connections"] = door.connections->load();
  if (!door.trouble.empty()) row["detail"] = door.trouble;
  return row;
}

Finding about_mailbox(const std::string& name, const MailboxStatus& status) {
  if (!status.is_open && status.is_lasting)
    return {name, "mailbox", Level::bad, status.trouble, "mend it (mail.imap), then `omegate reload`"};
  if (status.failing)  // before the next line: each try at such a mail ends the connection
    return {name, "mailbox", Level::warn,
            "the server cannot show the mail with the number " + std::to_string(*status.failing) + ", after " + std::to_string(status.tries) +
                " of " + std::to_string(mailbox_tries) + " tries",
            "look at it with a mail program: it will be left where it is, and those behind it are read"};
  if (!status.is_open)
    return {name, "mailbox", Level::warn, status.trouble.empty() ? "is being opened" : status.trouble,
            "it is tried again by itself; the log (mailbox.lost) says how often"};
  return {name, "mailbox", Level::ok, status.is_told ? "is open, and the server tells of new mail" : "is open, and the server is asked for new mail"};
}

Finding about_door(const MailDoor& door) {
  const std::string place = std::string(protocol_of(door.settings)) + " " + door.settings.place();
  if (!door.connections)
    return {place, "mail listener", Level::bad, door.trouble, "free the place, or name another one (mail.listen), then `omegate reload`"};
  return {place, "mail listener", Level::ok, "listens, " + std::to_string(door.connections->load()) + " connection(s)"};
}

}  // namespace

json::object OperatorService::mail_places(const StoredStatus& stored) const {
  const auto places = all_.mail_places();
  json::array mailboxes, doors;
  for (const auto& mailbox : places->mailboxes)
    mailboxes.push_back(mailbox_row(mailbox->place().settings.name(), mailbox->status(), stored));
  for (const MailDoor& door : places->doors) doors.push_back(door_row(door));
  json::object answer;
  if (!mailboxes.empty()) answer["mailboxes"] = std::move(mailboxes);
  if (!doors.empty()) answer["mail_listeners"] = std::move(doors);
  return answer;
}

std::vector<Finding> OperatorService::examine_mail_places() const {
  std::vector<Finding> findings;
  const auto places = all_.mail_places();
  for (const auto& mailbox : places->mailboxes) findings.push_back(about_mailbox(mailbox->place().settings.name(), mailbox->status()));
  for (const MailDoor& door : places->doors) findings.push_back(about_door(door));
  return findings;
}

}  // namespace omegate::gateway
