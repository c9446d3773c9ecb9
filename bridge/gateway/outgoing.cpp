#include "bridge/gateway/outgoing.hpp"

#include <boost/json.hpp>
#include <stdexcept>

namespace omegate::gateway {
namespace {

namespace json = boost::json;

json::value parse(ByteView bytes, const char* what) {
  boost::system::error_code failure;
  json::value value = json::parse(as_text(bytes), failure);
  if (failure) throw std::runtime_error(std::string("the database holds an unreadable ") + what);
  return value;
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

}  // namespace

Bytes encode(const Outgoing& message) {
  json::object object{{"text", message.text}, {"origin", message.origin}};
  if (message.min_trust) object["min_trust"] = trust::name(*message.min_trust);
  return to_bytes(json::serialize(object));
}

Outgoing decode_outgoing(ByteView bytes) {
  const json::value value = parse(bytes, "message");
  const json::object& object = value.as_object();
  return {text_of(object, "text"), trust::level_named(text_of(object, "min_trust")), text_of(object, "origin")};
}

Bytes encode(const std::vector<Copy>& copies) {
  json::array list;
  for (const Copy& copy : copies) {
    list.push_back(json::object{{"jid", copy.jid},
                                {"device", copy.device.value()},
                                {"version", omemo::name(copy.version)},
                                {"fingerprint", copy.fingerprint},
                                {"included", copy.included},
                                {"reason", copy.reason}});
  }
  return to_bytes(json::serialize(list));
}

std::vector<Copy> decode_copies(ByteView bytes) {
  std::vector<Copy> copies;
  if (bytes.empty()) return copies;
  const json::value value = parse(bytes, "delivery note");
  for (const json::value& item : value.as_array()) {
    const json::object& object = item.as_object();
    copies.push_back({text_of(object, "jid"), omemo::DeviceId(object.at("device").to_number<std::uint32_t>()),
                      text_of(object, "version") == omemo::name(omemo::Version::omemo2) ? omemo::Version::omemo2
                                                                                       : omemo::Version::legacy,
                      text_of(object, "fingerprint"), object.at("included").as_bool(), text_of(object, "reason")});
  }
  return copies;
}

}  // namespace omegate::gateway
