// Which text each message key that was shown was used for: no key may ever stand for two.
#pragma once

#include <map>
#include <string>
#include <tuple>

#include "bridge/core/omemo/message.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/omemo_stanza.hpp"

namespace omegate::test {

class KeyUses {
 public:
  /// True if a key in this stanza was used before, for something else.
  bool uses_again(const xml::Element& stanza) {
    bool again = false;
    for (const xml::Element& child : stanza.children()) {
      const auto version = xmpp::encrypted_version(child);
      if (version && note(*version, child)) again = true;
    }
    return again;
  }

 private:
  bool note(omemo::Version version, const xml::Element& encrypted) {
    bool again = false;
    for (const auto& key : xmpp::parse_encrypted(encrypted).value().keys) {
      const auto message = omemo::parse_incoming(version, key.bytes).value().message;
      const Bytes text(message.ciphertext().begin(), message.ciphertext().end());
      const auto name = std::tuple(version, key.rid.value(), message.ratchet_key(), message.counter());
      const auto [known, is_new] = seen_.emplace(name, text);
      if (!is_new && known->second != text) again = true;
    }
    return again;
  }

  std::map<std::tuple<omemo::Version, std::uint32_t, omemo::PublicKey, std::uint32_t>, Bytes> seen_;
};

}  // namespace omegate::test
