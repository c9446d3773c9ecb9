#include "bridge/gateway/recipients.hpp"

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

std::vector<Recipient> recipients(store::Tables& tables, const Sender& sender, std::string_view peer, WallTime now) {
  const auto legacy = tables.devices.all(sender.account, peer, Version::legacy);
  const auto omemo2 = tables.devices.all(sender.account, peer, Version::omemo2);
  std::map<std::uint32_t, Versions> devices;
  for (const auto& device : legacy) devices[device.id.value()].legacy = &device;
  for (const auto& device : omemo2) devices[device.id.value()].omemo2 = &device;
  if (peer == sender.jid) devices.erase(sender.device.value());
  std::erase_if(devices, [](const auto& each) {
    const auto active = [](const store::Device* device) { return device && device->active; };
    return !active(each.second.legacy) && !active(each.second.omemo2);
  });

  std::vector<DeviceFacts> facts;
  for (const auto& [id, versions] : devices) facts.push_back({facts_of(versions.legacy, now), facts_of(versions.omemo2, now)});
  const auto chosen = choose_versions(facts);
  std::vector<Recipient> result;
  std::size_t index = 0;
  for (const auto& [id, versions] : devices) {
    const Version version = *chosen[index++];
    const store::Device& device = version == Version::legacy ? *versions.legacy : *versions.omemo2;
    store::DeviceRef ref{sender.account, std::string(peer), version, omemo::DeviceId(id)};
    result.push_back(describe(tables, sender, std::move(ref), device, now));
    if (result.size() == omemo::max_devices) break;
  }
  return result;
}

}  // namespace omegate::gateway
