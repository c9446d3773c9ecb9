#include "bridge/gateway/messages/sealing.hpp"

#include <algorithm>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/omemo/payload.hpp"
#include "bridge/core/xmpp/sce.hpp"
#include "bridge/gateway/messages/seal.hpp"

namespace omegate::gateway {
namespace {

using omemo::Version;

// Why a device is left out although nobody decided so: nobody has asked for its bundle yet.
constexpr std::string_view unknown_key = "its key is not known yet";
constexpr std::string_view no_session = "no session yet";

xmpp::Jid own_word(const std::string& bare) { return xmpp::Jid::parse(bare).value(); }

std::string print_of(const std::optional<omemo::PublicKey>& key) {
  return key ? omemo::fingerprint(*key, omemo::FingerprintStyle::plain) : std::string();
}

Copy copy_of(const Recipient& recipient, LeftOut cause, std::string reason) {
  Copy copy{recipient.device.peer, recipient.device.device, recipient.device.version, print_of(recipient.key),
            cause == LeftOut::no};
  copy.reason = std::move(reason);
  copy.cause = cause;
  copy.level = recipient.level;
  copy.bundle_failure = recipient.bundle_failure;
  return copy;
}

bool contains(const std::vector<std::string>& jids, const std::string& jid) {
  return std::find(jids.begin(), jids.end(), jid) != jids.end();
}

}  // namespace

void Sealing::leave_out(const Recipient& recipient, LeftOut cause, std::string reason) {
  copies_.push_back(copy_of(recipient, cause, std::move(reason)));
}

void Sealing::add_target(Recipient recipient) {
  auto session = session_with(tables_, recipient);
  if (!session) {
    const bool known_cause = !recipient.bundle_failure.empty();
    return leave_out(recipient, LeftOut::no_session,
                     known_cause ? "no session: " + recipient.bundle_failure : std::string(no_session));
  }
  copies_.push_back(copy_of(recipient, LeftOut::no, {}));
  targets_.push_back({recipient.device, recipient.row, std::move(*session)});
}

trust::Tally Sealing::sort(const std::vector<KnownDevice>& devices, const std::optional<trust::Level>& min_trust) {
  trust::Tally tally;
  for (Recipient& recipient : recipients(tables_, sender_, devices, now_)) {
    if (only_ && print_of(recipient.key) != only_->fingerprint) continue;
    if (!recipient.key) {
      tally.add(trust::Decision::undecided);
      const bool no_bundle = !recipient.bundle_failure.empty();
      leave_out(recipient, no_bundle ? LeftOut::no_bundle : LeftOut::key_unknown,
                no_bundle ? recipient.bundle_failure : std::string(unknown_key));
    } else if (recipient.decision == trust::Decision::allow && min_trust && recipient.level < *min_trust) {
      tally.add(trust::Decision::undecided);
      leave_out(recipient, LeftOut::below_min_trust,
                "the message asks for " + std::string(trust::name(*min_trust)) + " keys");
    } else {
      tally.add(recipient.decision);
      if (recipient.decision == trust::Decision::allow) {
        add_target(std::move(recipient));
      } else {
        const bool refused = recipient.decision == trust::Decision::refuse;
        const bool aside = refused && recipient.level != trust::Level::revoked;
        leave_out(recipient, aside ? LeftOut::set_aside : refused ? LeftOut::revoked : LeftOut::undecided,
                  aside ? "set aside" : refused ? "revoked" : "undecided");
      }
    }
  }
  return tally;
}

bool Sealing::reaches(const std::vector<std::string>& jids) const {
  return std::any_of(targets_.begin(), targets_.end(),
                     [&](const Target& t) { return contains(jids, t.device.peer); });
}

bool Sealing::is_unprepared(const std::string& jid) const {
  return std::any_of(copies_.begin(), copies_.end(), [&](const Copy& copy) {
    const bool open = copy.cause == LeftOut::key_unknown ||
                      (copy.cause == LeftOut::no_session && copy.bundle_failure.empty());
    return copy.jid == jid && open;
  });
}

const Copy* Sealing::unreachable(const std::vector<std::string>& jids) const {
  for (const Copy& copy : copies_) {
    if (contains(jids, copy.jid) && copy.cause == LeftOut::no_session) return &copy;
  }
  return nullptr;
}

void Sealing::note_without_device(const std::string& jid) {
  if (std::any_of(copies_.begin(), copies_.end(), [&](const Copy& copy) { return copy.jid == jid; })) return;
  Copy copy{jid, omemo::DeviceId(0), Version::legacy, {}};
  copy.cause = LeftOut::no_device;
  copy.reason = "has no OMEMO device";
  copy.listed = false;
  copies_.push_back(std::move(copy));
}

void Sealing::note_unlisted(const std::vector<KnownDevice>& devices) {
  for (const KnownDevice& known : devices) {
    for (const Version version : {Version::legacy, Version::omemo2}) {
      const auto& device = version == Version::legacy ? known.legacy : known.omemo2;
      const auto same = [&](const Copy& copy) { return copy.jid == known.peer && copy.device == known.id; };
      if (!device || device->active || !device->last_message || std::any_of(copies_.begin(), copies_.end(), same)) continue;
      Copy copy{known.peer, known.id, version, print_of(device->identity)};
      copy.cause = LeftOut::not_listed;
      copy.reason = "it is not in the device list";
      copy.listed = false;
      if (device->identity) copy.level = tables_.ledger.view().level(sender_.jid, known.peer, *device->identity);
      copies_.push_back(std::move(copy));
    }
  }
}

Bytes Sealing::notes(const std::string& peer, trust::MessageRule rule) const {
  const trust::View& view = tables_.ledger.view();
  return encode(DeliveryNotes{view.seq(), now_, view.policy(sender_.jid, peer), rule, copies_,
                              only_ ? only_->row : 0});
}

std::string Sealing::plaintext(Version version, const std::string& peer, const WireContent& content) {
  if (version == Version::legacy) return content.text;
  const xmpp::EnvelopeHead head{own_word(sender_.jid), own_word(peer), now_};
  return xmpp::build_envelope(head, content.content, random_);
}

std::optional<xmpp::EncryptedMessage> Sealing::encrypt(Version version, const std::string& peer,
                                                       const WireContent& content) {
  omemo::EncryptedPayload payload =
      omemo::encrypt_payload(version, as_bytes(plaintext(version, peer, content)), random_);
  xmpp::EncryptedMessage message{version, sender_.device, {}, payload.iv, std::move(payload.payload)};
  for (Target& target : targets_) {
    if (target.device.version != version) continue;
    const auto sealed = omemo::seal(target.session, payload.key_material, sender_.device.value());
    if (!sealed) continue;  // 2^32 messages without an answer
    tables_.ratchets.save_sent(target.device, target.row, sealed->next, now_);
    message.keys.push_back(
        {own_word(target.device.peer), target.device.device, sealed->key_exchange, sealed->wire});
  }
  if (message.keys.empty()) return std::nullopt;
  return message;
}

Sealing::Finished Sealing::stanzas(const store::DueMessage& message, const Outgoing& content, bool to_room) {
  Finished finished;
  const auto about = tables_.messages.find(store::MessageId(content.about));
  for (const Version version : {Version::legacy, Version::omemo2}) {
    const bool wanted = std::any_of(targets_.begin(), targets_.end(),
                                    [&](const Target& t) { return t.device.version == version; });
    if (!wanted) continue;
    auto wire = wire_content(version, content, about ? &*about : nullptr, own_word(sender_.jid), to_room);
    const auto encrypted = wire ? encrypt(version, message.recipient, *wire) : std::nullopt;
    if (!encrypted) continue;
    const bool is_first = finished.stanzas.empty();
    const std::string id = message.message_id + (is_first ? "" : std::string(second_stanza_suffix));
    const bool wants_receipt = content.bearing != Bearing::reaction && !to_room;
    const xmpp::OutgoingMessage outgoing{own_word(message.recipient), id, wants_receipt, to_room,
                                         std::move(wire->beside)};
    finished.stanzas.push_back(xmpp::message_with(*encrypted, outgoing).to_string("jabber:client"));
    (is_first ? finished.versions.first : finished.versions.second) = version;
  }
  return finished;
}

}  // namespace omegate::gateway
