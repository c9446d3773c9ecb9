#include "bridge/gateway/devices/rotation.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "bridge/core/crypto/secret.hpp"
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/xmpp/trust_message.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/operator/operator_error.hpp"
#include "bridge/gateway/trust/notice.hpp"
#include "bridge/gateway/trust/phrases.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

/// The secret, 32 bytes, and JSON behind it. Notes are sealed.
constexpr std::string_view next_note = "omemo.next";
constexpr std::string_view former_note = "omemo.former";
constexpr std::size_t secret_size = 32;

void keep(store::Tables& tables, store::AccountId account, const Rotation& rotation) {
  json::array notices;
  for (const store::OutboxId row : rotation.notices) notices.push_back(row.value());
  const json::object rest{{"device", rotation.next.device.value()},
                          {"began_ms", to_ms(rotation.began)},
                          {"actor", rotation.order.actor},
                          {"why", rotation.order.why},
                          {"stolen", rotation.order.stolen},
                          {"notices", std::move(notices)}};
  const ByteView secret = rotation.next.keys.secret().bytes();
  Bytes note(secret.begin(), secret.end());
  const std::string text = json::serialize(rest);
  note.insert(note.end(), text.begin(), text.end());
  tables.accounts.set_note(account, next_note, note);
  crypto::wipe(note);
}

omemo::DeviceId unused_device(store::Tables& tables, const Sender& self, Random& random) {
  for (;;) {
    const omemo::DeviceId id = omemo::random_device_id(random);
    bool used = id == self.device || was_ours(tables, self.account, id);
    for (const auto version : {omemo::Version::legacy, omemo::Version::omemo2})
      used = used || tables.devices.find({self.account, self.jid, version, id});
    if (!used) return id;
  }
}

/// Whoever may read us now. Their word is all that the next key begins with.
std::vector<std::string> audience(store::Tables& tables, const Sender& self, WallTime now) {
  std::vector<std::string> people;
  for (const std::string& peer : tables.ledger.view().peers(self.jid)) {
    const bool person = peer != self.jid && peer.find('@') != std::string::npos;
    if (person && has_allowed_device(tables, self, peer, now)) people.push_back(peer);
  }
  return people;
}

bool is_under_way(store::MessageState state) {
  return state == store::MessageState::accepted || state == store::MessageState::written;
}

void keep_former(store::Tables& tables, store::AccountId account, const std::vector<FormerDevice>& devices) {
  json::array all;
  for (const FormerDevice& each : devices)
    all.push_back(json::object{{"id", each.id.value()}, {"withdrawn", each.withdrawn}});
  tables.accounts.set_note(account, former_note, as_bytes(json::serialize(all)));
}

}  // namespace

Rotation begin_rotation(store::Tables& tables, const Sender& self, Language language, const RotationOrder& order, Random& random,
                        WallTime now) {
  if (rotation_under_way(tables, self.account))
    throw OperatorError("conflict", "a change of the key of " + self.jid + " is under way already",
                        "`omegate keys` shows the next one; it is in force within minutes of being online");
  const auto before = tables.identities.load(self.account);
  Rotation rotation{{omemo::OwnIdentity::generate(random), unused_device(tables, self, random)}, now, order, {}};
  const KeyChange change{before->device.value(), rotation.next.device.value(), omemo::fingerprint(rotation.next.keys.curve()),
                         order.stolen};
  for (const std::string& peer : audience(tables, self, now))
    rotation.notices.push_back(add_notice(tables, self, peer, my_key_changes(language, change), random, now));
  keep(tables, self.account, rotation);
  return rotation;
}

std::optional<Rotation> rotation_under_way(store::Tables& tables, store::AccountId account) {
  auto note = tables.accounts.note(account, next_note);
  if (!note) return std::nullopt;
  const auto secret = omemo::PrivateKey::from(ByteView(*note).first(secret_size));
  const json::object rest = json::parse(as_text(ByteView(*note).subspan(secret_size))).as_object();
  Rotation rotation{{omemo::OwnIdentity::from_secret(secret.value()),
                     omemo::DeviceId(rest.at("device").to_number<std::uint32_t>())},
                    from_ms(rest.at("began_ms").to_number<std::int64_t>()),
                    {std::string(rest.at("actor").as_string()), std::string(rest.at("why").as_string()),
                     rest.at("stolen").as_bool()},
                    {}};
  for (const json::value& row : rest.at("notices").as_array())
    rotation.notices.emplace_back(row.to_number<std::int64_t>());
  crypto::wipe(*note);
  return rotation;
}

std::vector<Announcement> announcements_of(store::Tables& tables, const Sender& self, const Rotation& rotation) {
  xmpp::KeyOwner ours{xmpp::Jid::parse(self.jid).value(), {rotation.next.keys.ed()}, {}};
  if (rotation.order.stolen) ours.distrusted.push_back(tables.identities.load(self.account)->keys.ed());
  std::vector<Announcement> all;
  for (const store::DeviceRef& device : verified_devices(tables, self))
    all.push_back({device, xmpp::build_trust_message({ours})});
  return all;
}

bool may_switch(store::Tables& tables, const Rotation& rotation, bool caught_up, WallTime now) {
  if (now - rotation.began > rotation_patience) return true;
  const auto waits = [&](store::OutboxId id) {
    const auto row = tables.outbox.find(id);
    return row && is_under_way(row->state);
  };
  return caught_up && std::ranges::none_of(rotation.notices, waits);
}

void switch_key(store::Tables& tables, Sender& self, const Rotation& rotation, WallTime now) {
  const auto before = tables.identities.load(self.account);
  auto former = former_devices(tables, self.account);
  former.push_back({before->device, false});
  keep_former(tables, self.account, former);
  tables.identities.replace(self.account, rotation.next);
  tables.ratchets.forget_all(self.account);
  tables.prekeys.forget_all(self.account);
  tables.accounts.forget_note(self.account, next_note);
  trust::Entry entry;
  entry.actor = rotation.order.actor;
  entry.account = self.jid;
  entry.device = rotation.next.device.value();
  entry.key = rotation.next.keys.curve();
  entry.fact = trust::Fact::own_key;
  entry.value = rotation.order.stolen ? "stolen" : "rotated";
  entry.reason = "before: device " + std::to_string(before->device.value()) + ", " +
                 omemo::fingerprint(before->keys.curve(), omemo::FingerprintStyle::plain) +
                 (rotation.order.why.empty() ? "" : "; " + rotation.order.why);
  tables.ledger.append(entry, now);
  self.device = rotation.next.device;
}

std::vector<FormerDevice> former_devices(store::Tables& tables, store::AccountId account) {
  std::vector<FormerDevice> devices;
  const auto note = tables.accounts.note(account, former_note);
  if (!note) return devices;
  const json::value all = json::parse(as_text(*note));
  for (const json::value& each : all.as_array())
    devices.push_back({omemo::DeviceId(each.at("id").to_number<std::uint32_t>()), each.at("withdrawn").as_bool()});
  return devices;
}

bool was_ours(store::Tables& tables, store::AccountId account, omemo::DeviceId device) {
  return std::ranges::any_of(former_devices(tables, account), [&](const FormerDevice& each) { return each.id == device; });
}

void note_withdrawn(store::Tables& tables, store::AccountId account, omemo::DeviceId device) {
  auto devices = former_devices(tables, account);
  for (FormerDevice& each : devices)
    if (each.id == device) each.withdrawn = true;
  keep_former(tables, account, devices);
}

}  // namespace omegate::gateway
