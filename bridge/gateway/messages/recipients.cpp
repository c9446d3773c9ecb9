#include "bridge/gateway/messages/recipients.hpp"

#include <algorithm>
#include <map>

namespace omegate::gateway {
namespace {

using omemo::Version;

VersionFacts facts_of(const store::Device* device, WallTime now) {
  if (!device || !device->active) return {};
  const bool broken = device->bundle_failed_until && *device->bundle_failed_until > now;
  return {true, broken, device->last_message};
}

Recipient describe(store::Tables& tables, const Sender& sender, store::DeviceRef ref, const store::Device& device,
                   WallTime now) {
  Recipient recipient{std::move(ref), device.row, device.identity, {}, {}, {}};
  if (device.bundle_failed_until && *device.bundle_failed_until > now) recipient.bundle_failure = device.bundle_failure;
  if (!device.identity) return recipient;
  const trust::View& view = tables.ledger.view();
  recipient.level = view.level(sender.jid, recipient.device.peer, *device.identity);
  recipient.decision = view.decide(sender.jid, recipient.device.peer, *device.identity);
  return recipient;
}

}  // namespace

std::optional<Version> choose_version(const VersionFacts& legacy, const VersionFacts& omemo2) {
  if (!legacy.listed && !omemo2.listed) return std::nullopt;
  if (!omemo2.listed) return Version::legacy;
  if (!legacy.listed) return Version::omemo2;
  if (legacy.broken != omemo2.broken) return legacy.broken ? Version::omemo2 : Version::legacy;
  return omemo2.last_message > legacy.last_message ? Version::omemo2 : Version::legacy;
}

std::vector<std::optional<Version>> choose_versions(const std::vector<DeviceFacts>& devices) {
  std::vector<std::optional<Version>> chosen;
  for (const DeviceFacts& device : devices) chosen.push_back(choose_version(device.legacy, device.omemo2));
  const auto differs = [&](const auto& version) { return version && version != chosen.front(); };
  if (std::none_of(chosen.begin(), chosen.end(), differs)) return chosen;
  const auto all_can = [&](auto version) {
    return std::all_of(devices.begin(), devices.end(), [&](const DeviceFacts& device) {
      return ((device.*version).listed && !(device.*version).broken) ||
             (!device.legacy.listed && !device.omemo2.listed);
    });
  };
  if (all_can(&DeviceFacts::legacy)) std::fill(chosen.begin(), chosen.end(), Version::legacy);
  else if (all_can(&DeviceFacts::omemo2)) std::fill(chosen.begin(), chosen.end(), Version::omemo2);
  return chosen;
}

std::vector<KnownDevice> known_devices(store::Tables& tables, const Sender& sender, const std::vector<std::string>& peers) {
  std::vector<KnownDevice> known;
  for (const std::string& peer : peers) {
    std::map<omemo::DeviceId, KnownDevice> devices;
    for (const Version version : {Version::legacy, Version::omemo2}) {
      for (store::Device& device : tables.devices.all(sender.account, peer, version)) {
        KnownDevice& entry = devices.try_emplace(device.id, KnownDevice{peer, device.id, {}, {}}).first->second;
        (version == Version::legacy ? entry.legacy : entry.omemo2) = std::move(device);
      }
    }
    if (peer == sender.jid) devices.erase(sender.device);
    for (auto& [id, device] : devices) known.push_back(std::move(device));
  }
  return known;
}

namespace {

bool is_active(const KnownDevice& device) {
  const auto active = [](const std::optional<store::Device>& one) { return one && one->active; };
  return active(device.legacy) || active(device.omemo2);
}

/// Whoever lists more than anybody has does not get more.
std::vector<const KnownDevice*> active_ones(const std::vector<KnownDevice>& known) {
  std::vector<const KnownDevice*> active;
  std::size_t of_peer = 0;
  for (const KnownDevice& device : known) {
    if (!is_active(device)) continue;
    if (!active.empty() && active.back()->peer != device.peer) of_peer = 0;
    if (++of_peer <= omemo::max_devices) active.push_back(&device);
  }
  return active;
}

}  // namespace

std::vector<Recipient> recipients(store::Tables& tables, const Sender& sender, const std::vector<KnownDevice>& known,
                                  WallTime now) {
  const auto devices = active_ones(known);
  std::vector<DeviceFacts> facts;
  for (const KnownDevice* each : devices)
    facts.push_back({facts_of(each->legacy ? &*each->legacy : nullptr, now), facts_of(each->omemo2 ? &*each->omemo2 : nullptr, now)});
  const auto chosen = choose_versions(facts);
  std::vector<Recipient> result;
  result.reserve(devices.size());
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const Version version = *chosen[i];
    const store::Device& device = version == Version::legacy ? *devices[i]->legacy : *devices[i]->omemo2;
    store::DeviceRef ref{sender.account, devices[i]->peer, version, devices[i]->id};
    result.push_back(describe(tables, sender, std::move(ref), device, now));
  }
  return result;
}

std::optional<omemo::Session> session_with(store::Tables& tables, const Recipient& recipient) {
  if (!recipient.key) return std::nullopt;
  auto session = tables.ratchets.current(recipient.device, recipient.row);
  if (session && session->remote_identity().curve != *recipient.key) return std::nullopt;
  return session;
}

}  // namespace omegate::gateway
