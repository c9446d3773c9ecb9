#include "bridge/gateway/messages/redelivery.hpp"

#include <algorithm>
#include <set>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/xmpp/annotations.hpp"
#include "bridge/gateway/files/file_limits.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/messages/copies.hpp"
#include "bridge/gateway/messages/seal.hpp"
#include "bridge/gateway/rooms/moderated.hpp"
#include "bridge/gateway/trust/phrases.hpp"

namespace omegate::gateway {
namespace {

/// Which message a row is the newest word about: the first version of its text.
std::int64_t root_of(store::Tables& tables, const store::OutboxRow& row, const Outgoing& content) {
  const auto known = content.bearing == Bearing::retraction ? tables.messages.find(store::MessageId(content.about))
                                                            : tables.messages.of_outbox(row.id);
  if (!known) return -row.id.value();  // nobody can speak of it
  return known->first.value_or(known->id).value();
}

bool is_text(const Outgoing& content) {
  return content.bearing != Bearing::retraction && content.bearing != Bearing::reaction;
}

/// It was sent, or may be yet.
bool is_said(store::Tables& tables, std::int64_t again) {
  using State = store::MessageState;
  const auto row = again == 0 ? std::nullopt : tables.outbox.find(store::OutboxId(again));
  return row && row->state != State::refused && row->state != State::expired && row->state != State::bounced;
}

bool had_a_copy(store::Tables& tables, const DeliveryNotes& notes, const std::string& fingerprint) {
  return std::ranges::any_of(notes.copies, [&](const Copy& copy) {
    return copy.fingerprint == fingerprint && (copy.included || is_said(tables, copy.again_in));
  });
}

/// So that nothing goes to a device twice, and `why` can say where it went.
void note_again(store::Tables& tables, const store::OutboxRow& row, const std::string& peer, const trust::KnownKey& key,
                const std::string& fingerprint, store::OutboxId again) {
  DeliveryNotes notes = decode_notes(row.notes);
  const auto of_key = [&](const Copy& copy) { return copy.fingerprint == fingerprint; };
  auto copy = std::ranges::find_if(notes.copies, of_key);
  if (copy == notes.copies.end()) {
    Copy late{peer, omemo::DeviceId(key.devices.empty() ? 0 : key.devices.back()), omemo::Version::legacy, fingerprint};
    late.reason = "it was not there yet";
    late.listed = false;
    copy = notes.copies.insert(notes.copies.end(), std::move(late));
  }
  copy->again_in = again.value();
  tables.outbox.set_notes(row.id, encode(notes));
}

/// A file lies where it was uploaded for as long as the server likes; what may be gone is not promised.
bool can_be_said(const Outgoing& content, WallTime now) {
  return !content.file || (content.file->upload && now - content.file->uploaded <= upload_life);
}

/// A row to somebody else that has a copy for this contact, or says why there was none, went to a room that they belonged to.
bool was_said_to(const store::OutboxRow& row, const std::string& peer) {
  const DeliveryNotes notes = decode_notes(row.notes);
  return std::ranges::any_of(notes.copies, [&](const Copy& copy) { return copy.jid == peer; });
}

/// A room that is not known now puts nobody out.
bool is_out(const RoomMembers& rooms, const std::string& room, const std::string& peer) {
  const auto known = rooms.find(room);
  return known != rooms.end() && std::ranges::find(known->second, peer) == known->second.end();
}

/// What is said again in one message.
struct Bundle {
  Outgoing content;
  std::vector<store::OutboxRow> rows;
};

/// `room`: where it was said; empty: to its reader alone.
std::string repeated(const Outgoing& content, const store::OutboxRow& row, Language language, const std::string& room) {
  const std::string when = room.empty() ? again(language, row.created) : again_from_room(language, row.created, room);
  if (content.file) return when + content.file->name;
  const std::string quoted = content.bearing == Bearing::reply && !content.quote.empty() ? xmpp::quotation(content.quote) : "";
  return quoted + when + content.text;
}

/// What it is about, this device never had.
Outgoing alone(Outgoing content, std::string text) {
  content.text = std::move(text);
  content.bearing = Bearing::none;
  content.about = 0;
  content.quote.clear();
  return content;
}

void set_reader(Bundle& bundle, const Again& mark, const Outgoing& content) {
  bundle.content.again = mark;
  bundle.content.min_trust = std::max(bundle.content.min_trust, content.min_trust);
}

/// Oldest first. Texts share a message as long as it may be: each message is one that the other devices of the contact
/// cannot read, and some clients show that. A file is a message of its own; of a room's a text says where it was.
std::vector<Bundle> bundles_of(const std::vector<std::pair<store::OutboxRow, Outgoing>>& missed, const std::string& fingerprint,
                               Language language, const std::string& room) {
  std::vector<Bundle> bundles;
  for (const auto& [row, content] : missed) {
    if (!content.file || !room.empty()) {
      const std::string text = repeated(content, row, language, room);
      const bool joins = !bundles.empty() && !bundles.back().content.file &&
                         bundles.back().content.text.size() + 1 + text.size() <= max_message_text;
      if (joins) {
        bundles.back().content.text += "\n" + text;
      } else {
        bundles.push_back({alone(content, text), {}});
        bundles.back().content.file.reset();
      }
    }
    const Again mark{row.id.value(), row.created, fingerprint};
    if (content.file) {
      if (!room.empty()) set_reader(bundles.back(), mark, content);
      bundles.push_back({alone(content, {}), {}});
    }
    set_reader(bundles.back(), mark, content);
    bundles.back().rows.push_back(row);
  }
  return bundles;
}

/// For one device that came late.
class SayingAgain {
 public:
  SayingAgain(store::Tables& tables, const Sender& self, const config::AccountSettings& settings, const LateKey& late, Random& random,
              WallTime now)
      : tables_(tables),
        self_(self),
        settings_(settings),
        late_(late),
        random_(random),
        now_(now),
        fingerprint_(omemo::fingerprint(late.key, omemo::FingerprintStyle::plain)),
        level_(tables.ledger.view().level(self.jid, late.peer, late.key)),
        known_(*tables.ledger.view().find(self.jid, late.peer, late.key)) {}

