#include "bridge/core/omemo/message.hpp"

#include "bridge/core/omemo/limits.hpp"
#include "bridge/core/omemo/wire.hpp"

namespace omegate::omemo {
namespace {

bool has_legacy_version(ByteView wire) { return !wire.empty() && wire.front() >> 4 == 3; }

/// Every sender we know writes field 1 first, and in a message it is a byte string: 0A. No exchange has that.
bool is_plainly_message(ByteView fields) { return !fields.empty() && fields.front() == (1 << 3 | 2); }

/// For what is in another order: fields no message has. (In a legacy message field 2 is the counter, and the
/// MAC behind it may look like any field.)
bool looks_like_exchange(Version version, const Fields& fields) {
  if (version == Version::omemo2) return fields.bytes[5].has_value();
  return fields.bytes[2] && fields.bytes[4] && !fields.number[2];
}

Result<Incoming> parse_exchange(Version version, const Fields& fields) {
  const bool legacy = version == Version::legacy;
  const auto prekey_id = fields.number[1];
  const auto signed_prekey_id = fields.number[legacy ? 6 : 2];
  const auto message = fields.bytes[legacy ? 4 : 5];
  const auto identity = read_key(version, fields.bytes[3]);
  const auto ephemeral = read_key(version, fields.bytes[legacy ? 2 : 4]);
  if (!signed_prekey_id || !message || !identity || !ephemeral) return Error::malformed;
  if (!prekey_id) return legacy ? Error::no_prekey : Error::malformed;
  auto key =
      legacy ? Result<IdentityKey>(IdentityKey::from_curve(*identity)) : IdentityKey::from_ed(*identity);
  if (!key) return key.error();
  auto inner = RatchetMessage::parse(version, *message);
  if (!inner) return inner.error();
  return Incoming{KeyExchange{*prekey_id, *signed_prekey_id, *key, *ephemeral}, std::move(*inner)};
}

}  // namespace

RatchetMessage::Range RatchetMessage::range_of(ByteView part) const {
  return {static_cast<std::uint16_t>(part.data() - wire_.data()), static_cast<std::uint16_t>(part.size())};
}

Result<RatchetMessage> RatchetMessage::parse(Version version, ByteView wire) {
  if (wire.size() > max_wire_size) return Error::malformed;
  return version == Version::legacy ? parse_legacy(wire) : parse_omemo2(wire);
}

Result<RatchetMessage> RatchetMessage::parse_legacy(ByteView wire) {
  const std::size_t mac = mac_size(Version::legacy);
  if (!has_legacy_version(wire) || wire.size() < 1 + mac) return Error::malformed;
  RatchetMessage message;
  message.wire_.assign(wire.begin(), wire.end());
  const ByteView own = message.wire_;
  const ByteView authenticated = own.first(own.size() - mac);
  message.authenticated_ = message.range_of(authenticated);
  message.mac_ = message.range_of(own.last(mac));

  const auto fields = omemo::read_fields(authenticated.subspan(1));
  if (!fields || !fields->number[2] || !fields->bytes[4]) return Error::malformed;
  const auto key = read_key(Version::legacy, fields->bytes[1]);
  if (!key) return key.error();
  message.ratchet_key_ = *key;
  message.counter_ = *fields->number[2];
  message.previous_counter_ = fields->number[3].value_or(0);
  message.ciphertext_ = message.range_of(*fields->bytes[4]);
  return message;
}

Result<RatchetMessage> RatchetMessage::parse_omemo2(ByteView wire) {
  RatchetMessage message;
  message.version_ = Version::omemo2;
  message.wire_.assign(wire.begin(), wire.end());
  const auto outer = omemo::read_fields(message.wire_);
  if (!outer || !outer->bytes[1] || !outer->bytes[2]) return Error::malformed;
  if (outer->bytes[1]->size() != mac_size(Version::omemo2)) return Error::malformed;  // 32: a draft of 2020
  message.mac_ = message.range_of(*outer->bytes[1]);
  message.authenticated_ = message.range_of(*outer->bytes[2]);

  const auto fields = omemo::read_fields(*outer->bytes[2]);
  if (!fields || !fields->number[1] || !fields->number[2] || !fields->bytes[4]) return Error::malformed;
  const auto key = read_key(Version::omemo2, fields->bytes[3]);
  if (!key) return key.error();
  message.ratchet_key_ = *key;
  message.counter_ = *fields->number[1];
  message.previous_counter_ = *fields->number[2];
  message.ciphertext_ = message.range_of(*fields->bytes[4]);
  return message;
}

Result<Incoming> parse_incoming(Version version, ByteView wire) {
  if (wire.size() > max_wire_size) return Error::malformed;
  if (version == Version::legacy && !has_legacy_version(wire)) return Error::malformed;
  const ByteView body = version == Version::legacy ? wire.subspan(1) : wire;
  if (!is_plainly_message(body)) {
    const auto fields = read_fields(body);
    if (fields && looks_like_exchange(version, *fields)) return parse_exchange(version, *fields);
  }
  auto message = RatchetMessage::parse(version, wire);
  if (!message) return message.error();
  return Incoming{std::nullopt, std::move(*message)};
}

}  // namespace omegate::omemo
