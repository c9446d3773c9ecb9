#include "bridge/gateway/devices/device_directory.hpp"

#include <algorithm>

#include "bridge/core/omemo/limits.hpp"
#include "bridge/core/trust/sight.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/messages/seal.hpp"

namespace omegate::gateway {
namespace {

using omemo::Version;

std::vector<std::uint32_t> numbers(const std::vector<omemo::DeviceId>& devices) {
  std::vector<std::uint32_t> ids;
  for (const auto device : devices) ids.push_back(device.value());
  return ids;
}

std::vector<store::DeviceRef> without_key(const std::vector<Recipient>& known) {
  std::vector<store::DeviceRef> devices;
  for (const Recipient& recipient : known) {
    if (!recipient.key && recipient.bundle_failure.empty()) devices.push_back(recipient.device);
  }
  return devices;
}

std::vector<store::DeviceRef> without_session(store::Tables& tables, const std::vector<Recipient>& known) {
  std::vector<store::DeviceRef> devices;
  for (const Recipient& recipient : known) {
    const bool may_have_one = recipient.decision == trust::Decision::allow && recipient.bundle_failure.empty();
    if (may_have_one && !session_with(tables, recipient)) devices.push_back(recipient.device);
  }
  return devices;
}

bool is_new(store::Tables& tables, const store::DeviceRef& device, WallTime now) {
  const auto known = tables.devices.find(device);
  return !known || now - known->first_seen < new_device_time;
}

bool has_new_device_without_key(const std::vector<Recipient>& known, store::Tables& tables, WallTime now) {
  return std::any_of(known.begin(), known.end(), [&](const Recipient& recipient) {
    return !recipient.key && is_new(tables, recipient.device, now);
  });
}

bool contains(const std::vector<store::DeviceRef>& devices, const store::DeviceRef& wanted) {
  return std::any_of(devices.begin(), devices.end(), [&](const store::DeviceRef& device) {
    return device.version == wanted.version && device.device == wanted.device;
  });
}

bool has_bundle(const std::vector<std::pair<store::DeviceRef, omemo::Bundle>>& bundles,
                const store::DeviceRef& wanted) {
  return std::any_of(bundles.begin(), bundles.end(), [&](const auto& each) {
    return each.first.version == wanted.version && each.first.device == wanted.device;
  });
}

/// The key of a bundle. A key that replaces another one counts only once it is allowed: until then the device
/// keeps the key, and the session, that a decision was made about.
void note_key(store::Tables& tables, const Sender& self, const store::DeviceRef& device,
              const crypto::PublicKey& key, WallTime now) {
  const trust::DeviceKey seen{device.device.value(), key};
  tables.ledger.append(trust::on_key_seen(tables.ledger.view(), self.jid, device.peer, seen), now);
  const auto known = tables.devices.find(device);
  const bool is_new = !known || !known->identity || *known->identity == key;
  const bool allowed = tables.ledger.view().decide(self.jid, device.peer, key) == trust::Decision::allow;
  if (is_new || allowed) {
    tables.devices.set_identity(device, key, now);
    tables.devices.clear_bundle_failure(device);
  } else {
    tables.devices.note_bundle_failure(device, now + missing_bundle_pause, "it shows another identity key",
                                       now);
  }
}

}  // namespace

store::ListChange store_list(store::Tables& tables, const Sender& self, const std::string& peer,
                             Version version, const std::vector<xmpp::ListedDevice>& devices, WallTime now) {
  std::vector<omemo::DeviceId> ids;
  for (const auto& device : devices) ids.push_back(device.id);
  if (ids.size() > omemo::max_devices) {  // the newest stand last
    log_warning("devices.cut", {{"peer", peer}, {"listed", ids.size()}, {"considered", omemo::max_devices}});
    ids.erase(ids.begin(), ids.end() - omemo::max_devices);
  } else if (ids.size() > omemo::many_devices) {
    log_info("devices.many", {{"peer", peer}, {"listed", ids.size()}});
  }
  auto change = tables.devices.replace_list(self.account, peer, version, ids, now);
  const auto gone = numbers(change.vanished), back = numbers(change.returned);
  tables.ledger.append(trust::on_list_change(tables.ledger.view(), self.jid, peer, gone, back, now), now);
  return change;
}

asio::awaitable<std::optional<std::string>> DeviceDirectory::refresh(std::string peer, Version version) {
  FetchedList fetched = co_await fetch_device_list(stream_, xmpp::Jid::parse(peer).value(), version);
  if (fetched.status == Fetch::unreachable || fetched.status == Fetch::forbidden) co_return fetched.reason;
  co_await context_.store.transact([&](store::Tables& tables) {
    store_list(tables, self_, peer, version, fetched.devices, context_.now());
  });
  co_return std::nullopt;
}

bool DeviceDirectory::has_fresh_list(store::Tables& tables, const std::string& peer, Version version,
                                     std::chrono::minutes list_age) const {
  const auto fetched = tables.devices.list_fetched(self_.account, peer, version);
  return fetched && context_.now() - *fetched < list_age;
}

bool DeviceDirectory::is_prepared(store::Tables& tables, const std::string& peer, std::chrono::minutes list_age) const {
  const bool is_ours = peer == self_.jid;
  for (const Version version : {Version::legacy, Version::omemo2})
    if (!is_ours && !has_fresh_list(tables, peer, version, list_age)) return false;
  const WallTime now = context_.now();
  const std::vector<KnownDevice> known = known_devices(tables, self_, {peer});
  const std::vector<Recipient> listed = recipients(tables, self_, known, now);
  if (!without_key(listed).empty()) return false;
  note_first_send(tables, self_, listed, now);
  return without_session(tables, recipients(tables, self_, known, now)).empty();
}

std::vector<std::string> DeviceDirectory::unprepared(store::Tables& tables,
                                                     const std::map<std::string, std::chrono::minutes>& peers) const {
  std::vector<std::string> found;
  for (const auto& [peer, list_age] : peers)
    if (!is_prepared(tables, peer, list_age)) found.push_back(peer);
  return found;
}

/// One version that can be had is enough to go on.
asio::awaitable<std::optional<std::string>> DeviceDirectory::refresh_old(std::string peer,
                                                                         std::chrono::minutes list_age) {
  std::optional<std::string> failure;
  bool any = false;
  for (const Version version : {Version::legacy, Version::omemo2}) {
    const bool is_fresh = co_await context_.store.transact(
        [&](store::Tables& tables) { return has_fresh_list(tables, peer, version, list_age); });
    if (is_fresh) {
      any = true;
    } else if (const auto reason = co_await refresh(peer, version)) {
      failure = reason;
    } else {
      any = true;
    }
  }
  co_return any ? std::nullopt : failure;
}

asio::awaitable<std::optional<std::string>> DeviceDirectory::prepare(std::string peer,
                                                                     std::chrono::minutes list_age) {
  if (peer != self_.jid) {
    if (auto failure = co_await refresh_old(peer, list_age)) {
      co_return "the device list of " + peer + " cannot be had: " + *failure;
    }
  }
  auto unknown = co_await context_.store.transact(
      [&](store::Tables& tables) { return without_key(recipients(tables, self_, peer, context_.now())); });
  Bundles bundles = co_await fetch_bundles(std::move(unknown));
  auto wanted = co_await context_.store.transact([&](store::Tables& tables) {
    const WallTime now = context_.now();
    for (const auto& [device, bundle] : bundles) note_key(tables, self_, device, bundle.identity.curve, now);
    const std::vector<KnownDevice> known = known_devices(tables, self_, {peer});
    note_first_send(tables, self_, recipients(tables, self_, known, now), now);
    return without_session(tables, recipients(tables, self_, known, now));
  });
  auto missing = wanted;
  std::erase_if(missing, [&](const store::DeviceRef& device) { return has_bundle(bundles, device); });
  Bundles more = co_await fetch_bundles(std::move(missing));
  std::move(more.begin(), more.end(), std::back_inserter(bundles));
  co_await start_sessions(std::move(wanted), std::move(bundles));
  co_return std::nullopt;
}

asio::awaitable<Learned> DeviceDirectory::learn_keys(std::string peer) {
  auto unknown = co_await context_.store.transact(
      [&](store::Tables& tables) { return without_key(recipients(tables, self_, peer, context_.now())); });
  const std::size_t wanted = unknown.size();
  const Bundles bundles = co_await fetch_bundles(std::move(unknown));
  Learned learned{bundles.size(), false};
  learned.not_yet = co_await context_.store.transact([&](store::Tables& tables) {
    const WallTime now = context_.now();
    for (const auto& [device, bundle] : bundles) note_key(tables, self_, device, bundle.identity.curve, now);
    return bundles.size() < wanted &&
           has_new_device_without_key(recipients(tables, self_, peer, now), tables, now);
  });
  for (const auto& [device, bundle] : bundles) {
    log_info("device.new", {{"peer", peer},
                            {"device", device.device.value()},
                            {"fingerprint", trust::fingerprint(bundle.identity.curve)}});
  }
  co_return learned;
}

asio::awaitable<DeviceDirectory::Bundles> DeviceDirectory::fetch_bundles(
    std::vector<store::DeviceRef> devices) {
  Bundles bundles;
  for (const store::DeviceRef& device : devices) {
    auto owner = xmpp::Jid::parse(device.peer).value();
    FetchedBundle fetched = co_await fetch_bundle(stream_, std::move(owner), device.version, device.device);
    if (fetched.status == Fetch::ok) {
      bundles.emplace_back(device, std::move(*fetched.bundle));
    } else {
      co_await note_failure(device, fetched.status, std::move(fetched.reason));
    }
  }
  co_return bundles;
}

asio::awaitable<void> DeviceDirectory::note_failure(store::DeviceRef device, Fetch status,
                                                    std::string reason) {
  log_info("device.no_bundle",
           {{"peer", device.peer}, {"device", device.device.value()}, {"reason", reason}});
  co_await context_.store.transact([&](store::Tables& tables) {
    const WallTime now = context_.now();
    // Clients publish their first bundle some time after they appeared in the list.
    std::chrono::milliseconds pause = missing_bundle_pause;
    if (status == Fetch::unreachable) pause = failed_bundle_pause;
    if (status == Fetch::absent && is_new(tables, device, now)) pause = new_bundle_pause / 2;
    tables.devices.note_bundle_failure(device, now + pause, reason, now);
  });
}

/// The X3DH is computed here, between transactions, in portions that keep each transaction short.
asio::awaitable<void> DeviceDirectory::start_sessions(std::vector<store::DeviceRef> wanted, Bundles bundles) {
  if (wanted.empty()) co_return;
  const auto identity = co_await context_.store.transact(
      [&](store::Tables& tables) { return tables.identities.load(self_.account); });
  Started started;
  for (const auto& [device, bundle] : bundles) {
    if (!contains(wanted, device)) continue;
    const auto prekey = omemo::choose_prekey(bundle, context_.random);
    if (!prekey) continue;
    auto session = omemo::start_session(identity->keys, bundle, *prekey, context_.random);
    if (!session) continue;
    started.emplace_back(device, std::move(*session));
    if (started.size() == new_sessions_per_seal) co_await store_sessions(std::exchange(started, {}));
  }
  if (!started.empty()) co_await store_sessions(std::move(started));
}

/// Checks that the premise of each X3DH still holds: this key, and no session with it yet.
asio::awaitable<void> DeviceDirectory::store_sessions(Started started) {
  co_await context_.store.transact([&](store::Tables& tables) {
    for (const auto& [device, session] : started) {
      const auto known = tables.devices.find(device);
      const auto current = tables.ratchets.current(device);
      const bool is_missing = !current || current->remote_identity() != session.remote_identity();
      if (is_missing && known && known->identity == session.remote_identity().curve) {
        tables.ratchets.start(device, session, context_.now());
      }
    }
  });
}

asio::awaitable<bool> DeviceDirectory::has_session(store::DeviceRef device) {
  co_return co_await context_.store.transact(
      [&](store::Tables& tables) { return tables.ratchets.current(device).has_value(); });
}

asio::awaitable<bool> DeviceDirectory::ensure_session(store::DeviceRef device) {
  if (co_await has_session(device)) co_return true;
  auto owner = xmpp::Jid::parse(device.peer).value();
  FetchedBundle fetched = co_await fetch_bundle(stream_, std::move(owner), device.version, device.device);
  if (fetched.status != Fetch::ok) co_return false;
  co_await context_.store.transact([&](store::Tables& tables) {
    note_key(tables, self_, device, fetched.bundle->identity.curve, context_.now());
  });
  Bundles bundles;
  bundles.emplace_back(device, std::move(*fetched.bundle));
  std::vector<store::DeviceRef> wanted{device};
  co_await start_sessions(std::move(wanted), std::move(bundles));
  co_return co_await has_session(device);
}

}  // namespace omegate::gateway
