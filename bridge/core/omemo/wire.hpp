// Writing ratchet messages; reading their protobuf fields.
//
// Not here: what they mean (session.hpp), the types others see (message.hpp).
#pragma once

#include <array>
#include <optional>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/omemo/keys.hpp"
#include "bridge/core/omemo/message.hpp"

namespace omegate::omemo {

inline constexpr Byte key_type = 0x05;        // Curve25519, in front of every legacy public key
inline constexpr Byte legacy_version = 0x33;  // message version 3 of a sender that knows up to 3

/// Bytes of a MAC on the wire.
constexpr std::size_t mac_size(Version version) { return version == Version::legacy ? 8 : 16; }

struct MessageHeader {
  PublicKey ratchet_key{};
  std::uint32_t counter = 0;
  std::uint32_t previous_counter = 0;
};

/// A message under construction: where its ciphertext goes, what is authenticated, where the MAC goes. All
/// are places in one buffer with room in front, so that a key exchange is put around it without moving it.
class MessageWriter {
 public:
  /// Lays out everything but ciphertext and MAC. `exchange` is set if it is to be repeated in front;
  /// `registration_id` belongs to it.
  MessageWriter(Version version, const MessageHeader& header, std::size_t ciphertext_size,
                const std::optional<KeyExchange>& exchange, std::uint32_t registration_id);

  std::span<Byte> ciphertext() { return std::span(wire_).subspan(ciphertext_, ciphertext_size_); }
  ByteView authenticated() const { return ByteView(wire_).subspan(authenticated_, authenticated_size_); }
  std::span<Byte> mac() { return std::span(wire_).subspan(mac_, mac_size_); }
  Bytes take() { return std::move(wire_); }

 private:
  Bytes wire_;
  std::size_t ciphertext_ = 0, ciphertext_size_ = 0, authenticated_ = 0, authenticated_size_ = 0, mac_ = 0,
              mac_size_ = 0;
};

/// The fields 1 to 6 of one protobuf message, the last occurrence of each; other fields are skipped.
struct Fields {
  std::array<std::optional<std::uint32_t>, 7> number;
  std::array<std::optional<ByteView>, 7> bytes;
};

/// Errors: `malformed`.
Result<Fields> read_fields(ByteView message);

/// A public key field: 05 || key (legacy) or the key. Errors: `malformed`.
Result<PublicKey> read_key(Version version, const std::optional<ByteView>& field);

}  // namespace omegate::omemo
