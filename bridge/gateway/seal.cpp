#include "bridge/gateway/seal.hpp"

#include <algorithm>
#include <stdexcept>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/omemo/payload.hpp"
#include "bridge/core/trust/sight.hpp"
#include "bridge/core/xmpp/omemo_stanza.hpp"
#include "bridge/core/xmpp/sce.hpp"
#include "bridge/gateway/conversation.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/wire_content.hpp"

namespace omegate::gateway {
namespace {

using omemo::Version;

// Why a device is left out although nobody decided so: nobody has asked for its bundle yet.
constexpr std::string_view unknown_key = "its key is not known yet";
constexpr std::string_view no_session = "no session yet";

/// One message on its way to its devices.
class Sealing {
 public:
  Sealing(store::Tables& tables, const Sender& sender, Random& random, WallTime now)
      : tables_(tables), sender_(sender), random_(random), now_(now) {}

  /// Decides about every device of `jid`; allowed ones with a session become targets.
  trust::Tally sort(const std::string& jid, const std::optional<trust::Level>& min_trust);

  bool has_devices() const { return !copies_.empty(); }
  /// Devices of `jid` that wrote to us once and are in no list: nothing is encrypted to them, and they are asked about.
  void note_unlisted(const std::string& jid);
  bool reaches(const std::string& jid) const;
  /// Something about the devices of `jid` is unknown that could be asked for.
  bool is_unprepared(const std::string& jid) const;
  /// An allowed device of `jid` that we have no session with.
  const Copy* unreachable(const std::string& jid) const;

  struct Finished {
    std::vector<std::string> stanzas;
    store::SentVersions versions;
  };
  Finished stanzas(const store::DueMessage& message, const Outgoing& content);
  Bytes notes(const std::string& peer, trust::MessageRule rule) const;

 private:
  struct Target {
    store::DeviceRef device;
    omemo::Session session;
  };

  void leave_out(const Recipient& recipient, LeftOut cause, std::string reason);
  void add_target(Recipient recipient);
  std::optional<xmpp::EncryptedMessage> encrypt(Version version, const std::string& peer, const WireContent& content);
  std::string plaintext(Version version, const std::string& peer, const WireContent& content);

  store::Tables& tables_;
  const Sender& sender_;
  Random& random_;
  WallTime now_;
  std::vector<Target> targets_;
  std::vector<Copy> copies_;
};

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

void Sealing::leave_out(const Recipient& recipient, LeftOut cause, std::string reason) {
  copies_.push_back(copy_of(recipient, cause, std::move(reason)));
}

void Sealing::add_target(Recipient recipient) {
  if (!recipient.session) {
    const bool known_cause = !recipient.bundle_failure.empty();
    return leave_out(recipient, LeftOut::no_session,
                     known_cause ? "no session: " + recipient.bundle_failure : std::string(no_session));
  }
  copies_.push_back(copy_of(recipient, LeftOut::no, {}));
  targets_.push_back({recipient.device, std::move(*recipient.session)});
}

trust::Tally Sealing::sort(const std::string& jid, const std::optional<trust::Level>& min_trust) {
  trust::Tally tally;
  for (Recipient& recipient : recipients(tables_, sender_, jid, now_)) {
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
        leave_out(recipient, refused ? LeftOut::revoked : LeftOut::undecided, refused ? "revoked" : "undecided");
      }
    }
  }
  return tally;
}

bool Sealing::reaches(const std::string& jid) const {
  return std::any_of(targets_.begin(), targets_.end(), [&](const Target& t) { return t.device.peer == jid; });
}

bool Sealing::is_unprepared(const std::string& jid) const {
  return std::any_of(copies_.begin(), copies_.end(), [&](const Copy& copy) {
    const bool open = copy.cause == LeftOut::key_unknown ||
                      (copy.cause == LeftOut::no_session && copy.bundle_failure.empty());
    return copy.jid == jid && open;
  });
}

const Copy* Sealing::unreachable(const std::string& jid) const {
  for (const Copy& copy : copies_) {
    if (copy.jid == jid && copy.cause == LeftOut::no_session) return &copy;
  }
  return nullptr;
}

