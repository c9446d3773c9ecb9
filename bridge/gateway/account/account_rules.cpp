#include "bridge/gateway/account/account_rules.hpp"

#include <algorithm>
#include <sstream>

#include "bridge/core/trust/sight.hpp"

namespace omegate::gateway {
namespace {

bool names(const std::vector<std::string>& addresses, const xmpp::Jid& bare) {
  return std::any_of(addresses.begin(), addresses.end(), [&](const std::string& address) {
    return address == bare.to_string() || address == bare.domain();
  });
}

const config::ContactSettings* find_contact(const config::AccountSettings& settings, std::string_view address) {
  for (const auto& contact : settings.contacts) {
    if (contact.address == address) return &contact;
  }
  return nullptr;
}

std::string rule_note(std::string_view peer) { return "message_rule:" + std::string(peer); }

/// Whether the settings say something else than at the last start; remembers what they say now.
bool has_changed(store::Tables& tables, store::AccountId account, const std::string& what, const std::string& value) {
  const auto before = tables.accounts.note(account, what);
  if (before && as_text(*before) == value) return false;
  if (!before && value.empty()) return false;
  tables.accounts.set_note(account, what, as_bytes(value));
  return true;
}

void record_policy(store::Tables& tables, const config::AccountSettings& settings, store::AccountId account,
                   const std::string& peer, std::optional<trust::Policy> policy, WallTime now) {
  const std::string value = policy ? std::string(trust::name(*policy)) : std::string();
  if (!has_changed(tables, account, "settings.policy:" + peer, value)) return;
  tables.ledger.append(trust::on_policy(tables.ledger.view(), settings.jid, peer, policy, "config"), now);
}

/// The contacts of the settings, and, with nothing set, those that stood there at the last start: what the
/// settings gave them is taken back.
std::vector<config::ContactSettings> with_forgotten(store::Tables& tables,
                                                    const config::AccountSettings& settings,
                                                    store::AccountId account) {
  constexpr std::string_view note = "settings.contacts";
  std::vector<config::ContactSettings> all = settings.contacts;
  std::istringstream before(std::string(as_text(tables.accounts.note(account, note).value_or(Bytes()))));
  for (std::string address; std::getline(before, address);) {
    if (find_contact(settings, address)) continue;
    all.emplace_back().address = address;
  }
  std::string now;
  for (const auto& contact : settings.contacts) now += contact.address + '\n';
  tables.accounts.set_note(account, note, as_bytes(now));
  return all;
}

void record_fingerprints(store::Tables& tables, const config::AccountSettings& settings, store::AccountId account,
                         const config::ContactSettings& contact, WallTime now) {
  std::string value;
  for (const auto& key : contact.keys) value += trust::fingerprint(key) + ' ';
  if (!has_changed(tables, account, "settings.keys:" + contact.address, value)) return;
  tables.ledger.append(trust::on_configured(tables.ledger.view(), settings.jid, contact.address, contact.keys), now);
}

}  // namespace

bool may_subscribe(const config::AccountSettings& settings, const xmpp::Jid& bare) {
  if (!settings.canary.empty() && bare.to_string() == settings.canary) return true;
  return names(settings.admins, bare) || (settings.allow && names(*settings.allow, bare));
}

bool is_heard(const config::AccountSettings& settings, const RosterByJid& roster, const xmpp::Jid& bare) {
  if (may_subscribe(settings, bare)) return true;
  return !settings.allow && roster.contains(bare.to_string());
}

trust::MessageRule message_rule(store::Tables& tables, const config::AccountSettings& settings,
                                store::AccountId account, std::string_view peer) {
  if (const auto note = tables.accounts.note(account, rule_note(peer))) {
    if (const auto rule = trust::message_rule_named(as_text(*note))) return *rule;
  }
  const auto domain = peer.substr(peer.find('@') + 1);
  for (const std::string_view address : {peer, domain}) {
    const auto* contact = find_contact(settings, address);
    if (contact && contact->message_rule) return *contact->message_rule;
  }
  return settings.message_rule;
}

void set_message_rule(store::Tables& tables, store::AccountId account, std::string_view peer,
                      trust::MessageRule rule) {
  tables.accounts.set_note(account, rule_note(peer), as_bytes(trust::name(rule)));
}

void forget_message_rule(store::Tables& tables, store::AccountId account, std::string_view peer) {
  tables.accounts.forget_note(account, rule_note(peer));
}

void record_settings(store::Tables& tables, const config::AccountSettings& settings, store::AccountId account,
                     WallTime now) {
  if (!settings.redeliver) tables.outbox.wipe_all_kept(account);
  record_policy(tables, settings, account, {}, settings.policy, now);
  for (const config::ContactSettings& contact : with_forgotten(tables, settings, account)) {
    record_policy(tables, settings, account, contact.address, contact.policy, now);
    record_fingerprints(tables, settings, account, contact, now);
  }
}

}  // namespace omegate::gateway
