// Requests and responses of plugins as members of frames.
#include <charconv>

#include "bridge/core/plugin/frame_parts.hpp"
#include "bridge/core/plugin/limits.hpp"

namespace omegate::plugin {
namespace {

namespace json = boost::json;

std::string to_hex(std::string_view bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

std::optional<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    unsigned char byte = 0;
    const auto [end, failure] = std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    if (failure != std::errc() || end != hex.data() + i + 2) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

/// JSON is UTF-8; other bytes travel as hexadecimal digits.
void put_body(json::object& object, const std::string& body) {
  if (body.empty()) return;
  if (mend_utf8(body) == body) {
    object["body"] = json::string_view(body);
  } else {
    object["body_hex"] = to_hex(body);
  }
}

std::string read_body(Members& members) {
  if (members.has("body")) return members.text("body");
  if (!members.has("body_hex")) return {};
  auto bytes = from_hex(members.text("body_hex"));
  if (!bytes) members.fail(Error::wrong_member);
  return std::move(bytes).value_or("");
}

json::array headers_array(const FetchHeaders& headers) {
  json::array array;
  for (const auto& [name, value] : headers)
    array.emplace_back(json::object{{"name", json_text(name)}, {"value", json_text(value)}});
  return array;
}

std::pair<std::string, std::string> read_header(Members& members) {
  return {members.text("name"), members.text("value")};
}

SaveAs read_save_as(Members& members) { return {members.text("name"), members.text("media_type")}; }

template <class Read>
auto read_inner(Members& outer, std::string_view name, Read read) {
  Members inner(outer.object(name));
  auto value = read(inner);
  if (inner.error()) outer.fail(inner.error());
  return value;
}

}  // namespace

Result<json::object> to_object(const Fetch& fetch) {
  json::object object{{"type", "fetch"},
                      {"host", json_text(fetch.host)},
                      {"method", json_text(fetch.method)},
                      {"path", json_text(fetch.path)},
                      {"headers", headers_array(fetch.headers)},
                      {"timeout_ms", fetch.timeout.count()},
                      {"max_size", fetch.max_size}};
  if (fetch.retries) object["retries"] = *fetch.retries;
  if (!fetch.body_file.empty()) object["body_file"] = json_text(fetch.body_file);
  if (fetch.save_as)
    object["save_as"] = json::object{{"name", json_text(fetch.save_as->name)}, {"media_type", json_text(fetch.save_as->media_type)}};
  put_body(object, fetch.body);
  return object;
}

Result<json::object> to_object(const Fetched& fetched) {
  json::object object{{"type", "fetched"}, {"status", fetched.status}, {"headers", headers_array(fetched.headers)}};
  if (!fetched.error.empty()) object["error"] = json_text(fetched.error);
  if (fetched.refused) object["refused"] = true;
  if (fetched.final) object["final"] = true;
  if (fetched.file) object["file"] = to_object(*fetched.file);
  put_body(object, fetched.body);
  return object;
}

Fetch read_fetch(Members& members) {
  Fetch fetch{members.text("host"), members.text("method"), members.optional_text("path"),
              read_objects(members, "headers", read_header), read_body(members)};
  if (members.has("timeout_ms")) fetch.timeout = std::chrono::milliseconds(members.integer("timeout_ms"));
  if (members.has("retries")) fetch.retries = static_cast<int>(members.integer("retries"));
  if (members.has("max_size")) fetch.max_size = static_cast<std::size_t>(members.integer("max_size"));
  fetch.body_file = members.optional_text("body_file");
  if (members.has("save_as")) fetch.save_as = read_inner(members, "save_as", read_save_as);
  const std::size_t largest = fetch.save_as ? max_fetch_file : max_fetch_size;
  const bool fits = fetch.timeout.count() > 0 && fetch.timeout <= max_fetch_limit && fetch.max_size <= largest &&
                    (fetch.body_file.empty() || fetch.body.empty()) &&
                    fetch.body.size() <= max_fetch_size && fetch.retries.value_or(0) >= 0 &&
                    fetch.retries.value_or(0) <= max_fetch_retries;
  if (!fits) members.fail(Error::wrong_member);
  return fetch;
}

Fetched read_fetched(Members& members) {
  Fetched fetched;
  fetched.status = static_cast<unsigned>(members.integer("status"));
  fetched.headers = read_objects(members, "headers", read_header);
  fetched.body = read_body(members);
  fetched.error = members.optional_text("error");
  fetched.refused = members.optional_flag("refused", false);
  fetched.final = members.optional_flag("final", false);
  if (members.has("file")) fetched.file = read_inner(members, "file", read_file);
  return fetched;
}

}  // namespace omegate::plugin