  /// `rows` of one conversation, newest first; `room`: it is one. How many are said again.
  std::size_t say(const std::vector<store::OutboxRow>& rows, const std::string& room);

 private:
  bool fits(const store::OutboxRow& row, const Outgoing& content, const std::string& room) const;

  store::Tables& tables_;
  const Sender& self_;
  const config::AccountSettings& settings_;
  const LateKey& late_;
  Random& random_;
  WallTime now_;
  std::string fingerprint_;
  trust::Level level_;
  trust::KnownKey known_;
};

/// What was said in a room before they came, or after they went, was not said to them. What its moderators took out is not said again.
bool SayingAgain::fits(const store::OutboxRow& row, const Outgoing& content, const std::string& room) const {
  if (!room.empty() && !was_said_to(row, late_.peer)) return false;
  if (!is_text(content) || !can_be_said(content, now_) || (content.min_trust && level_ < *content.min_trust)) return false;
  const auto known = tables_.messages.of_outbox(row.id);
  if (known && was_taken_out(tables_, *known)) return false;
  return !had_a_copy(tables_, decode_notes(row.notes), fingerprint_);
}

std::size_t SayingAgain::say(const std::vector<store::OutboxRow>& rows, const std::string& room) {
  std::vector<std::pair<store::OutboxRow, Outgoing>> missed;  // newest first
  std::set<std::int64_t> spoken;
  for (const store::OutboxRow& row : rows) {
    const Outgoing content = decode_outgoing(row.body);
    if (!spoken.insert(root_of(tables_, row, content)).second) continue;  // corrected or taken back later
    if (fits(row, content, room)) missed.emplace_back(row, content);
  }
  std::ranges::reverse(missed);
  for (const Bundle& bundle : bundles_of(missed, fingerprint_, settings_.language, room)) {
    std::array<Byte, 16> id{};
    random_.fill(id);
    store::NewMessage row{self_.account, late_.peer, crypto::to_hex(id), encode(bundle.content)};
    row.expires = now_ + settings_.redeliver->within;
    const auto again = tables_.outbox.add(row, now_);
    for (const store::OutboxRow& each : bundle.rows) note_again(tables_, each, late_.peer, known_, fingerprint_, *again);
  }
  return missed.size();
}

}  // namespace

void keep_for_later(store::Tables& tables, const config::RedeliverySettings& settings, store::OutboxId row,
                    const Outgoing& content, WallTime now) {
  if (content.is_notice || content.again || content.bearing == Bearing::reaction) return;
  tables.outbox.keep(row, now + settings.within, settings.messages);
}

std::size_t redeliver(store::Tables& tables, const Sender& self, const config::AccountSettings& settings, const LateKey& late,
                      const RoomMembers& rooms, Random& random, WallTime now) {
  if (!settings.redeliver || late.peer == self.jid) return 0;
  if (tables.ledger.view().decide(self.jid, late.peer, late.key) != trust::Decision::allow) return 0;
  SayingAgain again(tables, self, settings, late, random, now);
  std::size_t said = again.say(tables.outbox.kept(self.account, late.peer, now, settings.redeliver->messages), {});
  std::map<std::string, std::vector<store::OutboxRow>> by_room;  // and other contacts: of those nothing was theirs
  for (store::OutboxRow& row : tables.outbox.kept_for_others(self.account, late.peer, now, max_kept_looked_at)) {
    std::vector<store::OutboxRow>& same = by_room[row.recipient];
    same.push_back(std::move(row));
  }
  const auto was_theirs = [&](const store::OutboxRow& row) { return was_said_to(row, late.peer); };
  for (const auto& [room, rows] : by_room) {
    if (std::ranges::any_of(rows, was_theirs) && !is_out(rooms, room, late.peer)) said += again.say(rows, room);
  }
  return said;
}

}  // namespace omegate::gateway
