// Laws: what is read of an `encrypted` element is within limits, and reads the same after it was written.
#include "bridge/core/omemo/limits.hpp"
#include "bridge/core/omemo/message.hpp"
#include "bridge/core/xml/document.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/omemo_stanza.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

using namespace omegate::xmpp;
using omemo::Version;

bool same(const KeyElement& a, const KeyElement& b) {
  return a.jid == b.jid && a.rid == b.rid && a.key_exchange == b.key_exchange && a.bytes == b.bytes;
}

bool is_grouped(const EncryptedMessage& message) {  // writing puts the keys of one account together
  for (std::size_t i = 1; i < message.keys.size(); ++i) {
    if (message.keys[i].jid != message.keys[0].jid) return false;
  }
  return true;
}

void check_encrypted(const xml::Element& element) {
  const auto message = parse_encrypted(element);
  if (!message) return;
  require(message->keys.size() <= max_keys, "keys are bounded");
  for (const KeyElement& key : message->keys) {
    require(key.bytes.size() <= omemo::max_wire_size, "ratchet messages are short");
    require(key.jid.has_value() == (message->version == Version::omemo2), "OMEMO 2 names accounts");
    static_cast<void>(omemo::parse_incoming(message->version, key.bytes));
  }
  const auto again = parse_encrypted(build_encrypted(*message));
  require(
      again && again->sid == message->sid && again->payload == message->payload && again->iv == message->iv,
      "it reads the same again");
  require(again->keys.size() == message->keys.size(), "no key is lost");
  if (!is_grouped(*message)) return;
  for (std::size_t i = 0; i < message->keys.size(); ++i)
    require(same(again->keys[i], message->keys[i]), "keys keep their order");
}

}  // namespace

void fuzz_omemo(ByteView input) {
  const auto element = xml::parse_document(as_text(input));
  if (!element) return;
  check_encrypted(*element);
}

}  // namespace omegate::fuzz
