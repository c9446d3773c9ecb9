#include "bridge/gateway/trust/trust_messages.hpp"

#include "bridge/core/omemo/keys.hpp"
#include "bridge/core/xmpp/trust_message.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {
namespace {

/// True if it decided something.
bool weigh_in(store::Tables& tables, const Sender& self, const trust::Statement& said, WallTime now) {
  const auto newest = tables.trust_statements.newest(self.account, said.owner, said.key);
  switch (trust::weigh(tables.ledger.view(), self.jid, said, newest)) {
    case trust::Weight::ignored:
      return false;
    case trust::Weight::waits:
      tables.trust_statements.put(self.account, said, false);
      return false;
    case trust::Weight::counts:
      break;
  }
  tables.trust_statements.put(self.account, said, true);
  const trust::Level wanted = said.trusts ? trust::Level::verified : trust::Level::revoked;
  if (tables.ledger.view().level(self.jid, said.owner, said.key) == wanted) return false;
  const trust::Entry entry = tables.ledger.append(trust::entry_of(self.jid, said), now);
  if (said.trusts) tables.outbox.release_held(self.account, said.owner, now);
  log_info(said.trusts ? "trust.approved" : "trust.revoked", {{"account", self.jid},
                                                              {"peer", said.owner},
                                                              {"which", trust::fingerprint(said.key)},
                                                              {"by", entry.actor}});
  return true;
}

}  // namespace

std::size_t take_trust_message(store::Tables& tables, const Sender& self, const TrustSpeaker& speaker,
                               const xml::Element& message, WallTime now) {
  const auto owners = xmpp::parse_trust_message(message);
  if (!owners) return 0;
  std::size_t decided = 0;
  const auto take = [&](const std::string& owner, const crypto::PublicKey& ed, bool trusts) {
    const auto key = omemo::IdentityKey::from_ed(ed);
    if (!key) return;
    const trust::Statement said{speaker.jid, speaker.key, owner,
                                key->curve,  trusts,      std::min(speaker.said, now)};
    decided += weigh_in(tables, self, said, now) ? 1 : 0;
  };
  for (const xmpp::KeyOwner& owner : *owners) {
    for (const auto& key : owner.trusted) take(owner.jid.to_string(), key, true);
    for (const auto& key : owner.distrusted) take(owner.jid.to_string(), key, false);
  }
  return decided;
}

std::size_t apply_waiting_statements(store::Tables& tables, const Sender& self, const std::string& peer,
                                     const crypto::PublicKey& key, WallTime now) {
  std::size_t decided = 0;
  for (const auto& said : tables.trust_statements.waiting(self.account, peer, key))
    decided += weigh_in(tables, self, said, now) ? 1 : 0;
  return decided;
}

}  // namespace omegate::gateway
