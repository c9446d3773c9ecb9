#include "bridge/core/xmpp/trust_message.hpp"

#include <algorithm>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {
namespace {

Result<crypto::PublicKey> key_of(const xml::Element& element) {
  const auto bytes = crypto::from_base64(element.text());
  crypto::PublicKey key{};
  if (!bytes || bytes->size() != key.size()) return Error::malformed;
  std::copy(bytes->begin(), bytes->end(), key.begin());
  return key;
}

bool contains(const std::vector<crypto::PublicKey>& keys, const crypto::PublicKey& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

Result<KeyOwner> owner_of(const xml::Element& element) {
  auto jid = Jid::parse(element.attr("jid").value_or(""));
  if (!jid || !jid->resource().empty()) return Error::malformed;
  KeyOwner owner{std::move(*jid), {}, {}};
  for (const xml::Element& child : element.children()) {
    const bool trusts = child.is("trust", ns::trust_messages);
    if (!trusts && !child.is("distrust", ns::trust_messages)) continue;
    const auto key = key_of(child);
    if (!key) return key.error();
    auto& list = trusts ? owner.trusted : owner.distrusted;
    if (!contains(list, *key)) list.push_back(*key);
  }
  for (const auto& key : owner.trusted)
    if (contains(owner.distrusted, key)) return Error::malformed;
  return owner;
}

}  // namespace

xml::Element build_trust_message(const std::vector<KeyOwner>& owners) {
  xml::Element message("trust-message", ns::trust_messages);
  message.set("usage", ns::automatic_trust).set("encryption", ns::omemo2);
  for (const KeyOwner& owner : owners) {
    xml::Element element("key-owner", ns::trust_messages);
    element.set("jid", owner.jid.to_string());
    for (const auto& key : owner.trusted)
      element.add(xml::Element("trust", ns::trust_messages).add_text(crypto::to_base64(key)));
    for (const auto& key : owner.distrusted)
      element.add(xml::Element("distrust", ns::trust_messages).add_text(crypto::to_base64(key)));
    message.add(std::move(element));
  }
  return message;
}

Result<std::vector<KeyOwner>> parse_trust_message(const xml::Element& message) {
  const bool ours = message.is("trust-message", ns::trust_messages) &&
                    message.attr("usage") == ns::automatic_trust && message.attr("encryption") == ns::omemo2;
  if (!ours) return Error::malformed;
  std::vector<KeyOwner> owners;
  std::size_t keys = 0;
  for (const xml::Element& child : message.children()) {
    if (!child.is("key-owner", ns::trust_messages)) continue;
    auto owner = owner_of(child);
    if (!owner) return owner.error();
    const auto same = [&](const KeyOwner& other) { return other.jid == owner->jid; };
    if (std::any_of(owners.begin(), owners.end(), same)) return Error::malformed;
    keys += owner->trusted.size() + owner->distrusted.size();
    if (keys > max_trust_message_keys) return Error::malformed;
    owners.push_back(std::move(*owner));
  }
  if (keys == 0) return Error::malformed;
  return owners;
}

}  // namespace omegate::xmpp
