#include "bridge/gateway/mail/mail_record.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <stdexcept>

#include "bridge/core/mail/addr_spec.hpp"
#include "bridge/edge/mime/compose.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/one_line.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

json::array array_of(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

std::vector<std::string> texts(const json::object& object, std::string_view name) {
  std::vector<std::string> values;
  for (const json::value& value : object.at(name).as_array()) values.emplace_back(value.as_string());
  return values;
}

std::string text(const json::object& object, std::string_view name) { return std::string(object.at(name).as_string()); }

}  // namespace

Bytes encode(const OutgoingMail& mail) {
  json::array files;
  for (const std::int64_t file : mail.files) files.emplace_back(file);
  const json::object object{
      {"to", array_of(mail.mail.to)},
      {"subject", mail.mail.subject},
      {"text", mail.mail.text},
      {"message_id", mail.mail.message_id},
      {"from_name", mail.mail.from_name},
      {"in_reply_to", mail.mail.in_reply_to},
      {"references", array_of(mail.mail.references)},
      {"by_hand", mail.mail.by_hand},
      {"tell_sent", mail.mail.tell_sent},
      {"waiting", array_of(mail.waiting)},
      {"accepted", array_of(mail.accepted)},
      {"files", std::move(files)},
      {"account", mail.account},
      {"from", mail.from},
      {"date_ms", to_ms(mail.date)},
  };
  return to_bytes(json::serialize(object));
}

OutgoingMail decode_mail(ByteView bytes) {
  try {
    const json::value value = json::parse(as_text(bytes));
    const json::object& object = value.as_object();
    OutgoingMail mail;
    mail.mail.to = texts(object, "to");
    mail.mail.subject = text(object, "subject");
    mail.mail.text = text(object, "text");
    mail.mail.message_id = text(object, "message_id");
    mail.mail.from_name = text(object, "from_name");
    mail.mail.in_reply_to = text(object, "in_reply_to");
    mail.mail.references = texts(object, "references");
    mail.mail.by_hand = object.at("by_hand").as_bool();
    mail.mail.tell_sent = object.at("tell_sent").as_bool();
    mail.waiting = texts(object, "waiting");
    mail.accepted = texts(object, "accepted");
    for (const json::value& file : object.at("files").as_array()) mail.files.push_back(file.as_int64());
    mail.account = text(object, "account");
    mail.from = text(object, "from");
    mail.date = from_ms(object.at("date_ms").as_int64());
    return mail;
  } catch (const std::exception&) {
    throw std::runtime_error("database: a stored mail cannot be read");
  }
}

std::string fault_of_mail(const plugin::WriteMail& mail) {
  for (const std::string& address : mail.to)
    if (!mail::is_addr_spec(address)) return "not a mail address: " + one_line(address);
  if (!mail::is_message_id(mail.message_id)) return "the mail's message_id is none: " + one_line(mail.message_id);
  if (auto fault = mime::fault_in_header("the subject", mail.subject); !fault.empty()) return fault;
  if (auto fault = mime::fault_in_header("the sender's name", mail.from_name); !fault.empty()) return fault;
  return {};
}

}  // namespace omegate::gateway
