#include "bridge/core/plugin/mail_event.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "bridge/core/plugin/event_parts.hpp"
#include "bridge/core/plugin/json.hpp"

namespace omegate::plugin {
namespace {

namespace json = boost::json;

json::array to_array(const std::vector<MailPerson>& people) {
  json::array array;
  for (const MailPerson& person : people)
    array.push_back(json::object{{"name", json_text(person.name)}, {"address", json_text(person.address)}});
  return array;
}

json::array to_array(const std::vector<MailProof>& proofs) {
  json::array array;
  for (const MailProof& proof : proofs)
    array.push_back(json::object{{"method", json_text(proof.method)}, {"result", json_text(proof.result)}, {"about", json_text(proof.about)}});
  return array;
}

json::array to_array(const std::vector<MailReport>& reports) {
  json::array array;
  for (const MailReport& report : reports) {
    array.push_back(json::object{{"recipient", json_text(report.recipient)},
                                 {"action", json_text(report.action)},
                                 {"status", json_text(report.status)},
                                 {"diagnostic", json_text(report.diagnostic)}});
  }
  return array;
}

}  // namespace

std::string payload(const Mail& mail) {
  json::object object{
      {"recipients", texts(mail.recipients)},
      {"envelope_sender", json_text(mail.envelope_sender)},
      {"authors", to_array(mail.authors)},
      {"to", to_array(mail.to)},
      {"cc", to_array(mail.cc)},
      {"reply_to", to_array(mail.reply_to)},
      {"subject", json_text(mail.subject)},
      {"message_id", json_text(mail.message_id)},
      {"in_reply_to", json_text(mail.in_reply_to)},
      {"references", texts(mail.references)},
      {"text", json_text(mail.text)},
      {"html", json_text(mail.html)},
      {"cut", mail.cut},
      {"files", to_array(mail.files)},
      {"left_out", mail.left_out},
      {"nature", json_text(mail.nature)},
      {"list_id", json_text(mail.list_id)},
      {"authentic", json_text(mail.authentic)},
      {"proofs", to_array(mail.proofs)},
      {"reports", to_array(mail.reports)},
      {"time_ms", to_ms(mail.time)},
  };
  if (!mail.user.empty()) object["user"] = json_text(mail.user);
  if (mail.date) object["date_ms"] = to_ms(*mail.date);
  if (!mail.reported_id.empty()) object["reported_id"] = json_text(mail.reported_id);
  return json::serialize(object);
}

}  // namespace omegate::plugin
