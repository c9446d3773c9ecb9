#include "bridge/gateway/devices/rekeying.hpp"

#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {
namespace {

void note_fact(store::Tables& tables, const std::string& jid, store::Rekeying cause, WallTime now) {
  trust::Entry entry;
  entry.actor = "gateway";
  entry.account = jid;
  entry.fact = trust::Fact::restored;
  entry.reason = store::describe(cause);
  tables.ledger.append(entry, now);
}

void renew_account(store::Tables& tables, store::AccountId account, Renewal& renewal, WallTime now) {
  renewal.sessions += tables.ratchets.count(account);
  tables.ratchets.forget_all(account);
  tables.prekeys.forget_all(account);
  tables.devices.forget_lists(account);
  tables.streams.forget(account);
  tables.logins.forget_token(account);  // the server has given out newer ones
  for (const auto& message : tables.outbox.unacked(account)) {
    tables.outbox.reseal(message.id, now);
    ++renewal.messages;
  }
}

}  // namespace

std::optional<Renewal> renew_if_due(store::Tables& tables, WallTime now) {
  const auto cause = tables.lineage.rekeying_due();
  if (!cause) return std::nullopt;
  Renewal renewal{*cause};
  for (const std::string& jid : tables.accounts.all()) {
    renew_account(tables, tables.accounts.id_of(jid), renewal, now);
    note_fact(tables, jid, *cause, now);
    ++renewal.accounts;
  }
  tables.lineage.note_rekeyed(now);
  return renewal;
}

void log_renewal(const Renewal& renewal) {
  log_warning("store.old_copy", {{"reason", store::describe(renewal.cause)},
                                 {"accounts", renewal.accounts},
                                 {"sessions_dropped", renewal.sessions},
                                 {"messages_sealed_again", renewal.messages},
                                 {"effect",
                                  "identity and trust stay; contacts get new sessions; a message that a "
                                  "contact wrote since then in an old session cannot be read"}});
}

}  // namespace omegate::gateway
