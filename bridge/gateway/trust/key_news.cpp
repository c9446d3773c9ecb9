#include "bridge/gateway/trust/key_news.hpp"

#include <algorithm>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/plugin/event.hpp"
#include "bridge/gateway/account/account_memory.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/messages/seal.hpp"
#include "bridge/gateway/trust/chat_desk.hpp"
#include "bridge/gateway/trust/notice.hpp"
#include "bridge/gateway/trust/phrases.hpp"
#include "bridge/gateway/trust/trust_messages.hpp"
#include "bridge/gateway/trust/trust_words.hpp"

namespace omegate::gateway {
namespace {

using trust::Fact;

constexpr std::string_view plugins_position = "news.plugins";
constexpr std::string_view admins_position = "news.admins";
constexpr std::string_view admins_time = "news.admins_ms";

std::optional<std::int64_t> number_note(store::Tables& tables, store::AccountId account,
                                        std::string_view name) {
  const auto note = tables.accounts.note(account, name);
  if (!note) return std::nullopt;
  return std::stoll(std::string(as_text(*note)));
}

void set_number_note(store::Tables& tables, store::AccountId account, std::string_view name,
                     std::int64_t value) {
  tables.accounts.set_note(account, name, as_bytes(std::to_string(value)));
}

class Telling {
 public:
  Telling(store::Tables& tables, const NewsSide& side, WallTime now)
      : tables_(tables), side_(side), now_(now) {}

  Told run() {
    const auto head = static_cast<std::int64_t>(tables_.ledger.head().seq);
    for (const auto& entry : since(plugins_position, head)) tell_at_once(entry);
    tell_admins(head);
    const auto newest = static_cast<std::int64_t>(tables_.ledger.head().seq);
    if (number_note(tables_, side_.self.account, plugins_position) != newest) told_.again = now_;
    return told_;
  }

 private:
  std::vector<trust::Entry> since(std::string_view position, std::int64_t head);
  void tell_at_once(const trust::Entry& entry);
  void ask_owner(const trust::Entry& entry);
  void tell_admins(std::int64_t head);
  std::string line_about(const trust::Entry& entry) const;
  bool was_let_in(const trust::Entry& entry) const;
  const trust::KnownKey* key_of(const trust::Entry& entry) const {
    return tables_.ledger.view().find(side_.self.jid, entry.peer, entry.key);
  }

