#include "bridge/core/omemo/wire.hpp"

#include <cassert>
#include <cstring>
#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>

#include "bridge/core/omemo/error.hpp"

namespace omegate::omemo {
namespace {

constexpr std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

// All field numbers are below 16, so a tag is one byte.
constexpr std::size_t number_size(std::uint32_t value) { return 1 + varint_size(value); }
constexpr std::size_t bytes_size(std::size_t size) { return 1 + varint_size(size) + size; }

constexpr std::size_t key_size(Version version) { return version == Version::legacy ? 33 : 32; }

/// Writes into a buffer of exactly the right size.
class Cursor {
 public:
  explicit Cursor(Byte* out) : begin_(out), out_(out) {}

  std::size_t written() const { return static_cast<std::size_t>(out_ - begin_); }
  void byte(Byte value) { *out_++ = value; }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<Byte>(value | 0x80));
    byte(static_cast<Byte>(value));
  }
  void number(int field, std::uint32_t value) {
    byte(static_cast<Byte>(field << 3));
    varint(value);
  }
  void bytes_header(int field, std::size_t size) {
    byte(static_cast<Byte>(field << 3 | 2));
    varint(size);
  }
  void key(Version version, int field, const PublicKey& key) {
    bytes_header(field, key_size(version));
    if (version == Version::legacy) byte(key_type);
    std::memcpy(out_, key.data(), key.size());
    out_ += key.size();
  }
  /// Leaves room and says where it is.
  std::size_t room(std::size_t size) {
    const std::size_t place = written();
    out_ += size;
    return place;
  }

 private:
  Byte* begin_;
  Byte* out_;
};

std::size_t authenticated_size(Version version, const MessageHeader& header, std::size_t ciphertext) {
  return (version == Version::legacy ? 1 : 0) + bytes_size(key_size(version)) + number_size(header.counter) +
         number_size(header.previous_counter) + bytes_size(ciphertext);
}

std::size_t message_size(Version version, std::size_t authenticated) {
  if (version == Version::legacy) return authenticated + mac_size(version);
  return bytes_size(mac_size(version)) + bytes_size(authenticated);
}

std::size_t exchange_size(Version version, const KeyExchange& exchange, std::uint32_t registration_id,
                          std::size_t message) {
  const bool legacy = version == Version::legacy;
  return (legacy ? 1 : 0) + number_size(exchange.prekey_id) + number_size(exchange.signed_prekey_id) +
         2 * bytes_size(key_size(version)) + bytes_size(message) +
         (legacy && registration_id != 0 ? number_size(registration_id) : 0);
}

void write_exchange_head(Cursor& out, Version version, const KeyExchange& exchange, std::size_t message) {
  if (version == Version::legacy) {
    out.byte(legacy_version);
    out.number(1, exchange.prekey_id);
    out.key(version, 2, exchange.ephemeral);
    out.key(version, 3, exchange.identity.wire(version));
    out.bytes_header(4, message);
  } else {
    out.number(1, exchange.prekey_id);
    out.number(2, exchange.signed_prekey_id);
    out.key(version, 3, exchange.identity.wire(version));
    out.key(version, 4, exchange.ephemeral);
    out.bytes_header(5, message);
  }
}

}  // namespace

MessageWriter::MessageWriter(Version version, const MessageHeader& header, std::size_t ciphertext_size,
                             const std::optional<KeyExchange>& exchange, std::uint32_t registration_id)
    : ciphertext_size_(ciphertext_size),
      authenticated_size_(authenticated_size(version, header, ciphertext_size)),
      mac_size_(mac_size(version)) {
  const std::size_t message = message_size(version, authenticated_size_);
  wire_.resize(exchange ? exchange_size(version, *exchange, registration_id, message) : message);
  Cursor out(wire_.data());
  if (exchange) write_exchange_head(out, version, *exchange, message);
  if (version == Version::legacy) {
    authenticated_ = out.written();
    out.byte(legacy_version);
    out.key(version, 1, header.ratchet_key);
    out.number(2, header.counter);
    out.number(3, header.previous_counter);
    out.bytes_header(4, ciphertext_size);
    ciphertext_ = out.room(ciphertext_size);
    mac_ = out.room(mac_size_);
    if (exchange) {
      if (registration_id != 0) out.number(5, registration_id);
      out.number(6, exchange->signed_prekey_id);
    }
  } else {
    out.bytes_header(1, mac_size_);
    mac_ = out.room(mac_size_);
    out.bytes_header(2, authenticated_size_);
    authenticated_ = out.written();
    out.number(1, header.counter);
    out.number(2, header.previous_counter);
    out.key(version, 3, header.ratchet_key);
    out.bytes_header(4, ciphertext_size);
    ciphertext_ = out.room(ciphertext_size);
  }
  assert(out.written() == wire_.size());
}

Result<Fields> read_fields(ByteView message) {
  Fields fields;
  try {
    protozero::pbf_reader reader(reinterpret_cast<const char*>(message.data()), message.size());
    while (reader.next()) {
      const std::size_t tag = reader.tag();  // gone once the value is read
      const bool known = tag < fields.number.size();
      if (known && reader.wire_type() == protozero::pbf_wire_type::varint) {
        fields.number[tag] = static_cast<std::uint32_t>(reader.get_uint64());
      } else if (known && reader.wire_type() == protozero::pbf_wire_type::length_delimited) {
        const auto view = reader.get_view();
        fields.bytes[tag] = ByteView(reinterpret_cast<const Byte*>(view.data()), view.size());
      } else {
        reader.skip();
      }
    }
  } catch (const protozero::exception&) {
    return Error::malformed;
  }
  return fields;
}

Result<PublicKey> read_key(Version version, const std::optional<ByteView>& field) {
  if (!field || field->size() != key_size(version)) return Error::malformed;
  if (version == Version::legacy && field->front() != key_type) return Error::malformed;
  PublicKey key;
  std::copy_n(field->end() - 32, 32, key.begin());
  return key;
}

}  // namespace omegate::omemo
