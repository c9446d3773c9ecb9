#include "bridge/core/trust/sight.hpp"

#include <algorithm>
#include <cassert>

#include "bridge/core/trust/limits.hpp"

namespace omegate::trust {

namespace {

constexpr std::string_view gateway = "gateway";
constexpr std::string_view config = "config";

Entry entry_about(std::string_view actor, std::string_view account, std::string_view peer, Fact fact) {
  Entry entry;
  entry.actor = actor;
  entry.account = account;
  entry.peer = peer;
  entry.fact = fact;
  return entry;
}

Entry entry_about(std::string_view account, std::string_view peer, const DeviceKey& shown, Fact fact) {
  Entry entry = entry_about(gateway, account, peer, fact);
  entry.device = shown.device;
  entry.key = shown.key;
  return entry;
}

bool showed(const KnownKey& key, std::uint32_t device) {
  return std::find(key.devices.begin(), key.devices.end(), device) != key.devices.end();
}

std::size_t sightings(const Contact& contact) {
  std::size_t count = 0;
  for (const KnownKey& key : contact.keys) count += std::max<std::size_t>(1, key.devices.size());
  return count;
}

/// Whether the one chance of `tofu` is still there for this contact.
bool may_let_in(const View& view, std::string_view account, std::string_view peer) {
  if (view.policy(account, peer) != Policy::tofu) return false;
  const Contact* contact = view.find(account, peer);
  return !contact || !contact->met;
}

Entry let_in(std::string_view account, std::string_view peer, const DeviceKey& shown, std::string_view how) {
  Entry entry = entry_about(account, peer, shown, Fact::tofu);
  entry.value = how;
  return entry;
}

/// A device that is listed in both versions shows the same key twice.
std::vector<DeviceKey> without_repetitions(std::span<const DeviceKey> listed) {
  std::vector<DeviceKey> once;
  for (const DeviceKey& shown : listed)
    if (std::find(once.begin(), once.end(), shown) == once.end()) once.push_back(shown);
  return once;
}

void append(std::vector<Entry>& all, std::vector<Entry> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

std::vector<Entry> on_key_seen(const View& view, std::string_view account, std::string_view peer,
                               const DeviceKey& shown) {
  const Contact* contact = view.find(account, peer);
  if (!contact) return {entry_about(account, peer, shown, Fact::seen)};
  const KnownKey* known = view.find(account, peer, shown.key);
  if (known && showed(*known, shown.device)) return {};
  if (sightings(*contact) >= max_sightings) return {};
  std::vector<Entry> entries{entry_about(account, peer, shown, Fact::seen)};
  for (const KnownKey& other : contact->keys) {
    if (other.key == shown.key || !showed(other, shown.device)) continue;
    entries.push_back(entry_about(account, peer, shown, Fact::changed_key));
    entries.back().reason = "before: " + fingerprint(other.key);
    break;
  }
  return entries;
}

std::vector<Entry> on_authentic_message(const View& view, std::string_view account, std::string_view peer,
                                        const DeviceKey& sender) {
  std::vector<Entry> entries = on_key_seen(view, account, peer, sender);
  if (const KnownKey* known = view.find(account, peer, sender.key); known && known->aside) {
    entries.push_back(entry_about(account, peer, sender, Fact::taken_back));
    entries.back().reason = "it wrote";
  }
  if (may_let_in(view, account, peer)) entries.push_back(let_in(account, peer, sender, "first message"));
  return entries;
}

std::vector<Entry> on_first_send(const View& view, std::string_view account, std::string_view peer,
                                 std::span<const DeviceKey> listed) {
  std::vector<Entry> entries;
  const std::vector<DeviceKey> shown_once = without_repetitions(listed);
  for (const DeviceKey& shown : shown_once) append(entries, on_key_seen(view, account, peer, shown));
  if (!may_let_in(view, account, peer)) return entries;
  for (const DeviceKey& shown : shown_once) {
    entries.push_back(let_in(account, peer, shown, "first list"));
    entries.back().reason =
        "one of " + std::to_string(shown_once.size()) + " devices listed when we first wrote";
  }
  return entries;
}

std::vector<Entry> on_list_change(const View& view, std::string_view account, std::string_view peer,
                                  std::span<const std::uint32_t> gone, std::span<const std::uint32_t> back,
                                  WallTime now) {
  const Contact* contact = view.find(account, peer);
  if (!contact) return {};
  std::vector<Entry> entries;
  const auto note = [&](std::uint32_t device, Fact fact) {
    const auto last = contact->noted.find(device);
    if (last != contact->noted.end() && now < last->second + flap_pause) return;
    const auto shown = [&](const KnownKey& key) { return showed(key, device); };
    if (std::none_of(contact->keys.begin(), contact->keys.end(), shown)) return;
    entries.push_back(entry_about(gateway, account, peer, fact));
    entries.back().device = device;
  };
  for (const std::uint32_t device : gone) note(device, Fact::device_gone);
  for (const std::uint32_t device : back) {  // who wrote before any list named them was never away
    if (contact->noted.contains(device)) note(device, Fact::device_back);
  }
  return entries;
}

std::vector<Entry> on_configured(const View& view, std::string_view account, std::string_view peer,
                                 std::span<const crypto::PublicKey> keys) {
  std::vector<Entry> entries;
  const auto decide = [&](const crypto::PublicKey& key, Fact fact) {
    entries.push_back(entry_about(config, account, peer, fact));
    entries.back().key = key;
  };
  for (const crypto::PublicKey& key : keys) {
    const KnownKey* known = view.find(account, peer, key);
    const bool by_another = known && known->decided_by_person && known->changed_by != config;
    if (by_another || (known && known->level == Level::trusted)) continue;
    decide(key, Fact::trusted);
  }
  for (const KnownKey& known : view.keys(account, peer)) {
    const bool named = std::find(keys.begin(), keys.end(), known.key) != keys.end();
    if (!named && known.level == Level::trusted && known.changed_by == config)
      decide(known.key, Fact::undecided);
  }
  return entries;
}

std::vector<Entry> on_policy(const View& view, std::string_view account, std::string_view peer,
                             std::optional<Policy> policy, std::string_view actor) {
  const Contact* contact = view.find(account, peer);
  if ((contact ? contact->policy : std::nullopt) == policy) return {};
  Entry entry = entry_about(actor, account, peer, Fact::policy);
  if (policy) entry.value = name(*policy);
  return {entry};
}

}  // namespace omegate::trust
