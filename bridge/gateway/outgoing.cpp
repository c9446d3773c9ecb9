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
  if (message.is_notice) object["notice"] = true;
  if (message.min_trust) object["min_trust"] = trust::name(*message.min_trust);
  return to_bytes(json::serialize(object));
}

Outgoing decode_outgoing(ByteView bytes) {
  const json::value value = parse(bytes, "message");
  const json::object& object = value.as_object();
  return {text_of(object, "text"), trust::level_named(text_of(object, "min_trust")), text_of(object, "origin"),
          object.contains("notice")};
}

}  // namespace omegate::gateway
