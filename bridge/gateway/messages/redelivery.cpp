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
void note_again(store::Tables& tables, const store::OutboxRow& row, DeliveryNotes notes, const trust::KnownKey& key,
                const std::string& fingerprint, store::OutboxId again) {
  const auto of_key = [&](const Copy& copy) { return copy.fingerprint == fingerprint; };
  auto copy = std::ranges::find_if(notes.copies, of_key);
  if (copy == notes.copies.end()) {
    Copy late{row.recipient, omemo::DeviceId(key.devices.empty() ? 0 : key.devices.back()), omemo::Version::legacy, fingerprint};
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

/// What is said again in one message.
struct Bundle {
  Outgoing content;
  std::vector<store::OutboxRow> rows;
};

std::string repeated(const Outgoing& content, const store::OutboxRow& row, Language language) {
  const std::string quoted = content.bearing == Bearing::reply && !content.quote.empty() ? xmpp::quotation(content.quote) : "";
  return quoted + again(language, row.created) + content.text;
}

/// Oldest first. Texts share a message as long as it may be: each message is one that the other devices of the contact
/// cannot read, and some clients show that. A file is a message of its own.
std::vector<Bundle> bundles_of(const std::vector<std::pair<store::OutboxRow, Outgoing>>& missed, const std::string& fingerprint,
                               Language language) {
  std::vector<Bundle> bundles;
  for (const auto& [row, content] : missed) {
    const std::string text = content.file ? std::string() : repeated(content, row, language);
    const bool joins = !bundles.empty() && !content.file && !bundles.back().content.file &&
                       bundles.back().content.text.size() + 1 + text.size() <= max_message_text;
    if (!joins) {
      Outgoing next = content;
      next.text = text;
      next.bearing = Bearing::none;  // what it is about, this device never had
      next.about = 0;
      next.quote.clear();
      bundles.push_back({std::move(next), {}});
    } else {
      bundles.back().content.text += "\n" + text;
    }
    Outgoing& whole = bundles.back().content;
    whole.again = Again{row.id.value(), row.created, fingerprint};
    whole.min_trust = std::max(whole.min_trust, content.min_trust);
    bundles.back().rows.push_back(row);
  }
  return bundles;
}

}  // namespace

void keep_for_later(store::Tables& tables, const config::RedeliverySettings& settings, store::OutboxId row,
                    const Outgoing& content, WallTime now) {
  if (content.is_notice || content.again || content.bearing == Bearing::reaction) return;
  tables.outbox.keep(row, now + settings.within, settings.messages);
}

std::size_t redeliver(store::Tables& tables, const Sender& self, const config::AccountSettings& settings,
                      const std::string& peer, const crypto::PublicKey& key, Random& random, WallTime now) {
  if (!settings.redeliver || peer == self.jid) return 0;
  const trust::View& view = tables.ledger.view();
  if (view.decide(self.jid, peer, key) != trust::Decision::allow) return 0;
  const trust::Level level = view.level(self.jid, peer, key);
  const std::string fingerprint = omemo::fingerprint(key, omemo::FingerprintStyle::plain);
  std::vector<std::pair<store::OutboxRow, Outgoing>> missed;  // newest first
  std::set<std::int64_t> spoken;
  for (const store::OutboxRow& row : tables.outbox.kept(self.account, peer, now, settings.redeliver->messages)) {
    const Outgoing content = decode_outgoing(row.body);
    if (!spoken.insert(root_of(tables, row, content)).second) continue;  // corrected or taken back later
    const bool fits = is_text(content) && can_be_said(content, now) && (!content.min_trust || level >= *content.min_trust);
    if (fits && !had_a_copy(tables, decode_notes(row.notes), fingerprint)) missed.emplace_back(row, content);
  }
  std::ranges::reverse(missed);
  const trust::KnownKey known = *view.find(self.jid, peer, key);
  std::size_t said = 0;
  for (const Bundle& bundle : bundles_of(missed, fingerprint, settings.language)) {
    std::array<Byte, 16> id{};
    random.fill(id);
    store::NewMessage row{self.account, peer, crypto::to_hex(id), encode(bundle.content)};
    row.expires = now + settings.redeliver->within;
    const auto again = tables.outbox.add(row, now);
    for (const store::OutboxRow& each : bundle.rows)
      note_again(tables, each, decode_notes(each.notes), known, fingerprint, *again);
    said += bundle.rows.size();
  }
  return said;
}

}  // namespace omegate::gateway
