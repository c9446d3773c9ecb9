#include "bridge/core/trust/view.hpp"

#include <algorithm>

namespace omegate::trust {

namespace {

std::string_view domain_of(std::string_view bare_jid) {
  const auto at = bare_jid.find('@');
  return at == std::string_view::npos ? bare_jid : bare_jid.substr(at + 1);
}

/// The record of this key, made if it is new.
KnownKey& key_in(Contact& contact, const Entry& entry) {
  for (KnownKey& known : contact.keys)
    if (known.key == entry.key) return known;
  KnownKey fresh;
  fresh.key = entry.key;
  fresh.sight_counts = !contact.was_verified;
  fresh.first_seen = fresh.changed = entry.time;
  return contact.keys.emplace_back(std::move(fresh));
}

void add_device(KnownKey& key, std::uint32_t device) {
  if (device == 0 || std::find(key.devices.begin(), key.devices.end(), device) != key.devices.end()) return;
  key.devices.push_back(device);
}

void set_level(Contact& contact, KnownKey& key, Level level, const Entry& entry) {
  key.level = level;
  key.changed = entry.time;
  key.changed_by = entry.actor;
  key.reason = entry.reason;
  contact.met = true;
  contact.decided_at = entry.seq;
}

void let_in(Contact& contact, const Entry& entry) {
  KnownKey& key = key_in(contact, entry);
  add_device(key, entry.device);
  contact.met = true;
  if (key.level == Level::undecided && !key.decided_by_person) set_level(contact, key, Level::tofu, entry);
}

void decide_by_person(Contact& contact, Level level, const Entry& entry) {
  KnownKey& key = key_in(contact, entry);
  add_device(key, entry.device);
  key.decided_by_person = true;
  key.aside = false;
  key.sight_counts = false;
  if (level == Level::verified) contact.was_verified = true;
  set_level(contact, key, level, entry);
}

/// No decision about trust: the level, and who decided on it, stay.
void set_aside(Contact& contact, bool aside, const Entry& entry) {
  KnownKey& key = key_in(contact, entry);
  if (key.aside == aside) return;
  key.aside = aside;
  contact.decided_at = entry.seq;
}

void apply_to(Contact& contact, const Entry& entry) {
  switch (entry.fact) {
    case Fact::seen:
    case Fact::changed_key:
      return add_device(key_in(contact, entry), entry.device);
    case Fact::tofu:
      return let_in(contact, entry);
    case Fact::trusted:
      return decide_by_person(contact, Level::trusted, entry);
    case Fact::verified:
      return decide_by_person(contact, Level::verified, entry);
    case Fact::revoked:
      return decide_by_person(contact, Level::revoked, entry);
    case Fact::undecided:
      return decide_by_person(contact, Level::undecided, entry);
    case Fact::policy:
      contact.policy = policy_named(entry.value);
      contact.decided_at = entry.seq;
      return;
    case Fact::device_gone:
    case Fact::device_back:
      contact.noted[entry.device] = entry.time;
      return;
    case Fact::set_aside:
      return set_aside(contact, true, entry);
    case Fact::taken_back:
      return set_aside(contact, false, entry);
    case Fact::own_key:
    case Fact::approval:
    case Fact::restored:
    case Fact::signing_key:
    case Fact::forgot:
    case Fact::forgotten:
      return;
  }
}

}  // namespace

void View::apply(const Entry& entry) {
  seq_ = entry.seq;
  if (entry.account.empty()) return;  // about the ledger itself
  auto account = accounts_.find(entry.account);
  if (account == accounts_.end()) account = accounts_.try_emplace(entry.account).first;
  auto contact = account->second.find(entry.peer);
  if (contact == account->second.end()) contact = account->second.try_emplace(entry.peer).first;
  apply_to(contact->second, entry);
}

void View::forget(std::string_view account, std::string_view peer) {
  const auto peers = accounts_.find(account);
  if (peers == accounts_.end()) return;
  if (const auto contact = peers->second.find(peer); contact != peers->second.end())
    peers->second.erase(contact);
}

const Contact* View::find(std::string_view account, std::string_view peer) const {
  const auto peers = accounts_.find(account);
  if (peers == accounts_.end()) return nullptr;
  const auto contact = peers->second.find(peer);
  return contact == peers->second.end() ? nullptr : &contact->second;
}

const KnownKey* View::find(std::string_view account, std::string_view peer,
                           const crypto::PublicKey& key) const {
  const Contact* contact = find(account, peer);
  if (!contact) return nullptr;
  const auto same = [&](const KnownKey& known) { return known.key == key; };
  const auto known = std::find_if(contact->keys.begin(), contact->keys.end(), same);
  return known == contact->keys.end() ? nullptr : &*known;
}

Level View::level(std::string_view account, std::string_view peer, const crypto::PublicKey& key) const {
  const KnownKey* known = find(account, peer, key);
  return known ? known->level : Level::undecided;
}

Facts View::facts(std::string_view account, std::string_view peer, const crypto::PublicKey& key) const {
  const bool own = account == peer;
  if (const KnownKey* known = find(account, peer, key)) return {known->level, known->sight_counts && !own, known->aside};
  const Contact* contact = find(account, peer);
  return {Level::undecided, !own && !(contact && contact->was_verified)};
}

Policy View::policy(std::string_view account, std::string_view peer) const {
  if (account == peer) return Policy::manual;
  for (const std::string_view scope : {peer, domain_of(peer), std::string_view()}) {
    const Contact* contact = find(account, scope);
    if (contact && contact->policy) return *contact->policy;
  }
  return Policy::manual;
}

Decision View::decide(std::string_view account, std::string_view peer, const crypto::PublicKey& key) const {
  return trust::decide(policy(account, peer), facts(account, peer, key));
}

std::uint64_t View::decided_at(std::string_view account, std::string_view peer) const {
  std::uint64_t newest = 0;
  for (const std::string_view scope : {peer, domain_of(peer), std::string_view()}) {
    if (const Contact* contact = find(account, scope)) newest = std::max(newest, contact->decided_at);
  }
  return newest;
}

std::vector<KnownKey> View::keys(std::string_view account, std::string_view peer) const {
  const Contact* contact = find(account, peer);
  return contact ? contact->keys : std::vector<KnownKey>();
}

std::vector<std::string> View::peers(std::string_view account) const {
  std::vector<std::string> found;
  const auto peers = accounts_.find(account);
  if (peers == accounts_.end()) return found;
  for (const auto& [peer, contact] : peers->second)
    if (!peer.empty()) found.push_back(peer);
  return found;
}

std::vector<std::string> View::accounts() const {
  std::vector<std::string> found;
  for (const auto& [account, peers] : accounts_) found.push_back(account);
  return found;
}

View::Before View::before(const Entry& entry) const {
  const Contact* contact = find(entry.account, entry.peer);
  return {entry.account, entry.peer, contact ? std::optional(*contact) : std::nullopt, seq_};
}

void View::put_back(Before before) {
  auto& peers = accounts_[before.account];
  if (before.contact) {
    peers[before.peer] = std::move(*before.contact);
  } else {
    peers.erase(before.peer);
  }
  if (peers.empty()) accounts_.erase(before.account);
  seq_ = before.seq;
}

}  // namespace omegate::trust
