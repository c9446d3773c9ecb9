#include "bridge/gateway/messages/outgoing.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <stdexcept>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/gateway/files/file_record.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 5> bearings{"none", "correction", "retraction", "reply", "reaction"};

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

Bearing bearing_of(const json::object& object) {
  const std::string word = text_of(object, "bearing");
  if (word.empty()) return Bearing::none;
  const auto found = std::find(bearings.begin(), bearings.end(), word);
  if (found == bearings.end())
    throw std::runtime_error("the database holds a message of an unknown kind: " + word);
  return static_cast<Bearing>(found - bearings.begin());
}

json::object to_json(const OutgoingFile& file) {
  json::object object{{"id", file.id},
                      {"name", file.name},
                      {"media_type", file.media_type},
                      {"size", file.size},
                      {"sha256", crypto::to_base64(file.sha256)}};
  if (!file.upload) return object;
  object["upload"] = encode_source(*file.upload);
  object["uploaded_ms"] = to_ms(file.uploaded);
  return object;
}

std::optional<OutgoingFile> file_of(const json::object& message) {
  const json::value* value = message.if_contains("file");
  if (!value) return std::nullopt;
  const json::object& object = value->as_object();
  OutgoingFile file{object.at("id").to_number<std::int64_t>(), text_of(object, "name"), text_of(object, "media_type"),
                    object.at("size").to_number<std::uint64_t>(),
                    crypto::from_base64(text_of(object, "sha256")).value()};
  if (!object.contains("upload")) return file;
  file.upload = decode_source(text_of(object, "upload"));
  file.uploaded = from_ms(object.at("uploaded_ms").to_number<std::int64_t>());
  return file;
}

std::optional<Again> again_of(const json::object& message) {
  const json::value* value = message.if_contains("again");
  if (!value) return std::nullopt;
  const json::object& object = value->as_object();
  return Again{object.at("row").to_number<std::int64_t>(), from_ms(object.at("said_ms").to_number<std::int64_t>()),
               text_of(object, "fingerprint")};
}

}  // namespace

std::string_view name(Bearing bearing) { return bearings.at(static_cast<std::size_t>(bearing)); }

Bytes encode(const Outgoing& message) {
  json::object object{{"text", message.text}, {"origin", message.origin}};
  if (message.is_notice) object["notice"] = true;
  if (message.bridged) object["bridged"] = true;
  if (message.file) object["file"] = to_json(*message.file);
  if (message.again)
    object["again"] = json::object{{"row", message.again->row},
                                   {"said_ms", to_ms(message.again->said)},
                                   {"fingerprint", message.again->fingerprint}};
  if (message.min_trust) object["min_trust"] = trust::name(*message.min_trust);
  if (message.bearing != Bearing::none) {
    object["bearing"] = name(message.bearing);
    object["about"] = message.about;
    object["reactions"] = json::array(message.reactions.begin(), message.reactions.end());
    if (!message.quote.empty()) object["quote"] = message.quote;
  }
  return to_bytes(json::serialize(object));
}

Outgoing decode_outgoing(ByteView bytes) {
  const json::value value = parse(bytes, "message");
  const json::object& object = value.as_object();
  Outgoing message{text_of(object, "text"), trust::level_named(text_of(object, "min_trust")),
                   text_of(object, "origin")};
  message.is_notice = object.contains("notice");
  message.bridged = object.contains("bridged");
  message.file = file_of(object);
  message.again = again_of(object);
  message.bearing = bearing_of(object);
  if (message.bearing == Bearing::none) return message;
  message.about = object.at("about").to_number<std::int64_t>();
  for (const json::value& each : object.at("reactions").as_array())
    message.reactions.emplace_back(each.as_string());
  message.quote = text_of(object, "quote");
  return message;
}

}  // namespace omegate::gateway
