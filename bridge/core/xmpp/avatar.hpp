// Pictures that people show of themselves: published, announced, read.
//
// Public data of a profile, and nothing of a conversation. No picture is decoded, here or elsewhere in the gateway: what
// it is, its first bytes say. Not here: whose is asked for and when (gateway/account/avatars.hpp).
// Source: XEP-0084 1.1.4, XEP-0054 1.2 §3, XEP-0153 1.1.1 §4, XEP-0172 1.1 §4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/error.hpp"
#include "bridge/core/xmpp/pubsub.hpp"

namespace omegate::xmpp {

struct Avatar {
  std::string id;  // SHA-1 of the bytes: 40 hex digits in lower case
  std::string media_type;
  Bytes bytes;

  friend bool operator==(const Avatar&, const Avatar&) = default;
};

/// PNG, JPEG, GIF or WebP, by the first bytes. Empty: none of them; SVG is a program more than a picture.
std::string_view image_type(ByteView bytes);

/// SHA-1, as hex digits.
std::string avatar_id(ByteView bytes);
/// 40 hex digits, in lower case. Nothing: it is no such id.
std::optional<std::string> read_avatar_id(std::string_view text);

/// Errors: `malformed` (none of the images above), `blob_too_large`.
Result<Avatar> make_avatar(Bytes bytes);

// --- XEP-0084: two nodes, the item of both has the id as its name

inline constexpr std::string_view avatar_data_node = "urn:xmpp:avatar:data";
inline constexpr std::string_view avatar_metadata_node = "urn:xmpp:avatar:metadata";

/// Payloads to be published. Null: no picture is shown.
xml::Element avatar_data(const Avatar& avatar);
xml::Element avatar_metadata(const Avatar* avatar);

/// The id of the picture that a `<metadata/>` announces and the data node has. Empty: none is shown, or none of a kind
/// and size that is taken. Errors: `malformed`.
Result<std::string> parse_avatar_metadata(const xml::Element& metadata);

/// Of a `<data/>` from the item `id`. Errors: `malformed`, `bad_encoding`, `blob_too_large`, `wrong_hash`.
Result<Avatar> parse_avatar_data(const xml::Element& data, std::string_view id);

// --- vcard-temp, for rooms and older clients

/// Payload of a get.
xml::Element vcard_request();
/// Of the answer. Nothing: no photo is in it, or one that lies elsewhere. Errors: `malformed`, `bad_encoding`,
/// `blob_too_large`.
Result<std::optional<Avatar>> parse_vcard_photo(const xml::Element& iq);
/// Payload of a set: what the answer has, but with this photo, or (null) without any.
xml::Element vcard_with_photo(const xml::Element& iq, const Avatar* photo);

/// In a presence: which photo the vCard has. Empty: none.
xml::Element photo_update(std::string_view id);
/// The same, read. Nothing: it says nothing about that; empty: there is none.
std::optional<std::string> announced_photo(const xml::Element& presence);

// --- XEP-0172

inline constexpr std::string_view nick_node = "http://jabber.org/protocol/nick";
/// Payload to be published.
xml::Element nick(std::string_view name);

/// For these nodes: everybody may read them, the newest item stays.
NodeOptions profile_node();

}  // namespace omegate::xmpp
