// How values are sealed in the tables: XChaCha20-Poly1305 under a sub-key per table, bound to their place.
//
// Not here: the key itself (data_key.hpp), who may open it (key_slots.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/random.hpp"
#include "bridge/core/crypto/secret.hpp"
#include "bridge/edge/store/data_key.hpp"

namespace omegate::store {

/// Where a sealed value lies. A value that was moved to another place does not open.
struct Place {
  std::string_view table;
  std::string_view column;
  std::int64_t account;  // 0: of no account
  std::string row;       // whatever names the row within its table, not a secret
};

class Sealer {
 public:
  /// `database_id` is this database's own random salt: the same data key in another database gives other
  /// sub-keys.
  Sealer(const DataKey& key, ByteView database_id, Random& random);

  Bytes seal(const Place& place, ByteView value) const;
  Bytes seal(const Place& place, std::string_view value) const { return seal(place, as_bytes(value)); }

  /// Throws `SealBroken`, naming the place.
  crypto::SecretBytes open(const Place& place, ByteView sealed) const;
  Bytes open_bytes(const Place& place, ByteView sealed) const;
  std::string open_text(const Place& place, ByteView sealed) const;

  /// Under a key that is itself sealed in a row, so that with the row the value is gone.
  Bytes seal_under(const crypto::Secret<32>& key, ByteView associated_data, ByteView value) const;
  void fill(std::span<Byte> out) const { random_.fill(out); }

  /// `more` (4096 bytes at most, else `std::length_error`) and the data key behind it, sealed under a key from outside:
  /// a slot, a backup.
  Bytes seal_data_key(const crypto::Secret<32>& outer, ByteView associated_data, ByteView more) const;

  /// A tag of 32 bytes over something that lies outside the database, so that nobody else can write it.
  Bytes tag(std::string_view purpose, ByteView message) const;

  /// A keyed hash of 16 bytes, to look a secret text up by. `parts` are kept apart.
  Bytes blind(std::string_view table, std::initializer_list<std::string_view> parts) const;

 private:
  const crypto::Secret<32>& key_of(std::string_view purpose) const;

  DataKey key_;
  Bytes database_id_;
  Random& random_;
  mutable std::map<std::string, crypto::Secret<32>, std::less<>> keys_;  // derived on first use
};

}  // namespace omegate::store
