#include "bridge/gateway/trust/trust_announcements.hpp"

#include <algorithm>

#include "bridge/core/trust/atm.hpp"
#include "bridge/core/xmpp/trust_message.hpp"

namespace omegate::gateway {
namespace {

using trust::Fact;

/// A device whose key a person, or a trust message, authenticated.
struct Authenticated {
  store::DeviceRef device;
  crypto::PublicKey key{}, ed{};
};

/// Devices with which we have an OMEMO 2 session: from it the key's Edwards form is known.
std::vector<Authenticated> authenticated_devices(store::Tables& tables, const Sender& self,
                                                 const std::string& peer) {
  std::vector<Authenticated> found;
  for (const store::Device& each : tables.devices.all(self.account, peer, omemo::Version::omemo2)) {
    if (!each.active || !each.identity || each.id == self.device) continue;
    if (tables.ledger.view().level(self.jid, peer, *each.identity) != trust::Level::verified) continue;
    const store::DeviceRef device{self.account, peer, omemo::Version::omemo2, each.id};
    const auto session = tables.ratchets.current(device);
    if (session && session->remote_identity().ed)
      found.push_back({device, *each.identity, *session->remote_identity().ed});
  }
  return found;
}

std::optional<crypto::PublicKey> ed_of(store::Tables& tables, const Sender& self, const std::string& peer,
                                       const crypto::PublicKey& key) {
  for (const store::Device& each : tables.devices.all(self.account, peer, omemo::Version::omemo2)) {
    if (each.identity != key) continue;
    const auto session = tables.ratchets.current({self.account, peer, omemo::Version::omemo2, each.id});
    if (session && session->remote_identity().curve == key && session->remote_identity().ed)
      return *session->remote_identity().ed;
  }
  return std::nullopt;
}

xmpp::KeyOwner keys_of(const std::string& owner, const std::vector<Authenticated>& devices,
                       const crypto::PublicKey& but) {
  xmpp::KeyOwner told{xmpp::Jid::parse(owner).value(), {}, {}};
  for (const Authenticated& each : devices)
    if (each.key != but) told.trusted.push_back(each.ed);
  return told;
}

bool is_empty(const xmpp::KeyOwner& owner) { return owner.trusted.empty() && owner.distrusted.empty(); }

bool by_person(const trust::Entry& entry) {
  return !entry.actor.starts_with(trust::atm_actor) && entry.actor != "gateway" && entry.actor != "config";
}

}  // namespace

std::vector<store::DeviceRef> verified_devices(store::Tables& tables, const Sender& self) {
  std::vector<store::DeviceRef> devices;
  for (const std::string& peer : tables.ledger.view().peers(self.jid))
    for (const Authenticated& each : authenticated_devices(tables, self, peer)) devices.push_back(each.device);
  return devices;
}

std::vector<Announcement> announcements_of(store::Tables& tables, const Sender& self,
                                           const trust::Entry& entry) {
  std::vector<Announcement> out;
  if (!by_person(entry) || (entry.fact != Fact::verified && entry.fact != Fact::revoked)) return out;
  const bool trusts = entry.fact == Fact::verified, own_key = entry.peer == self.jid;
  const auto own = authenticated_devices(tables, self, self.jid);
  std::vector<std::string> audience{self.jid};
  if (own_key)
    for (const std::string& peer : tables.ledger.view().peers(self.jid))
      if (peer != self.jid && peer.find('@') != std::string::npos) audience.push_back(peer);
  const auto add = [&](const store::DeviceRef& to, std::vector<xmpp::KeyOwner> owners) {
    std::erase_if(owners, &is_empty);
    if (!owners.empty()) out.push_back({to, xmpp::build_trust_message(owners)});
  };
  // The decision itself, to all others that may know.
  if (const auto ed = ed_of(tables, self, entry.peer, entry.key)) {
    xmpp::KeyOwner decided{xmpp::Jid::parse(entry.peer).value(), {}, {}};
    (trusts ? decided.trusted : decided.distrusted).push_back(*ed);
    for (const std::string& peer : audience)
      for (const Authenticated& each : authenticated_devices(tables, self, peer))
        if (each.key != entry.key) add(each.device, {decided});
  }
  if (!trusts) return out;
  // And to the new device what it cannot know yet.
  for (const Authenticated& fresh : authenticated_devices(tables, self, entry.peer)) {
    if (fresh.key != entry.key) continue;
    std::vector<xmpp::KeyOwner> known{keys_of(self.jid, own, entry.key)};
    for (const std::string& peer : audience)
      if (peer != self.jid)
        known.push_back(keys_of(peer, authenticated_devices(tables, self, peer), entry.key));
    add(fresh.device, std::move(known));
  }
  return out;
}

}  // namespace omegate::gateway
