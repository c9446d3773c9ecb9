#include "bridge/edge/store/sealing.hpp"

#include <algorithm>
#include <stdexcept>

#include "bridge/core/crypto/aead.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/limits.hpp"

namespace omegate::store {

namespace {

constexpr std::size_t blind_size = 16;

void append_number(Bytes& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<Byte>(value >> shift));
}

/// Length in front, so that no two lists of parts give the same bytes.
void append_part(Bytes& out, std::string_view part) {
  append_number(out, part.size());
  out.insert(out.end(), part.begin(), part.end());
}

Bytes associated_data(const Place& place) {
  Bytes out = to_bytes("omegate-sealed-v1");
  append_part(out, place.table);
  append_part(out, place.column);
  append_number(out, static_cast<std::uint64_t>(place.account));
  append_part(out, place.row);
  append_number(out, key_generation);
  return out;
}

}  // namespace

Sealer::Sealer(const DataKey& key, ByteView database_id, Random& random)
    : key_(key), database_id_(database_id.begin(), database_id.end()), random_(random) {}

const crypto::Secret<32>& Sealer::key_of(std::string_view purpose) const {
  if (const auto known = keys_.find(purpose); known != keys_.end()) return known->second;
  crypto::Secret<32> derived;
  crypto::hkdf_sha256(key_.bytes.bytes(), database_id_, "omegate-store/" + std::string(purpose),
                      derived.writable());
  return keys_.emplace(purpose, derived).first->second;
}

Bytes Sealer::seal(const Place& place, ByteView value) const {
  return crypto::aead_seal(key_of(place.table), associated_data(place), value, random_);
}

crypto::SecretBytes Sealer::open(const Place& place, ByteView sealed) const {
  auto opened = crypto::aead_open(key_of(place.table), associated_data(place), sealed);
  if (opened) return std::move(*opened);
  throw SealBroken("database: " + std::string(place.table) + "." + std::string(place.column) + ", row " +
                   place.row + ": the sealed value was altered or does not belong here");
}

Bytes Sealer::open_bytes(const Place& place, ByteView sealed) const {
  const crypto::SecretBytes opened = open(place, sealed);
  return Bytes(opened.bytes().begin(), opened.bytes().end());
}

std::string Sealer::open_text(const Place& place, ByteView sealed) const {
  return std::string(as_text(open(place, sealed)));
}

Bytes Sealer::seal_under(const crypto::Secret<32>& key, ByteView associated_data, ByteView value) const {
  return crypto::aead_seal(key, associated_data, value, random_);
}

Bytes Sealer::seal_data_key(const crypto::Secret<32>& outer, ByteView associated_data, ByteView more) const {
  constexpr std::size_t longest = 4096;  // no caller has more; and GCC 12 sees that the sum cannot wrap
  if (more.size() > longest) throw std::length_error("too much to seal with the data key");
  crypto::SecretBytes content(more.size() + key_.bytes.size());
  std::copy(more.begin(), more.end(), content.writable().begin());
  std::copy(key_.bytes.bytes().begin(), key_.bytes.bytes().end(),
            content.writable().subspan(more.size()).begin());
  return crypto::aead_seal(outer, associated_data, content, random_);
}

Bytes Sealer::tag(std::string_view purpose, ByteView message) const {
  return crypto::hmac(crypto::Hash::sha256, key_of(purpose).bytes(), message);
}

Bytes Sealer::blind(std::string_view table, std::initializer_list<std::string_view> parts) const {
  Bytes message;
  for (const std::string_view part : parts) append_part(message, part);
  Bytes hash = crypto::hmac(crypto::Hash::sha256, key_of(std::string(table) + "/blind").bytes(), message);
  hash.resize(blind_size);
  return hash;
}

}  // namespace omegate::store
