#include "bridge/core/xmpp/omemo_stanza.hpp"

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/omemo/limits.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/number.hpp"
#include "bridge/core/xmpp/omemo_nodes.hpp"
#include "bridge/core/xmpp/receipts.hpp"

namespace omegate::xmpp {
namespace {

using omemo::Version;

// For people whose client has no OMEMO. ASCII: some old clients show anything else as garbage.
constexpr std::string_view fallback_body =
    "This message is encrypted with OMEMO. Your client does not support it, or it is switched off.";

constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

/// Whitespace inside base64 is legal, so the text may be somewhat longer than the bytes need.
constexpr std::size_t max_blob_text = 2 * base64_size(omemo::max_wire_size);

std::string_view key_exchange_attribute(Version version) {
  return version == Version::legacy ? "prekey" : "kex";
}

/// The child that may be there once.
Result<const xml::Element*> at_most_one(const xml::Element& parent, std::string_view local,
                                        std::string_view space) {
  const xml::Element* found = nullptr;
  for (const xml::Element& child : parent.children(local, space)) {
    if (found) return Error::ambiguous;
    found = &child;
  }
  return found;
}

Result<Bytes> decode(const xml::Element& element) {
  auto bytes = crypto::from_base64(element.text());
  if (!bytes) return Error::bad_encoding;
  return bytes;
}

Result<Bytes> decode_blob(const xml::Element& element) {
  const std::string text = element.text();
  if (text.size() > max_blob_text) return Error::blob_too_large;
  auto bytes = crypto::from_base64(text);
  if (!bytes) return Error::bad_encoding;
  if (bytes->size() > omemo::max_wire_size) return Error::blob_too_large;
  return bytes;
}

/// The `<key/>` children of `parent`, which is the header or one `<keys/>`.
Result<> read_keys(const xml::Element& parent, const std::optional<Jid>& jid, EncryptedMessage& message) {
  for (const xml::Element& element : parent.children("key", omemo_namespace(message.version))) {
    if (message.keys.size() == max_keys) return Error::too_many_keys;
    const auto number = parse_number<std::uint64_t>(element.attr("rid").value_or(""));
    const auto rid = omemo::make_device_id(number.value_or(0));
    if (!rid) continue;
    auto bytes = decode_blob(element);
    if (!bytes) return bytes.error();
    const bool key_exchange = is_true(element.attr(key_exchange_attribute(message.version)).value_or(""));
    message.keys.push_back({jid, *rid, key_exchange, *std::move(bytes)});
  }
  return {};
}

Result<> read_omemo2_keys(const xml::Element& header, EncryptedMessage& message) {
  for (const xml::Element& group : header.children("keys", ns::omemo2)) {
    const auto jid = Jid::parse(group.attr("jid").value_or(""));
    if (!jid) continue;
    if (const auto read = read_keys(group, jid->bare(), message); !read) return read;
  }
  return {};
}

Result<> read_legacy_header(const xml::Element& header, EncryptedMessage& message) {
  const auto iv = at_most_one(header, "iv", ns::omemo_legacy);
  if (!iv) return iv.error();
  if (*iv) {
    auto bytes = decode_blob(**iv);
    if (!bytes) return bytes.error();
    message.iv = *std::move(bytes);
  }
  return read_keys(header, std::nullopt, message);
}

xml::Element key_element(Version version, const KeyElement& key) {
  xml::Element element("key", omemo_namespace(version));
  element.set("rid", std::to_string(key.rid.value()));
  if (key.key_exchange) element.set(key_exchange_attribute(version), "true");
  element.add_text(crypto::to_base64(key.bytes));
  return element;
}

/// The `<keys/>` of that account, made when its first key comes.
xml::Element& group_of(std::vector<xml::Element>& groups, const Jid& jid) {
  for (xml::Element& group : groups) {
    if (group.attr("jid") == jid.to_string()) return group;
  }
  return groups.emplace_back(xml::Element("keys", ns::omemo2).set("jid", jid.to_string()));
}

void add_keys(xml::Element& header, const EncryptedMessage& message) {
  if (message.version == Version::legacy) {
    for (const KeyElement& key : message.keys) header.add(key_element(message.version, key));
    header.add(xml::text_element("iv", ns::omemo_legacy, crypto::to_base64(message.iv)));
    return;
  }
  std::vector<xml::Element> groups;
  for (const KeyElement& key : message.keys) {
    group_of(groups, key.jid.value().bare()).add(key_element(message.version, key));
  }
  for (xml::Element& group : groups) header.add(std::move(group));
}

xml::Element chat_message(const Jid& to, const std::string& id) {
  return xml::Element("message", ns::client)
      .set("to", to.bare().to_string())
      .set("type", "chat")
      .set("id", id);
}

xml::Element store_hint() { return xml::Element("store", ns::hints); }

}  // namespace

std::optional<Version> encrypted_version(const xml::Element& element) {
  if (element.is("encrypted", ns::omemo_legacy)) return Version::legacy;
  if (element.is("encrypted", ns::omemo2)) return Version::omemo2;
  return std::nullopt;
}

Result<EncryptedMessage> parse_encrypted(const xml::Element& encrypted) {
  const auto version = encrypted_version(encrypted);
  if (!version) return Error::malformed;
  const std::string_view space = omemo_namespace(*version);
  const auto header = at_most_one(encrypted, "header", space);
  if (!header) return header.error();
  if (!*header) return Error::malformed;
  const auto sid =
      omemo::make_device_id(parse_number<std::uint64_t>((*header)->attr("sid").value_or("")).value_or(0));
  if (!sid) return Error::malformed;

  EncryptedMessage message{*version, *sid, {}, {}, std::nullopt};
  const auto read = *version == Version::legacy ? read_legacy_header(**header, message)
                                                : read_omemo2_keys(**header, message);
  if (!read) return read.error();
  const auto payload = at_most_one(encrypted, "payload", space);
  if (!payload) return payload.error();
  if (*payload) {
    auto bytes = decode(**payload);
    if (!bytes) return bytes.error();
    message.payload = *std::move(bytes);
  }
  return message;
}

xml::Element build_encrypted(const EncryptedMessage& message) {
  const std::string_view space = omemo_namespace(message.version);
  xml::Element encrypted("encrypted", space);
  xml::Element& header = encrypted.add(xml::Element("header", space));
  header.set("sid", std::to_string(message.sid.value()));
  add_keys(header, message);
  if (message.payload)
    encrypted.add(xml::text_element("payload", space, crypto::to_base64(*message.payload)));
  return encrypted;
}

std::vector<const KeyElement*> keys_for(const EncryptedMessage& message, const Jid& own,
                                        omemo::DeviceId device) {
  std::vector<const KeyElement*> ours;
  for (const KeyElement& key : message.keys) {
    if (key.rid == device && (!key.jid || key.jid->same_bare(own))) ours.push_back(&key);
  }
  return ours;
}

xml::Element message_with(const EncryptedMessage& encrypted, const OutgoingMessage& outgoing) {
  xml::Element message = chat_message(outgoing.to, outgoing.id);
  if (outgoing.to_room) message.set("type", "groupchat");
  message.add(build_encrypted(encrypted));
  const bool legacy = encrypted.version == Version::legacy;
  message.add(xml::text_element("body", ns::client, fallback_body));
  if (!legacy) {
    xml::Element mark("fallback", ns::fallback);
    mark.set("for", ns::omemo2);
    mark.add(xml::Element("body", ns::fallback));
    message.add(std::move(mark));
  }
  message.add(xml::Element("encryption", ns::encryption))
      .set("name", "OMEMO")
      .set("namespace", omemo_namespace(encrypted.version));
  message.add(store_hint());
  message.add(xml::Element("origin-id", ns::stanza_ids)).set("id", outgoing.id);
  if (legacy && outgoing.request_receipt) message.add(receipt_request());
  for (const xml::Element& element : outgoing.beside) message.add(element);
  return message;
}

xml::Element passing_message_with(const EncryptedMessage& encrypted, const Jid& to, const std::string& id) {
  return chat_message(to, id).with(build_encrypted(encrypted)).with(xml::Element("no-store", ns::hints));
}

xml::Element empty_message_with(const EncryptedMessage& encrypted, const Jid& to, const std::string& id) {
  return chat_message(to, id).with(build_encrypted(encrypted)).with(store_hint());
}

}  // namespace omegate::xmpp