  store::Tables& tables_;
  const NewsSide& side_;
  WallTime now_;
  Told told_;
};

/// Oldest first, at most `news_at_once`; the position moves behind the last of them.
std::vector<trust::Entry> Telling::since(std::string_view position, std::int64_t head) {
  const std::int64_t from = number_note(tables_, side_.self.account, position).value_or(head);
  if (from == head) return {};
  std::vector<trust::Entry> entries;
  for (const trust::Row& row : tables_.ledger.rows(static_cast<std::uint64_t>(from), news_at_once)) {
    const auto entry = trust::decode(row.entry);
    if (entry) entries.push_back(*entry);
  }
  head = std::min<std::int64_t>(head, from + static_cast<std::int64_t>(news_at_once));
  set_number_note(tables_, side_.self.account, position, head);
  std::erase_if(entries, [&](const trust::Entry& entry) {
    return entry.account != side_.self.jid || entry.peer.empty();
  });
  return entries;
}

/// Whether the policy's first contact let it in, or will when it writes, as it says it does: nobody has to look.
bool Telling::was_let_in(const trust::Entry& entry) const {
  constexpr std::chrono::minutes first_contact{10};
  const auto* contact = tables_.ledger.view().find(side_.self.jid, entry.peer);
  const auto* known = key_of(entry);
  if (!contact || !known || contact->keys.empty()) return false;
  if (!contact->met && tables_.ledger.view().policy(side_.self.jid, entry.peer) == trust::Policy::tofu) return true;
  const bool allowed =
      tables_.ledger.view().decide(side_.self.jid, entry.peer, entry.key) == trust::Decision::allow;
  return allowed && known->first_seen - contact->keys.front().first_seen < first_contact;
}

void Telling::tell_at_once(const trust::Entry& entry) {
  if (entry.fact == Fact::policy || entry.fact == Fact::approval) return;  // no news of a key
  if (entry.fact == Fact::verified && side_.settings.trust_messages != config::TrustMessages::off &&
      apply_waiting_statements(tables_, side_.self, entry.peer, entry.key, now_) > 0)
    told_.people = true;  // held messages may be due
  if (side_.settings.trust_messages == config::TrustMessages::full) {
    for (Announcement& each : announcements_of(tables_, side_.self, entry))
      told_.announcements.push_back(std::move(each));
  }
  plugin::KeyNotice notice;
  notice.account = side_.self.name;
  notice.peer = entry.peer;
  notice.device = entry.device;
  notice.what = trust::name(entry.fact);
  if (entry.key != crypto::PublicKey{}) {
    notice.fingerprint = omemo::fingerprint(entry.key);
    notice.trust = to_plugin(effective_level(tables_.ledger.view(), side_.self.jid, entry.peer, entry.key));
  }
  notice.time = entry.time;
  for (const std::string& plugin : side_.plugins) {
    const store::NewEvent row{side_.self.account,
                              plugin,
                              side_.self.jid + "/" + entry.peer + "/keys",
                              "key",
                              to_bytes(plugin::payload(notice)),
                              {}};
    tables_.inbox.add(row, now_);
    told_.plugins = true;
  }
  if (entry.fact == Fact::seen) ask_owner(entry);
  const bool approved = entry.fact == Fact::trusted || entry.fact == Fact::verified;
  if (approved && redeliver(tables_, side_.self, side_.settings, {entry.peer, entry.key}, side_.rooms, side_.random, now_) > 0)
    told_.people = true;
}

/// Only on devices that are trusted already; of many new ones only the first few.
void Telling::ask_owner(const trust::Entry& entry) {
  const trust::View& view = tables_.ledger.view();
  const bool open = view.decide(side_.self.jid, entry.peer, entry.key) == trust::Decision::undecided &&
                    !view.find(side_.self.jid, entry.peer, entry.key)->decided_by_person;
  if (!side_.settings.ask_contacts || !open || entry.peer == side_.self.jid) return;
  if (!has_allowed_device(tables_, side_.self, entry.peer, now_)) return;
  if (!tables_.questions.add({side_.self.account, entry.peer, entry.key, entry.device}, now_)) return;
  const std::string code =
      omemo::fingerprint(entry.key, omemo::FingerprintStyle::plain).substr(0, code_digits);
  add_notice(tables_, side_.self, entry.peer, is_this_yours(side_.settings.language, entry.device, code),
             side_.random, now_);
  told_.people = true;
}

/// Empty: an admin need not know.
std::string Telling::line_about(const trust::Entry& entry) const {
  const bool own = entry.peer == side_.self.jid;
  const std::string whose = own ? "the bot's own account" : entry.peer;
  const std::string device = "device " + std::to_string(entry.device);
  const std::string print =
      entry.key == crypto::PublicKey{} ? "" : omemo::fingerprint(entry.key, omemo::FingerprintStyle::plain);
  const std::string short_print = print.substr(0, code_digits) + "…";
  const auto decision = tables_.ledger.view().decide(side_.self.jid, entry.peer, entry.key);
  const std::string state =
      decision == trust::Decision::allow ? "it is used"
      : decision == trust::Decision::refuse
          ? tables_.ledger.view().level(side_.self.jid, entry.peer, entry.key) == trust::Level::revoked ? "it is revoked" : "it is set aside"
          : "it waits for a decision: omegate trust approve " + entry.peer + " " + print;
  const bool by_contact = entry.actor.starts_with(contact_actor),
             by_message = entry.actor.starts_with(trust::atm_actor);
  switch (entry.fact) {
    case Fact::seen:
      return was_let_in(entry) ? ""
                               : "new " + device + " of " + whose + ", key " + short_print + "; " + state;
    case Fact::changed_key:
      return device + " of " + whose + " shows ANOTHER key than before, now " + short_print + "; " + state;
    case Fact::device_gone:
      return device + " of " + whose + " left the device list";
    case Fact::device_back:
      return device + " of " + whose + " is listed again";
    case Fact::trusted:
    case Fact::verified:
    case Fact::revoked:
      if (by_message)
        return "a " + entry.actor + " decided about key " + short_print + " of " + whose + "; " + state;
      return by_contact ? entry.peer + " answered: key " + short_print + " is " +
                              (entry.fact == Fact::trusted ? "theirs" : "not theirs") + "; " + state
                        : "";
    case Fact::taken_back:
      return entry.actor == "gateway" ? device + " of " + whose + ", which had been set aside, writes again; " + state : "";
    case Fact::set_aside:
    case Fact::own_key:
    case Fact::approval:
    case Fact::tofu:
    case Fact::undecided:
    case Fact::policy:
    case Fact::restored:
    case Fact::signing_key:
    case Fact::forgot:
    case Fact::forgotten:
      return "";
  }
  return "";
}

/// What comes within the pause waits for its end and then is one message.
void Telling::tell_admins(std::int64_t head) {
  const store::AccountId account = side_.self.account;
  if (number_note(tables_, account, admins_position) == head) return;
  if (!side_.settings.tell_admins || side_.settings.admins.empty()) {
    set_number_note(tables_, account, admins_position, head);
    return;
  }
  const auto last = number_note(tables_, account, admins_time);
  if (last && now_ < from_ms(*last) + notice_pause && now_ >= from_ms(*last)) {
    told_.again = from_ms(*last) + notice_pause;
    return;
  }
  std::string text;
  std::size_t lines = 0, more = 0;
  for (const auto& entry : since(admins_position, head)) {
    const std::string line = line_about(entry);
    if (line.empty()) continue;
    if (lines++ < notice_lines) {
      text += (text.empty() ? "" : "\n") + line;
    } else {
      ++more;
    }
  }
  if (lines == 0) return;
  if (more > 0) text += "\nand " + std::to_string(more) + " more: omegate trust log";
  for (const std::string& admin : side_.settings.admins)
    add_notice(tables_, side_.self, admin, text, side_.random, now_);
  set_number_note(tables_, account, admins_time, to_ms(now_));
  told_.people = true;
}

}  // namespace

void begin_key_news(store::Tables& tables, store::AccountId account) {
  for (const std::string_view position : {plugins_position, admins_position}) {
    if (!number_note(tables, account, position))
      set_number_note(tables, account, position, static_cast<std::int64_t>(tables.ledger.head().seq));
  }
}

Told tell_key_news(store::Tables& tables, const NewsSide& side, WallTime now) {
  return Telling(tables, side, now).run();
}

namespace {

/// Only what is said again looks at them.
RoomMembers rooms_for_news(const AccountMemory& memory) {
  RoomMembers members;
  if (!memory.settings.get().redeliver) return members;
  for (const auto& [jid, room] : memory.rooms) {
    if (room.obstacle().empty()) members.emplace(jid, room.people(memory.jid));
  }
  return members;
}

}  // namespace

asio::awaitable<void> tell_news(AccountMemory& memory, Stream& stream) {
  for (;;) {
    const std::vector<std::string> plugins = memory.inbox.key_plugins();
    Context& context = memory.context;
    const RoomMembers rooms = rooms_for_news(memory);
    const Told told = co_await context.store.transact([&](store::Tables& tables) {
      const NewsSide side{memory.self, memory.settings.get(), plugins, context.random, rooms};
      return tell_key_news(tables, side, context.now());
    });
    for (const Announcement& each : told.announcements) {
      auto stanza = co_await context.store.transact([&](store::Tables& tables) {
        return seal_element(tables, memory.self, each.to, each.message, context.random, context.now());
      });
      if (stanza) stream.send(std::move(*stanza));
    }
    if (told.plugins) memory.inbox.kick();
    if (told.people) memory.outbox.notify();
    const std::chrono::milliseconds longest = held_retry;
    const auto pause = told.again ? std::clamp(std::chrono::milliseconds(*told.again - context.now()),
                                               std::chrono::milliseconds(10), longest)
                                  : longest;
    co_await memory.news.wait_for(pause);
  }
}

}  // namespace omegate::gateway
