#include "bridge/gateway/recipients.hpp"

#include <map>

namespace omegate::gateway {
namespace {

using omemo::Version;

VersionFacts facts_of(const store::Device* device, WallTime now) {
  if (!device || !device->active) return {};
  const bool broken = device->bundle_failed_until && *device->bundle_failed_until > now;
  return {true, broken, device->last_message};
}

struct Versions {
  const store::Device* legacy = nullptr;
  const store::Device* omemo2 = nullptr;
};

Recipient describe(store::Tables& tables, const Sender& sender, store::DeviceRef ref, const store::Device& device,
                   WallTime now) {
  Recipient recipient{std::move(ref), device.identity, {}, {}, {}, {}};
  if (device.bundle_failed_until && *device.bundle_failed_until > now) recipient.bundle_failure = device.bundle_failure;
  if (!device.identity) return recipient;
  const trust::View& view = tables.ledger.view();
  recipient.level = view.level(sender.jid, recipient.device.peer, *device.identity);
  recipient.decision = view.decide(sender.jid, recipient.device.peer, *device.identity);
  // A session made with another key is none for this device: the decision is about *this* key.
  auto session = tables.ratchets.current(recipient.device);
  if (session && session->remote_identity().curve == *device.identity) recipient.session = std::move(session);
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

std::vector<Recipient> recipients(store::Tables& tables, const Sender& sender, std::string_view peer, WallTime now) {
  const auto legacy = tables.devices.all(sender.account, peer, Version::legacy);
  const auto omemo2 = tables.devices.all(sender.account, peer, Version::omemo2);
  std::map<std::uint32_t, Versions> devices;
  for (const auto& device : legacy) devices[device.id.value()].legacy = &device;
  for (const auto& device : omemo2) devices[device.id.value()].omemo2 = &device;

  std::vector<Recipient> result;
  for (const auto& [id, versions] : devices) {
    if (peer == sender.jid && id == sender.device.value()) continue;
    const auto version = choose_version(facts_of(versions.legacy, now), facts_of(versions.omemo2, now));
    if (!version) continue;
    const store::Device& device = *version == Version::legacy ? *versions.legacy : *versions.omemo2;
    store::DeviceRef ref{sender.account, std::string(peer), *version, omemo::DeviceId(id)};
    result.push_back(describe(tables, sender, std::move(ref), device, now));
    if (result.size() == omemo::max_devices) break;
  }
  return result;
}

}  // namespace omegate::gateway
