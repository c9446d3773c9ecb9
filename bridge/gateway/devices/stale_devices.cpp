#include "bridge/gateway/devices/stale_devices.hpp"

#include <algorithm>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/xmpp/date_time.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/messages/copies.hpp"
#include "bridge/gateway/operator/operator_error.hpp"
#include "bridge/gateway/trust/trust_decisions.hpp"

namespace omegate::gateway {
namespace {

void note_newest(std::optional<WallTime>& newest, std::optional<WallTime> other) {
  if (other && (!newest || *other > *newest)) newest = other;
}

/// What is known of a device of this key in both versions. Nothing: it is in no list.
std::optional<StaleDevice> listed(store::Tables& tables, const Sender& self, const std::string& peer,
                                  const trust::KnownKey& key, std::uint32_t device) {
  StaleDevice found{peer, device, key, key.first_seen};
  bool active = false;
  for (const auto version : {omemo::Version::legacy, omemo::Version::omemo2}) {
    const auto known = tables.devices.find({self.account, peer, version, omemo::DeviceId(device)});
    if (!known) continue;
    note_newest(found.last_message, known->last_message);
    active = active || (known->active && known->identity == key.key);
  }
  return active ? std::optional(std::move(found)) : std::nullopt;
}

/// Messages to this contact that are remembered, newest first.
std::vector<DeliveryNotes> remembered(store::Tables& tables, const Sender& self, const std::string& peer) {
  std::vector<DeliveryNotes> all;
  for (const auto& row : tables.outbox.list({self.account, {}, peer, {}, stale_messages}))
    all.push_back(decode_notes(row.notes));
  return all;
}

std::vector<const Copy*> copies_of(const std::vector<DeliveryNotes>& notes, const StaleDevice& device,
                                   std::optional<WallTime> since) {
  std::vector<const Copy*> found;
  for (const DeliveryNotes& each : notes) {
    if (since && each.at < *since) continue;
    for (const Copy& copy : each.copies)
      if (copy.included && copy.jid == device.peer && copy.device.value() == device.device) found.push_back(&copy);
  }
  return found;
}

void look_at(StaleDevice& device, const std::vector<DeliveryNotes>& notes) {
  for (const Copy* copy : copies_of(notes, device, std::nullopt)) note_newest(device.last_receipt, copy->delivered);
  std::optional<WallTime> sign = device.last_message;
  note_newest(sign, device.last_receipt);
  device.unanswered = copies_of(notes, device, sign).size();
}

WallTime last_sign(const StaleDevice& device) {
  std::optional<WallTime> sign = device.first_seen;
  note_newest(sign, device.last_message);
  note_newest(sign, device.last_receipt);
  return *sign;
}

std::string day(WallTime time) { return xmpp::format_time(time).substr(0, 10); }

KeyDecision decision_of(const SettingAside& order, trust::Fact fact) { return {order.peer, {}, fact, order.actor, order.why}; }

}  // namespace

std::vector<StaleDevice> stale_devices(store::Tables& tables, const Sender& self, const std::string& peer,
                                       std::chrono::milliseconds silent, WallTime now) {
  std::vector<StaleDevice> stale;
  const trust::View& view = tables.ledger.view();
  const auto people = peer.empty() ? view.peers(self.jid) : std::vector{peer};
  for (const std::string& each : people) {
    std::optional<std::vector<DeliveryNotes>> notes;  // read when there is a reason to
    for (const trust::KnownKey& key : view.keys(self.jid, each)) {
      if (view.decide(self.jid, each, key.key) != trust::Decision::allow) continue;
      for (const std::uint32_t id : key.devices) {
        auto device = listed(tables, self, each, key, id);
        if (!device || now - last_sign(*device) < silent) continue;
        if (!notes) notes = remembered(tables, self, each);
        look_at(*device, *notes);
        if (now - last_sign(*device) >= silent) stale.push_back(std::move(*device));
      }
    }
  }
  return stale;
}

std::string evidence(const StaleDevice& device) {
  std::string text = "device " + std::to_string(device.device) + ": ";
  text += device.last_message ? "last wrote " + day(*device.last_message) : "never wrote, first seen " + day(device.first_seen);
  if (device.last_receipt) text += ", last receipt " + day(*device.last_receipt);
  return text + "; " + std::to_string(device.unanswered) + " remembered message(s) encrypted to it since";
}

std::vector<crypto::PublicKey> set_aside(store::Tables& tables, const Sender& self, const SettingAside& order, WallTime now) {
  const auto stale = stale_devices(tables, self, order.peer, order.silent, now);
  const bool all = order.which == "all";
  if (all && stale.empty()) throw OperatorError("not_found", "no device of " + order.peer + " is stale", "see `omegate trust stale`");
  std::vector<trust::KnownKey> chosen;
  if (!all) chosen = chosen_keys(tables.ledger.view(), self.jid, order.peer, order.which);
  const auto is_meant = [&](const StaleDevice& device) {
    return all || std::ranges::any_of(chosen, [&](const trust::KnownKey& key) { return key.key == device.key.key; });
  };
  std::vector<crypto::PublicKey> done;
  for (const StaleDevice& device : stale) {
    if (!is_meant(device) || std::ranges::find(done, device.key.key) != done.end()) continue;
    trust::Entry entry = entry_of(self, decision_of(order, trust::Fact::set_aside), device.key);
    entry.reason = evidence(device) + (order.why.empty() ? "" : "; " + order.why);
    tables.ledger.append(entry, now);
    done.push_back(device.key.key);
  }
  if (done.empty())
    throw OperatorError("conflict", "this device of " + order.peer + " is not stale: it is not listed, not used, or was heard of lately",
                        "see `omegate trust stale --silent PERIOD`; a device that is lost: omegate trust revoke " + order.peer +
                            " " + order.which);
  tables.outbox.release_held(self.account, order.peer, now);
  return done;
}

std::vector<crypto::PublicKey> take_back(store::Tables& tables, const Sender& self, const SettingAside& order, WallTime now) {
  std::vector<crypto::PublicKey> done;
  const bool all = order.which == "all";
  const auto known = all ? tables.ledger.view().keys(self.jid, order.peer)
                         : chosen_keys(tables.ledger.view(), self.jid, order.peer, order.which);
  for (const trust::KnownKey& key : known) {
    if (!key.aside) continue;
    tables.ledger.append(entry_of(self, decision_of(order, trust::Fact::taken_back), key), now);
    done.push_back(key.key);
  }
  if (done.empty()) throw OperatorError("not_found", "no such device of " + order.peer + " is set aside", "see `omegate trust show " + order.peer + "`");
  tables.outbox.release_held(self.account, order.peer, now);
  return done;
}

}  // namespace omegate::gateway
