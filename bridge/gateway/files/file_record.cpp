#include "bridge/gateway/files/file_record.hpp"

#include <boost/json.hpp>
#include <stdexcept>

#include "bridge/core/crypto/encoding.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

Bytes bytes_of(const json::object& object, std::string_view key) {
  auto bytes = crypto::from_base64(text_of(object, key));
  if (!bytes) throw std::runtime_error("the database holds an unreadable file");
  return std::move(*bytes);
}

json::array encode_hashes(const std::vector<xmpp::FileHash>& hashes) {
  json::array list;
  for (const xmpp::FileHash& hash : hashes)
    list.push_back(json::object{{"algorithm", static_cast<int>(hash.algorithm)}, {"value", crypto::to_base64(hash.value)}});
  return list;
}

std::vector<xmpp::FileHash> hashes_of(const json::object& object) {
  std::vector<xmpp::FileHash> hashes;
  const json::value* list = object.if_contains("hashes");
  if (!list) return hashes;
  for (const json::value& each : list->as_array()) {
    const json::object& hash = each.as_object();
    hashes.push_back({static_cast<crypto::Hash>(hash.at("algorithm").to_number<int>()), bytes_of(hash, "value")});
  }
  return hashes;
}

json::object to_json(const xmpp::FileSource& source) {
  return {{"url", source.url},
          {"cipher", static_cast<int>(source.cipher)},
          {"key", crypto::to_base64(source.key)},
          {"iv", crypto::to_base64(source.iv)},
          {"hashes", encode_hashes(source.hashes)}};
}

xmpp::FileSource source_of(const json::object& object) {
  Bytes key = bytes_of(object, "key");
  xmpp::FileSource source{text_of(object, "url"), static_cast<crypto::FileCipher>(object.at("cipher").to_number<int>()),
                          crypto::SecretBytes(ByteView(key)), bytes_of(object, "iv"), hashes_of(object)};
  crypto::wipe(key);
  return source;
}

json::value parse(std::string_view text) {
  boost::system::error_code failure;
  json::value value = json::parse(text, failure);
  if (failure || !value.is_object()) throw std::runtime_error("the database holds an unreadable file");
  return value;
}

}  // namespace

Bytes encode(const FileRecord& record) {
  json::object object{{"name", record.file.name}, {"media_type", record.file.media_type}};
  if (record.file.size) object["size"] = *record.file.size;
  if (!record.file.hashes.empty()) object["hashes"] = encode_hashes(record.file.hashes);
  json::array sources;
  for (const xmpp::FileSource& source : record.file.sources) sources.push_back(to_json(source));
  if (!sources.empty()) object["sources"] = std::move(sources);
  if (!record.from.empty()) object["from"] = record.from;
  if (!record.sha256.empty()) object["sha256"] = crypto::to_base64(record.sha256);
  if (!record.reason.empty()) object["reason"] = record.reason;
  return to_bytes(json::serialize(object));
}

FileRecord decode_file(ByteView bytes) {
  const json::value value = parse(as_text(bytes));
  const json::object& object = value.get_object();
  FileRecord record{{text_of(object, "name"), text_of(object, "media_type"), {}, hashes_of(object), {}}};
  if (const json::value* size = object.if_contains("size")) record.file.size = size->to_number<std::uint64_t>();
  if (const json::value* sources = object.if_contains("sources")) {
    for (const json::value& each : sources->as_array()) record.file.sources.push_back(source_of(each.as_object()));
  }
  record.from = text_of(object, "from");
  record.sha256 = bytes_of(object, "sha256");
  record.reason = text_of(object, "reason");
  return record;
}

std::string encode_source(const xmpp::FileSource& source) { return json::serialize(to_json(source)); }

xmpp::FileSource decode_source(std::string_view text) {
  const json::value value = parse(text);
  return source_of(value.get_object());
}

store::NewFile offered_file(store::AccountId account, const std::string& from, const xmpp::SharedFile& file,
                            WallTime expires) {
  FileRecord record{file, from};
  return {account, store::FileState::offered, {}, file.size.value_or(0), encode(record), expires};
}

}  // namespace omegate::gateway
