#include "bridge/gateway/messages/seal.hpp"

#include <algorithm>
#include <stdexcept>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/trust/sight.hpp"
#include "bridge/gateway/files/file_limits.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/messages/conversation.hpp"
#include "bridge/gateway/messages/sealing.hpp"

namespace omegate::gateway {
namespace {

SealOutcome hold(store::Tables& tables, const store::DueMessage& message, const Sealing& sealing,
                 trust::MessageRule rule, std::string reason, WallTime now) {
  tables.outbox.hold(message.id, reason, sealing.notes(message.recipient, rule), now);
  return {SealOutcome::Kind::held, {}, std::move(reason)};
}

std::string held_reason(const Sealing& sealing, const trust::Tally& tally, const std::string& peer, bool is_room) {
  const std::string whose = is_room ? "any member of " + peer : peer;
  if (!sealing.has_devices()) return (is_room ? "no member of " + peer + " has an" : peer + " has no") + " OMEMO device";
  if (tally.allowed == 0)
    return "no device of " + whose + " is allowed: decide with `omegate trust show " + (is_room ? "MEMBER" : peer) + "`";
  return std::to_string(tally.undecided) + " device(s) of " + whose +
         " are undecided, and the message rule is hold";
}

/// The sum over all stanzas decides nothing; each is one write.
std::size_t largest(const std::vector<std::string>& stanzas) {
  std::size_t size = 0;
  for (const std::string& stanza : stanzas) size = std::max(size, stanza.size());
  return size;
}

/// What was uploaded long ago may be gone.
bool needs_upload(const Outgoing& content, WallTime now) {
  return content.file && (!content.file->upload || now - content.file->uploaded > upload_life);
}

/// The one key that a message is said again for. Nothing is said to it that is not allowed now.
bool lost_its_reader(const store::Tables& tables, const Sender& sender, const std::string& peer, const Again& again) {
  const auto key = omemo::parse_fingerprint(again.fingerprint);
  return !key || tables.ledger.view().decide(sender.jid, peer, *key) != trust::Decision::allow;
}

std::vector<Bytes> as_byte_strings(const std::vector<std::string>& stanzas) {
  std::vector<Bytes> bytes;
  for (const std::string& stanza : stanzas) bytes.push_back(to_bytes(stanza));
  return bytes;
}

}  // namespace

void note_first_send(store::Tables& tables, const Sender& sender, const std::vector<Recipient>& listed, WallTime now) {
  for (auto next = listed.begin(); next != listed.end();) {
    const std::string& peer = next->device.peer;
    std::vector<trust::DeviceKey> keys;
    for (; next != listed.end() && next->device.peer == peer; ++next)
      if (next->key) keys.push_back({next->device.device.value(), *next->key});
    if (peer != sender.jid) tables.ledger.append(trust::on_first_send(tables.ledger.view(), sender.jid, peer, keys), now);
  }
}

std::string too_large_reason(std::size_t size, std::size_t max_stanza) {
  return "too large for the server: " + std::to_string(size) + " bytes when encrypted, and it takes " +
         std::to_string(max_stanza) + "; send a shorter text";
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
    case SealOutcome::Kind::needs_upload:
      return "needs_upload";
  }
  return "unknown";
}

SealOutcome seal_message(store::Tables& tables, const Sender& sender, const store::DueMessage& message,
                         trust::MessageRule rule, bool may_wait, Random& random, WallTime now,
                         const std::optional<RoomAudience>& room, std::size_t max_stanza) {
  const auto row = tables.outbox.find(message.id);
  if (!row || row->state != store::MessageState::accepted)
    return {SealOutcome::Kind::withdrawn, {}, "it was dropped"};
  const std::vector<std::string> people = room ? room->members : std::vector{message.recipient};
  const std::vector<KnownDevice> known = known_devices(tables, sender, people);
  note_first_send(tables, sender, recipients(tables, sender, known, now), now);
  const Outgoing content = decode_outgoing(row->body);  // it may have been corrected since it was taken
  if (content.is_notice) rule = trust::MessageRule::partial;
  if (lacks_subject(tables, content)) {
    std::string reason = "the message it is about is not known any more";
    tables.outbox.refuse(message.id, reason, now);
    return {SealOutcome::Kind::refused, {}, std::move(reason)};
  }
  if (content.again && lost_its_reader(tables, sender, message.recipient, *content.again)) {
    std::string reason = "the device that it was said again for is not allowed any more";
    tables.outbox.refuse(message.id, reason, now);
    return {SealOutcome::Kind::refused, {}, std::move(reason)};
  }
  Sealing sealing(tables, sender, random, now);
  if (content.again) sealing.only_for(*content.again);
  const trust::Tally tally = sealing.sort(known, content.min_trust);
  const trust::Verdict verdict = trust::judge(rule, tally);
  if (room && !room->obstacle.empty()) return hold(tables, message, sealing, rule, room->obstacle, now);
  if (may_wait && !room && !sealing.reaches(people) && sealing.is_unprepared(message.recipient)) {
    tables.outbox.put_back(message.id, now + unprepared_pause);
    return {SealOutcome::Kind::postponed, {}, "its devices have just changed"};
  }
  const std::string why_not = held_reason(sealing, tally, message.recipient, room.has_value());
  if (!content.again) sealing.note_unlisted(known);
  if (room) std::ranges::for_each(people, [&](const std::string& each) { sealing.note_without_device(each); });
  if (verdict == trust::Verdict::hold) return hold(tables, message, sealing, rule, why_not, now);
  if (verdict == trust::Verdict::refuse) {
    tables.outbox.set_notes(message.id, sealing.notes(message.recipient, rule));
    tables.outbox.refuse(message.id, why_not, now);
    return {SealOutcome::Kind::refused, {}, why_not};
  }
  if (needs_upload(content, now) && sealing.reaches(people)) {
    tables.outbox.wait_for_upload(message.id, now + upload_patience);
    return {SealOutcome::Kind::needs_upload, {}, "its file is not uploaded yet"};
  }
  if (!content.again) sealing.sort(known_devices(tables, sender, {sender.jid}), content.min_trust);
  auto [stanzas, versions] =
      sealing.reaches(people) ? sealing.stanzas(message, content, room.has_value()) : Sealing::Finished();
  if (stanzas.empty() && sealing.reaches(people) && content.bearing == Bearing::reaction) {
    std::string reason = "no client of " + message.recipient + " reads encrypted reactions";
    tables.outbox.refuse(message.id, reason, now);
    return {SealOutcome::Kind::refused, {}, std::move(reason)};
  }
  if (stanzas.empty()) {
    const Copy* copy = sealing.unreachable(people);
    const std::string reason = copy ? copy->reason : "no session with any allowed device";
    tables.outbox.set_notes(message.id, sealing.notes(message.recipient, rule));
    const bool parked = tables.outbox.fail(message.id, reason, park_after, now);
    return {parked ? SealOutcome::Kind::parked : SealOutcome::Kind::postponed, {}, reason};
  }
  if (largest(stanzas) > max_stanza) {
    const std::string reason = too_large_reason(largest(stanzas), max_stanza);
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
