// One row of the trust ledger and its one encoding.
//
// Not here: the chain of rows (chain.hpp), their meaning (view.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/crypto/curve25519.hpp"
#include "bridge/core/trust/error.hpp"

namespace omegate::trust {

/// Numbers are part of the row's encoding: append only.
enum class Fact : std::uint8_t {
  seen = 1,   // the key appeared for this device, in a bundle or a message
  tofu,       // the policy let it in
  trusted,    // actor says so
  verified,   // actor compared or scanned it
  revoked,    // actor does not want it
  undecided,  // actor took a decision back
  policy,     // `value` is the policy's name, empty: as the broader one says; peer: contact, domain or empty
  device_gone,  // the device left its list
  device_back,  // and returned
  changed_key,  // the device shows another key than before; `key` is the new one
  restored,     // an old copy of the database came back: the account's sessions were made anew; about no peer
  signing_key,  // from the next row on another key signs: `key`, in its Ed25519 form; about no account
  forgot,       // actor had a contact forgotten; about no peer, that is the point
  own_key,      // the account has another key, `key`, on another device, `device`; about no peer
  set_aside,    // actor has nothing encrypted any more to a key whose device seems dead; its level stays
  taken_back,   // and then otherwise; by the gateway: the key wrote again
  approval,     // `peer` approved, by this key, the request that `value` names; changes nothing about the key
  forgotten = 255,  // in no row: what is left of one whose contact was forgotten
};

std::string_view name(Fact fact);
std::optional<Fact> fact_named(std::string_view text);

/// Trust belongs to (account, peer, key). The device says where the key was met, nothing more.
struct Entry {
  std::uint64_t seq = 0;     // 1, 2, 3 …; given by the ledger
  WallTime time{};           // given by the ledger; may go back with the clock, `seq` does not
  std::string actor;         // "gateway", "config", "cli:root", a bare JID …
  std::string account;       // bare JID
  std::string peer;          // bare JID; for `policy` also a domain, or empty: the account's default
  std::uint32_t device = 0;  // 0: none in particular
  crypto::PublicKey key{};   // Curve form (but of `signing_key`); zeros: about no key
  Fact fact = Fact::seen;
  std::string value;   // of `policy`; for `tofu` which first contact it was
  std::string reason;  // for people

  friend bool operator==(const Entry&, const Entry&) = default;
};

/// Each field with its length in front (4 bytes, big endian), in the order above. One entry, one encoding.
/// Texts above `max_text` are cut.
Bytes encode(const Entry& entry);

/// Errors: `undecodable_row`.
Result<Entry> decode(ByteView row);

/// The 64 hex digits people compare; the same in both OMEMO versions.
std::string fingerprint(const crypto::PublicKey& key);

}  // namespace omegate::trust
