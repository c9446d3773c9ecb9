// The tables `prekeys` and `signed_prekeys`: our own one-time keys and the signed ones, one set for both
// versions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bridge/core/base/time.hpp"
#include "bridge/core/omemo/keys.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;
class Sealer;

struct StoredSignedPreKey {
  omemo::SignedPreKey prekey;
  WallTime created;
  bool current;  // the published one; else the one before it, kept for messages under way
};

class PreKeys {
 public:
  PreKeys(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer) {}

  /// The next `count` ids, never given out before (they wrap after 2^31-1).
  std::vector<std::uint32_t> take_ids(AccountId account, std::size_t count);
  std::uint32_t take_signed_id(AccountId account);

  void add(AccountId account, std::span<const omemo::PreKey> prekeys);
  /// What belongs into our bundle, oldest first.
  std::vector<omemo::PreKey> published(AccountId account);
  std::size_t count_published(AccountId account);
  /// Published or used: a key exchange may be repeated until the archive is caught up with.
  std::optional<omemo::PreKey> find(AccountId account, std::uint32_t id);
  /// Out of the bundle from now on; the key stays readable. The first use counts.
  void mark_used(AccountId account, std::uint32_t id, WallTime now);
  /// Deletes keys used before `before`: call it when the archive catch-up is done. How many went.
  std::size_t delete_used(AccountId account, WallTime before);

  /// All one-time and signed ones: they may have been used by a future that is lost. New ones get ids beyond
  /// those that future may have published.
  void forget_all(AccountId account);

  /// The current one first. Empty before the first `rotate`.
  std::vector<StoredSignedPreKey> signed_prekeys(AccountId account);
  std::optional<omemo::SignedPreKey> find_signed(AccountId account, std::uint32_t id);
  /// `next` becomes current, the current one previous, the previous one is deleted.
  void rotate(AccountId account, const omemo::SignedPreKey& next, WallTime now);

 private:
  Connection& db_;
  const Sealer& sealer_;
};

}  // namespace omegate::store
