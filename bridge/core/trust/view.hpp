// What the ledger says now: all entries folded, in memory.
//
// Not here: what a policy makes of it (policy.hpp), which entries an event adds (sight.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/trust/entry.hpp"
#include "bridge/core/trust/policy.hpp"

namespace omegate::trust {

struct KnownKey {
  crypto::PublicKey key{};
  std::vector<std::uint32_t> devices;  // that showed it, oldest first
  Level level = Level::undecided;
  bool sight_counts = true;        // see Facts
  bool decided_by_person = false;  // or by the config: automatic steps leave it alone from then on
  bool aside = false;              // its device seems dead: nothing is encrypted to it, whatever its level
  WallTime first_seen{};
  WallTime changed{};      // the level's last change; `first_seen` if never
  std::string changed_by;  // its actor; empty if never
  std::string reason;      // its reason

  friend bool operator==(const KnownKey&, const KnownKey&) = default;
};

/// What is known under one (account, peer). Also policies of a domain or of the account (peer empty).
struct Contact {
  std::vector<KnownKey> keys;  // in order of first sight
  std::optional<Policy> policy;
  std::map<std::uint32_t, WallTime> noted;  // device -> last device_gone or device_back
  bool met = false;                         // the one chance of `tofu` is used up
  bool was_verified = false;                // some key was, once
  std::uint64_t decided_at = 0;             // seq of the last entry that can change a decision
};

/// Cost of all questions: a few comparisons of text, then at most `max_sightings` of keys.
class View {
 public:
  /// Entries in the order of the ledger. Takes each at its word except for this: an automatic `tofu` never
  /// moves a key a person decided about.
  void apply(const Entry& entry);

  /// As if nothing had been said about this contact, its policy included.
  void forget(std::string_view account, std::string_view peer);

  /// Of the last entry applied.
  std::uint64_t seq() const { return seq_; }

  Level level(std::string_view account, std::string_view peer, const crypto::PublicKey& key) const;
  Facts facts(std::string_view account, std::string_view peer, const crypto::PublicKey& key) const;

  /// The contact's own, else its domain's, else the account's, else `manual`. The account's own devices are
  /// under `manual` whatever is set.
  Policy policy(std::string_view account, std::string_view peer) const;

  /// The answer to "may we encrypt to this key now?".
  Decision decide(std::string_view account, std::string_view peer, const crypto::PublicKey& key) const;

  /// The seq since which all decisions about this peer are as they are. What was sealed at an earlier seq may
  /// name a key that is refused now.
  std::uint64_t decided_at(std::string_view account, std::string_view peer) const;

  /// Nothing if the ledger has no word about this peer.
  const Contact* find(std::string_view account, std::string_view peer) const;
  const KnownKey* find(std::string_view account, std::string_view peer, const crypto::PublicKey& key) const;

  /// In order of first sight. Empty if unknown.
  std::vector<KnownKey> keys(std::string_view account, std::string_view peer) const;

  /// Everybody the account has a key or a policy of, sorted.
  std::vector<std::string> peers(std::string_view account) const;
  std::vector<std::string> accounts() const;

  /// What `apply(entry)` is going to change, to be put back if the entry is not stored after all.
  struct Before {
    std::string account, peer;
    std::optional<Contact> contact;
    std::uint64_t seq = 0;
  };
  Before before(const Entry& entry) const;
  void put_back(Before before);

 private:
  std::map<std::string, std::map<std::string, Contact, std::less<>>, std::less<>> accounts_;
  std::uint64_t seq_ = 0;
};

}  // namespace omegate::trust
