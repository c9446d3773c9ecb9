// Ratchet messages as bytes: what stands, base64-encoded, in one `<key/>`.
//
// Both wire formats are parsed into the same types; nothing here is authenticated yet.
// Not here: the stanza around it (core/xmpp), the meaning (session.hpp).
// Source: XEP-0384 §4.4 and its protobuf schema; the Signal protocol's version 3 for legacy.
#pragma once

#include <cstdint>
#include <optional>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/omemo/keys.hpp"

namespace omegate::omemo {

/// One message of a session. Owns its bytes.
class RatchetMessage {
 public:
  /// Errors: `malformed`.
  static Result<RatchetMessage> parse(Version version, ByteView wire);

  Version version() const { return version_; }
  const PublicKey& ratchet_key() const { return ratchet_key_; }
  std::uint32_t counter() const { return counter_; }
  std::uint32_t previous_counter() const { return previous_counter_; }
  ByteView ciphertext() const { return view(ciphertext_); }
  ByteView authenticated() const { return view(authenticated_); }  // as received: never written again
  ByteView mac() const { return view(mac_); }                      // 8 (legacy) or 16 bytes

 private:
  struct Range {
    std::uint16_t offset = 0, size = 0;  // in `wire_`, which has at most `max_wire_size` bytes
  };
  ByteView view(Range range) const { return ByteView(wire_).subspan(range.offset, range.size); }
  Range range_of(ByteView part) const;
  static Result<RatchetMessage> parse_legacy(ByteView wire);
  static Result<RatchetMessage> parse_omemo2(ByteView wire);
  Result<> read_fields(ByteView fields);

  Version version_ = Version::legacy;
  PublicKey ratchet_key_{};
  std::uint32_t counter_ = 0, previous_counter_ = 0;
  Range ciphertext_, authenticated_, mac_;
  Bytes wire_;
};

/// What a sender repeats in front of its messages until it hears from us: enough to build the session.
struct KeyExchange {
  std::uint32_t prekey_id = 0;         // of the receiver
  std::uint32_t signed_prekey_id = 0;  // of the receiver
  IdentityKey identity;                // of the sender
  PublicKey ephemeral{};               // X3DH key of the sender; names the session
};

struct Incoming {
  std::optional<KeyExchange> key_exchange;
  RatchetMessage message;
};

/// Decides by the bytes what they are, not by the stanza's `prekey` or `kex` attribute, which peers get
/// wrong. Errors: `malformed` (also what is larger than `max_wire_size`), `bad_key` (identity key).
Result<Incoming> parse_incoming(Version version, ByteView wire);

}  // namespace omegate::omemo
