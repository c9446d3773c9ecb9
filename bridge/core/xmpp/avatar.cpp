#include "bridge/core/xmpp/avatar.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/number.hpp"

namespace omegate::xmpp {
namespace {

using namespace std::string_view_literals;

/// How such files begin. Source: RFC 2083 §3.1, ISO 10918-1 Annex B, GIF89a §17, RFC 9649 §2.4.
constexpr std::pair<std::string_view, std::string_view> beginnings[] = {
    {"\x89PNG\r\n\x1a\n"sv, "image/png"}, {"\xff\xd8\xff"sv, "image/jpeg"}, {"GIF87a"sv, "image/gif"}, {"GIF89a"sv, "image/gif"}};

constexpr std::size_t id_digits = 40;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool is_image_type(std::string_view media_type) {
  constexpr std::array known{"image/png"sv, "image/jpeg"sv, "image/gif"sv, "image/webp"sv};
  return std::ranges::find(known, media_type) != known.end();
}

/// Base64 of a picture. What is larger than one may be is not decoded.
Result<Avatar> read_avatar(const std::string& base64) {
  if (base64.size() > max_avatar_text) return Error::blob_too_large;
  auto bytes = crypto::from_base64(base64);
  if (!bytes) return Error::bad_encoding;
  return make_avatar(std::move(*bytes));
}

std::string base64_of(const Avatar& avatar) {
  std::string text;
  crypto::append_base64(text, avatar.bytes);
  return text;
}

/// It can be had from the data node, and is worth asking for.
bool is_taken(const xml::Element& info) {
  const auto size = parse_number<std::uint64_t>(info.attr("bytes").value_or(""));
  return !info.has("url") && is_image_type(info.attr("type").value_or("")) && size && *size <= max_avatar;
}

}  // namespace

std::string_view image_type(ByteView bytes) {
  const std::string_view text = as_text(bytes);
  for (const auto& [beginning, type] : beginnings) {
    if (text.starts_with(beginning)) return type;
  }
  constexpr std::size_t form = 8;  // RIFF, a length, WEBP
  if (text.starts_with("RIFF") && text.size() > form && text.substr(form).starts_with("WEBP")) return "image/webp";
  return {};
}

std::string avatar_id(ByteView bytes) { return crypto::to_hex(crypto::digest(crypto::Hash::sha1, bytes)); }

std::optional<std::string> read_avatar_id(std::string_view text) {
  std::string id(text.substr(0, id_digits + 1));
  std::ranges::transform(id, id.begin(), [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (id.size() != id_digits || !std::ranges::all_of(id, is_hex)) return std::nullopt;
  return id;
}

Result<Avatar> make_avatar(Bytes bytes) {
  if (bytes.size() > max_avatar) return Error::blob_too_large;
  const std::string_view type = image_type(bytes);
  if (type.empty()) return Error::malformed;
  std::string id = avatar_id(bytes);
  return Avatar{std::move(id), std::string(type), std::move(bytes)};
}

xml::Element avatar_data(const Avatar& avatar) { return xml::text_element("data", avatar_data_node, base64_of(avatar)); }

xml::Element avatar_metadata(const Avatar* avatar) {
  xml::Element metadata("metadata", avatar_metadata_node);
  if (avatar == nullptr) return metadata;
  xml::Element info("info", avatar_metadata_node);
  info.set("id", avatar->id).set("type", avatar->media_type).set("bytes", std::to_string(avatar->bytes.size()));
  return std::move(metadata).with(std::move(info));
}

Result<std::string> parse_avatar_metadata(const xml::Element& metadata) {
  if (!metadata.is("metadata", avatar_metadata_node)) return Error::malformed;
  for (const xml::Element& info : metadata.children("info", avatar_metadata_node)) {
    auto id = read_avatar_id(info.attr("id").value_or(""));
    if (id && is_taken(info)) return std::move(*id);
  }
  return std::string();
}

Result<Avatar> parse_avatar_data(const xml::Element& data, std::string_view id) {
  if (!data.is("data", avatar_data_node)) return Error::malformed;
  auto avatar = read_avatar(data.text());
  if (avatar && avatar->id != id) return Error::wrong_hash;
  return avatar;
}

xml::Element vcard_request() { return xml::Element("vCard", ns::vcard); }

Result<std::optional<Avatar>> parse_vcard_photo(const xml::Element& iq) {
  const xml::Element* vcard = iq.child("vCard", ns::vcard);
  if (!vcard) return std::optional<Avatar>();
  for (const xml::Element& photo : vcard->children("PHOTO", ns::vcard)) {
    const xml::Element* content = photo.child("BINVAL", ns::vcard);
    if (!content) continue;
    auto avatar = read_avatar(content->text());
    if (!avatar) return avatar.error();
    return std::optional<Avatar>(std::move(*avatar));
  }
  return std::optional<Avatar>();
}

xml::Element vcard_with_photo(const xml::Element& iq, const Avatar* photo) {
  xml::Element changed("vCard", ns::vcard);
  if (const xml::Element* vcard = iq.child("vCard", ns::vcard)) {
    for (const xml::Element& each : vcard->children()) {
      if (!each.is("PHOTO", ns::vcard)) changed.add(each);
    }
  }
  if (photo == nullptr) return changed;
  xml::Element element("PHOTO", ns::vcard);
  element.add(xml::text_element("TYPE", ns::vcard, photo->media_type));
  element.add(xml::text_element("BINVAL", ns::vcard, base64_of(*photo)));
  changed.add(std::move(element));
  return changed;
}

xml::Element photo_update(std::string_view id) {
  return xml::Element("x", ns::vcard_update).with(xml::text_element("photo", ns::vcard_update, id));
}

std::optional<std::string> announced_photo(const xml::Element& presence) {
  const xml::Element* update = presence.child("x", ns::vcard_update);
  const xml::Element* photo = update ? update->child("photo", ns::vcard_update) : nullptr;
  if (!photo || presence.has("type")) return std::nullopt;
  const std::string text = photo->text();
  if (text.empty()) return text;
  return read_avatar_id(text);
}

xml::Element nick(std::string_view name) { return xml::text_element("nick", nick_node, name); }

NodeOptions profile_node() { return open_node("1"); }

}  // namespace omegate::xmpp
