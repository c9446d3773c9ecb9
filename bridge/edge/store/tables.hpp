// All tables, as a transaction sees them.
#pragma once

#include "bridge/edge/store/accounts.hpp"
#include "bridge/edge/store/answers.hpp"
#include "bridge/edge/store/api_events.hpp"
#include "bridge/edge/store/devices.hpp"
#include "bridge/edge/store/file_table.hpp"
#include "bridge/edge/store/identities.hpp"
#include "bridge/edge/store/inbox.hpp"
#include "bridge/edge/store/key_slots.hpp"
#include "bridge/edge/store/kv.hpp"
#include "bridge/edge/store/ledger.hpp"
#include "bridge/edge/store/lineage.hpp"
#include "bridge/edge/store/logins.hpp"
#include "bridge/edge/store/mails.hpp"
#include "bridge/edge/store/messages.hpp"
#include "bridge/edge/store/outbox.hpp"
#include "bridge/edge/store/prekeys.hpp"
#include "bridge/edge/store/questions.hpp"
#include "bridge/edge/store/ratchets.hpp"
#include "bridge/edge/store/runs.hpp"
#include "bridge/edge/store/seen.hpp"
#include "bridge/edge/store/streams.hpp"
#include "bridge/edge/store/timers.hpp"
#include "bridge/edge/store/trust_statements.hpp"
#include "bridge/edge/store/unread.hpp"

namespace omegate::store {

struct Tables {
  Tables(Connection& db, const Sealer& sealer);

  Accounts accounts;
  Identities identities;
  PreKeys prekeys;
  Devices devices;
  Ratchets ratchets;
  Ledger ledger;
  Inbox inbox;
  Logins logins;
  Outbox outbox;
  Answers answers;
  Seen seen;
  Streams streams;
  Kv kv;
  Timers timers;
  KeySlots key_slots;
  Lineage lineage;
  Unread unread;
  Questions questions;
  TrustStatements trust_statements;
  Messages messages;
  FileTable files;
  ApiEvents api_events;
  Mails mails;
  Runs runs;
};

}  // namespace omegate::store
