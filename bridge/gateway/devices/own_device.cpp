#include "bridge/gateway/devices/own_device.hpp"

#include "bridge/core/omemo/limits.hpp"
#include "bridge/gateway/limits.hpp"

namespace omegate::gateway {
namespace {

store::Identity identity_of(store::Tables& tables, store::AccountId account, Random& random) {
  if (auto identity = tables.identities.load(account)) return std::move(*identity);
  store::Identity identity{omemo::OwnIdentity::generate(random), omemo::random_device_id(random)};
  tables.identities.create(account, identity);
  return identity;
}

omemo::SignedPreKey signed_prekey_of(store::Tables& tables, store::AccountId account,
                                     const omemo::OwnIdentity& identity, Random& random, WallTime now) {
  const auto kept = tables.prekeys.signed_prekeys(account);
  if (!kept.empty() && now - kept.front().created < signed_prekey_life) return kept.front().prekey;
  const auto next = omemo::SignedPreKey::generate(tables.prekeys.take_signed_id(account), identity, random);
  tables.prekeys.rotate(account, next, now);
  return next;
}

void refill(store::Tables& tables, store::AccountId account, Random& random) {
  const std::size_t have = tables.prekeys.count_published(account);
  if (have >= omemo::published_prekeys) return;
  std::vector<omemo::PreKey> fresh;
  for (const std::uint32_t id : tables.prekeys.take_ids(account, omemo::published_prekeys - have)) {
    fresh.push_back(omemo::PreKey::generate(id, random));
  }
  tables.prekeys.add(account, fresh);
}

}  // namespace

OwnDevice tend_own_device(store::Tables& tables, store::AccountId account, Random& random, WallTime now) {
  store::Identity identity = identity_of(tables, account, random);
  const auto signed_prekey = signed_prekey_of(tables, account, identity.keys, random, now);
  refill(tables, account, random);
  return {identity.keys, identity.device, signed_prekey, tables.prekeys.published(account)};
}

void forget_used_prekeys(store::Tables& tables, store::AccountId account, WallTime now) {
  tables.prekeys.delete_used(account, now - used_prekey_life);
}

}  // namespace omegate::gateway
