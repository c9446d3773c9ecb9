#include "bridge/gateway/trust/trust_decisions.hpp"

#include <algorithm>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/gateway/operator/operator_error.hpp"
#include "bridge/gateway/trust/trust_words.hpp"

namespace omegate::gateway {
namespace {

/// A device that showed a new key keeps the old one until somebody allows the new one: that is now.
void adopt_key(store::Tables& tables, const Sender& self, const std::string& peer, const trust::KnownKey& key,
               WallTime now) {
  for (const std::uint32_t id : key.devices) {
    for (const auto version : {omemo::Version::legacy, omemo::Version::omemo2}) {
      const store::DeviceRef device{self.account, peer, version, omemo::DeviceId(id)};
      const auto known = tables.devices.find(device);
      if (!known || !known->identity || *known->identity == key.key) continue;
      const auto* before = tables.ledger.view().find(self.jid, peer, *known->identity);
      if (before && before->first_seen > key.first_seen) continue;
      tables.devices.set_identity(device, key.key, now);
      tables.devices.clear_bundle_failure(device);
    }
  }
}

/// Messages that were kept because their key was undecided reach the plugins now.
void release_kept(store::Tables& tables, const Sender& self, const std::string& peer, WallTime now) {
  constexpr std::size_t most = 1000;
  const std::string conversation = self.jid + "/" + peer;
  for (const auto& row : tables.inbox.list(most)) {
    if (row.parked && row.event.conversation == conversation && is_not_allowed_reason(row.error)) {
      tables.inbox.replay(row.event.id, now);
    }
  }
}

}  // namespace

trust::Entry entry_of(const Sender& self, const KeyDecision& decision, const trust::KnownKey& key) {
  trust::Entry entry;
  entry.actor = decision.actor;
  entry.account = self.jid;
  entry.peer = decision.peer;
  entry.device = key.devices.empty() ? 0 : key.devices.back();
  entry.key = key.key;
  entry.fact = decision.fact;
  entry.reason = decision.why;
  return entry;
}

std::vector<trust::KnownKey> chosen_keys(const trust::View& view, const std::string& account,
                                         const std::string& peer, const std::string& which) {
  const auto known = view.keys(account, peer);
  std::vector<trust::KnownKey> keys;
  if (which == "all") {
    std::copy_if(known.begin(), known.end(), std::back_inserter(keys),
                 [](const auto& key) { return key.level == trust::Level::undecided; });
    if (keys.empty()) throw OperatorError("not_found", "no key of " + peer + " is undecided");
    return keys;
  }
  if (const auto key = omemo::parse_fingerprint(which)) {
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const auto& each) { return each.key == *key; });
    if (found != known.end()) return {*found};
    trust::KnownKey unseen;
    unseen.key = *key;
    return {unseen};
  }
  for (const auto& key : known) {
    const auto has = [&](std::uint32_t device) { return std::to_string(device) == which; };
    if (std::any_of(key.devices.begin(), key.devices.end(), has)) keys.push_back(key);
  }
  if (keys.empty()) {
    throw OperatorError("not_found", peer + " has no key '" + which + "'",
                        "give a fingerprint, a device id or `all`; see `omegate trust show " + peer + "`");
  }
  if (keys.size() > 1) {
    throw OperatorError("ambiguous", "device " + which + " has shown several keys", "give the fingerprint");
  }
  return keys;
}

Decided decide_keys(store::Tables& tables, const Sender& self, const KeyDecision& decision, WallTime now) {
  Decided decided;
  const bool allows = decision.fact != trust::Fact::revoked;
  for (const auto& key : chosen_keys(tables.ledger.view(), self.jid, decision.peer, decision.which)) {
    tables.ledger.append(entry_of(self, decision, key), now);
    if (allows) adopt_key(tables, self, decision.peer, key, now);
    decided.keys.push_back(key.key);
  }
  if (!allows) return decided;
  decided.released = tables.outbox.release_held(self.account, decision.peer, now);
  release_kept(tables, self, decision.peer, now);
  return decided;
}

}  // namespace omegate::gateway