void Sealing::note_unlisted(const std::string& jid) {
  for (const Version version : {Version::legacy, Version::omemo2}) {
    for (const auto& device : tables_.devices.all(sender_.account, jid, version)) {
      const auto same = [&](const Copy& copy) { return copy.jid == jid && copy.device == device.id; };
      const bool is_ours = jid == sender_.jid && device.id == sender_.device;
      if (device.active || !device.last_message || is_ours || std::any_of(copies_.begin(), copies_.end(), same))
        continue;
      Copy copy{jid, device.id, version, print_of(device.identity)};
      copy.cause = LeftOut::not_listed;
      copy.reason = "it is not in the device list";
      copy.listed = false;
      if (device.identity) copy.level = tables_.ledger.view().level(sender_.jid, jid, *device.identity);
      copies_.push_back(std::move(copy));
    }
  }
}

Bytes Sealing::notes(const std::string& peer, trust::MessageRule rule) const {
  const trust::View& view = tables_.ledger.view();
  return encode(DeliveryNotes{view.seq(), now_, view.policy(sender_.jid, peer), rule, copies_});
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
    tables_.ratchets.save(target.device, sealed->next, now_);
    message.keys.push_back(
        {own_word(target.device.peer), target.device.device, sealed->key_exchange, sealed->wire});
  }
  if (message.keys.empty()) return std::nullopt;
  return message;
}

Sealing::Finished Sealing::stanzas(const store::DueMessage& message, const Outgoing& content) {
  Finished finished;
  const auto about = tables_.messages.find(store::MessageId(content.about));
  for (const Version version : {Version::legacy, Version::omemo2}) {
    const bool wanted = std::any_of(targets_.begin(), targets_.end(),
                                    [&](const Target& t) { return t.device.version == version; });
    if (!wanted) continue;
    auto wire = wire_content(version, content, about ? &*about : nullptr, own_word(sender_.jid));
    const auto encrypted = wire ? encrypt(version, message.recipient, *wire) : std::nullopt;
    if (!encrypted) continue;
    const bool is_first = finished.stanzas.empty();
    const std::string id = message.message_id + (is_first ? "" : std::string(second_stanza_suffix));
    const bool wants_receipt = content.bearing != Bearing::reaction;
    const xmpp::OutgoingMessage outgoing{own_word(message.recipient), id, wants_receipt, std::move(wire->beside)};
    finished.stanzas.push_back(xmpp::message_with(*encrypted, outgoing).to_string("jabber:client"));
    (is_first ? finished.versions.first : finished.versions.second) = version;
  }
  return finished;
}

SealOutcome hold(store::Tables& tables, const store::DueMessage& message, const Sealing& sealing,
                 trust::MessageRule rule, std::string reason, WallTime now) {
  tables.outbox.hold(message.id, reason, sealing.notes(message.recipient, rule), now);
  return {SealOutcome::Kind::held, {}, std::move(reason)};
}

std::string held_reason(const Sealing& sealing, const trust::Tally& tally, const std::string& peer) {
  if (!sealing.has_devices()) return peer + " has no OMEMO device";
  if (tally.allowed == 0)
    return "no device of " + peer + " is allowed: decide with `omegate trust show " + peer + "`";
  return std::to_string(tally.undecided) + " device(s) of " + peer +
         " are undecided, and the message rule is hold";
}

/// The sum over all stanzas decides nothing; each is one write.
bool too_large(const std::vector<std::string>& stanzas) {
  return std::any_of(stanzas.begin(), stanzas.end(),
                     [](const auto& s) { return s.size() > max_outgoing_stanza; });
}

std::vector<Bytes> as_byte_strings(const std::vector<std::string>& stanzas) {
  std::vector<Bytes> bytes;
  for (const std::string& stanza : stanzas) bytes.push_back(to_bytes(stanza));
  return bytes;
}

}  // namespace

void note_first_send(store::Tables& tables, const Sender& sender, const std::string& peer, WallTime now) {
  if (peer == sender.jid) return;
  std::vector<trust::DeviceKey> listed;
  for (const Recipient& recipient : recipients(tables, sender, peer, now)) {
    if (recipient.key) listed.push_back({recipient.device.device.value(), *recipient.key});
  }
  tables.ledger.append(trust::on_first_send(tables.ledger.view(), sender.jid, peer, listed), now);
}

