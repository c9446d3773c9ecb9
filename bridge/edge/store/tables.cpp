#include "bridge/edge/store/tables.hpp"

namespace omegate::store {

Tables::Tables(Connection& db, const Sealer& sealer)
    : accounts(db, sealer),
      identities(db, sealer),
      prekeys(db, sealer),
      devices(db),
      ratchets(db, sealer),
      ledger(db, sealer),
      inbox(db, sealer),
      logins(db, sealer),
      outbox(db, sealer),
      answers(db, sealer),
      seen(db, sealer),
      streams(db, sealer),
      kv(db, sealer),
      timers(db, sealer),
      key_slots(db, sealer),
      lineage(db, sealer),
      unread(db),
      questions(db),
      trust_statements(db),
      messages(db, sealer),
      files(db, sealer),
      api_events(db, sealer),
      mails(db, sealer),
      runs(db, sealer) {}

}  // namespace omegate::store