std::string_view name(SealOutcome::Kind kind) {
  switch (kind) {
    case SealOutcome::Kind::written:
      return "written";
    case SealOutcome::Kind::held:
      return "held";
    case SealOutcome::Kind::refused:
      return "refused";
    case SealOutcome::Kind::postponed:
      return "postponed";
    case SealOutcome::Kind::parked:
      return "parked";
    case SealOutcome::Kind::withdrawn:
      return "withdrawn";
  }
  return "unknown";
}

SealOutcome seal_message(store::Tables& tables, const Sender& sender, const store::DueMessage& message,
                         trust::MessageRule rule, bool may_wait, Random& random, WallTime now) {
  const auto row = tables.outbox.find(message.id);
  if (!row || row->state != store::MessageState::accepted)
    return {SealOutcome::Kind::withdrawn, {}, "it was dropped"};
  note_first_send(tables, sender, message.recipient, now);
  const Outgoing content = decode_outgoing(row->body);  // it may have been corrected since it was taken
  if (lacks_subject(tables, content)) {
    std::string reason = "the message it is about is not known any more";
    tables.outbox.refuse(message.id, reason, now);
    return {SealOutcome::Kind::refused, {}, std::move(reason)};
  }
  Sealing sealing(tables, sender, random, now);
  const trust::Tally tally = sealing.sort(message.recipient, content.min_trust);
  const trust::Verdict verdict = trust::judge(rule, tally);
  if (may_wait && !sealing.reaches(message.recipient) && sealing.is_unprepared(message.recipient)) {
    tables.outbox.put_back(message.id, now + unprepared_pause);
    return {SealOutcome::Kind::postponed, {}, "its devices have just changed"};
  }
  const std::string why_not = held_reason(sealing, tally, message.recipient);
  sealing.note_unlisted(message.recipient);
  if (verdict == trust::Verdict::hold) return hold(tables, message, sealing, rule, why_not, now);
  if (verdict == trust::Verdict::refuse) {
    tables.outbox.set_notes(message.id, sealing.notes(message.recipient, rule));
    tables.outbox.refuse(message.id, why_not, now);
    return {SealOutcome::Kind::refused, {}, why_not};
  }
  sealing.sort(sender.jid, content.min_trust);
  auto [stanzas, versions] =
      sealing.reaches(message.recipient) ? sealing.stanzas(message, content) : Sealing::Finished();
  if (stanzas.empty() && sealing.reaches(message.recipient) && content.bearing == Bearing::reaction) {
    std::string reason = "no client of " + message.recipient + " reads encrypted reactions";
    tables.outbox.refuse(message.id, reason, now);
    return {SealOutcome::Kind::refused, {}, std::move(reason)};
  }
  if (stanzas.empty()) {
    const Copy* copy = sealing.unreachable(message.recipient);
    const std::string reason = copy ? copy->reason : "no session with any allowed device";
    tables.outbox.set_notes(message.id, sealing.notes(message.recipient, rule));
    const bool parked = tables.outbox.fail(message.id, reason, park_after, now);
    return {parked ? SealOutcome::Kind::parked : SealOutcome::Kind::postponed, {}, reason};
  }
  if (too_large(stanzas)) {
    const std::string reason =
        "the stanza would be larger than " + std::to_string(max_outgoing_stanza) + " bytes";
    tables.outbox.park(message.id, reason, now);
    return {SealOutcome::Kind::parked, {}, reason};
  }
  const std::uint64_t trust_seq = tables.ledger.view().seq();
  if (!tables.outbox.store_sealed(message.id, as_byte_strings(stanzas), trust_seq,
                                  sealing.notes(message.recipient, rule), now)) {
    throw std::logic_error("an outbox row changed its state while it was being sealed");
  }
  note_sent(tables, *row, content, versions, now);
  return {SealOutcome::Kind::written, std::move(stanzas), {}};
}

std::string message_id_of(std::string_view stanza_id) {
  if (stanza_id.ends_with(second_stanza_suffix)) stanza_id.remove_suffix(second_stanza_suffix.size());
  return std::string(stanza_id);
}

}  // namespace omegate::gateway
