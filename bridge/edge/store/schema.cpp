#include "bridge/edge/store/schema.hpp"

#include <string>

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/failpoint.hpp"

namespace omegate::store {

namespace {

// Step n takes the database from version n to n+1. Append only: a released step never changes.
// "sealed" columns are XChaCha20-Poly1305, see sealing.hpp; times are Unix time in milliseconds.
constexpr const char* steps[] = {
    R"(
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL  -- sealed, but for database_id
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
  id      INTEGER PRIMARY KEY,
  jid     TEXT    NOT NULL UNIQUE,
  skipped INTEGER NOT NULL DEFAULT 0  -- skipped message keys of all its sessions, kept by triggers
) STRICT;

CREATE TABLE account_notes (
  account INTEGER NOT NULL REFERENCES accounts,
  name    TEXT    NOT NULL,
  value   BLOB    NOT NULL,  -- sealed
  PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE identities (
  account            INTEGER PRIMARY KEY REFERENCES accounts,
  device             INTEGER NOT NULL,
  next_prekey        INTEGER NOT NULL DEFAULT 1,
  next_signed_prekey INTEGER NOT NULL DEFAULT 1,
  secret             BLOB    NOT NULL  -- sealed
) STRICT;

CREATE TABLE prekeys (
  account INTEGER NOT NULL REFERENCES accounts,
  id      INTEGER NOT NULL,
  used_ms INTEGER,           -- NULL: published
  secret  BLOB    NOT NULL,  -- sealed
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE signed_prekeys (
  account    INTEGER NOT NULL REFERENCES accounts,
  id         INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  current    INTEGER NOT NULL,
  secret     BLOB    NOT NULL,  -- sealed
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
  id                     INTEGER PRIMARY KEY,  -- account << 32 | number: an account's rows lie together
  account                INTEGER NOT NULL REFERENCES accounts,
  peer                   TEXT    NOT NULL,
  version                INTEGER NOT NULL,
  device                 INTEGER NOT NULL,
  position               INTEGER,  -- in the newest list; NULL: not in it
  first_seen_ms          INTEGER NOT NULL,
  last_listed_ms         INTEGER NOT NULL DEFAULT 0,
  last_message_ms        INTEGER,
  identity               BLOB,  -- public
  bundle_failed_until_ms INTEGER,
  bundle_failure         TEXT,
  UNIQUE (account, peer, version, device)
) STRICT;

CREATE TABLE device_lists (
  account    INTEGER NOT NULL REFERENCES accounts,
  peer       TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  fetched_ms INTEGER NOT NULL,
  PRIMARY KEY (account, peer, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE ratchets (
  device  INTEGER PRIMARY KEY REFERENCES devices ON DELETE CASCADE,
  used_ms INTEGER NOT NULL,
  skipped INTEGER NOT NULL,
  state   BLOB    NOT NULL  -- sealed
) STRICT;

CREATE TABLE archived_ratchets (
  device  INTEGER NOT NULL REFERENCES devices ON DELETE CASCADE,
  slot    INTEGER NOT NULL,  -- higher is newer
  used_ms INTEGER NOT NULL,
  skipped INTEGER NOT NULL,
  state   BLOB    NOT NULL,  -- sealed
  PRIMARY KEY (device, slot)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER ratchet_added AFTER INSERT ON ratchets WHEN new.skipped <> 0 BEGIN
  UPDATE accounts SET skipped = skipped + new.skipped WHERE id = new.device >> 32;
END;
CREATE TRIGGER ratchet_stepped AFTER UPDATE ON ratchets WHEN new.skipped <> old.skipped BEGIN
  UPDATE accounts SET skipped = skipped + new.skipped - old.skipped WHERE id = new.device >> 32;
END;
CREATE TRIGGER ratchet_gone AFTER DELETE ON ratchets WHEN old.skipped <> 0 BEGIN
  UPDATE accounts SET skipped = skipped - old.skipped WHERE id = old.device >> 32;
END;
CREATE TRIGGER archived_ratchet_added AFTER INSERT ON archived_ratchets WHEN new.skipped <> 0 BEGIN
  UPDATE accounts SET skipped = skipped + new.skipped WHERE id = new.device >> 32;
END;
CREATE TRIGGER archived_ratchet_stepped AFTER UPDATE ON archived_ratchets WHEN new.skipped <> old.skipped BEGIN
  UPDATE accounts SET skipped = skipped + new.skipped - old.skipped WHERE id = new.device >> 32;
END;
CREATE TRIGGER archived_ratchet_gone AFTER DELETE ON archived_ratchets WHEN old.skipped <> 0 BEGIN
  UPDATE accounts SET skipped = skipped - old.skipped WHERE id = old.device >> 32;
END;

CREATE TABLE ledger (
  seq       INTEGER PRIMARY KEY,
  entry     BLOB NOT NULL,  -- canonical encoding, see core/trust/entry.hpp
  hash      BLOB NOT NULL,
  signature BLOB NOT NULL
) STRICT;
CREATE TRIGGER ledger_is_never_updated BEFORE UPDATE ON ledger BEGIN
  SELECT RAISE(ABORT, 'the trust ledger is append-only');
END;
CREATE TRIGGER ledger_is_never_deleted BEFORE DELETE ON ledger BEGIN
  SELECT RAISE(ABORT, 'the trust ledger is append-only');
END;
CREATE TRIGGER ledger_is_never_replaced BEFORE INSERT ON ledger
WHEN EXISTS (SELECT 1 FROM ledger WHERE seq = new.seq) BEGIN
  SELECT RAISE(ABORT, 'the trust ledger is append-only');
END;

CREATE TABLE inbox (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  account      INTEGER NOT NULL REFERENCES accounts,
  plugin       TEXT    NOT NULL,
  conversation TEXT    NOT NULL,
  kind         TEXT    NOT NULL,
  payload      BLOB    NOT NULL,  -- sealed
  dedupe       BLOB    UNIQUE,    -- keyed hash
  created_ms   INTEGER NOT NULL,
  due_ms       INTEGER,  -- NULL: parked, or behind an older row of its conversation
  attempts     INTEGER NOT NULL DEFAULT 0,
  parked       INTEGER NOT NULL DEFAULT 0,
  error        BLOB  -- sealed
) STRICT;
CREATE INDEX inbox_due ON inbox (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX inbox_order ON inbox (plugin, conversation, id) WHERE parked = 0;

CREATE TABLE outbox (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  account    INTEGER NOT NULL REFERENCES accounts,
  recipient  TEXT    NOT NULL,
  message_id TEXT    NOT NULL,
  body       BLOB,         -- sealed; NULL when the server has it
  dedupe     BLOB UNIQUE,  -- keyed hash
  created_ms INTEGER NOT NULL,
  due_ms     INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL,
  attempts   INTEGER NOT NULL DEFAULT 0,
  state      INTEGER NOT NULL DEFAULT 0,  -- MessageState
  reason     BLOB,                        -- sealed
  stanzas    BLOB,                        -- sealed, while written
  write_seq  INTEGER,                     -- order of writing
  trust_seq  INTEGER NOT NULL DEFAULT 0,
  resealed   INTEGER NOT NULL DEFAULT 0,
  notes      BLOB  -- sealed
) STRICT;
CREATE INDEX outbox_due ON outbox (account, due_ms) WHERE state = 0;
CREATE INDEX outbox_written ON outbox (account, write_seq) WHERE state = 2;
CREATE INDEX outbox_held ON outbox (account, recipient) WHERE state = 1;
CREATE INDEX outbox_message ON outbox (message_id);

CREATE TABLE answers (
  id         BLOB PRIMARY KEY,  -- keyed hash of scope and key
  body_hash  BLOB    NOT NULL,  -- sealed: a hash of a short text is as good as the text
  answer     BLOB    NOT NULL,  -- sealed
  created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX answers_age ON answers (created_ms);

CREATE TABLE seen (
  account INTEGER NOT NULL REFERENCES accounts,
  id      BLOB    NOT NULL,  -- keyed hash
  seen_ms INTEGER NOT NULL,
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_age ON seen (seen_ms);

CREATE TABLE kv (
  plugin  TEXT    NOT NULL,
  id      BLOB    NOT NULL,  -- keyed hash of the key
  key     BLOB    NOT NULL,  -- sealed
  value   BLOB    NOT NULL,  -- sealed
  version INTEGER NOT NULL,
  PRIMARY KEY (plugin, id)
) STRICT, WITHOUT ROWID;
)",
    R"(
CREATE TABLE logins (
  account           INTEGER PRIMARY KEY REFERENCES accounts,
  agent             TEXT NOT NULL DEFAULT '',
  mechanism         TEXT NOT NULL DEFAULT '',  -- pinned
  binding           TEXT NOT NULL DEFAULT '',
  pinned_ms         INTEGER,                   -- NULL: nothing is pinned
  token             BLOB,                      -- sealed
  token_mechanism   TEXT,
  token_received_ms INTEGER,
  token_expires_ms  INTEGER,
  token_uses        INTEGER NOT NULL DEFAULT 0
) STRICT;
)",
    R"(
CREATE TABLE key_slots (
  kind       INTEGER PRIMARY KEY,  -- SlotKind
  salt       BLOB    NOT NULL,
  passes     INTEGER NOT NULL,  -- of Argon2id; 0: the outer key is made of a key file
  memory_kib INTEGER NOT NULL,
  made_ms    INTEGER NOT NULL,
  sealed     BLOB    NOT NULL  -- the data key, under the outer key
) STRICT;
)",
    R"(
CREATE TABLE epochs (
  number   INTEGER PRIMARY KEY,
  id       BLOB    NOT NULL UNIQUE,
  first    INTEGER NOT NULL,  -- commits when it began
  begun_ms INTEGER NOT NULL,
  lost     INTEGER NOT NULL DEFAULT 0  -- 1: of a future that an old copy does not have
) STRICT;

CREATE TABLE lineage (
  id           INTEGER PRIMARY KEY CHECK (id = 0),
  commits      INTEGER NOT NULL,  -- that changed something
  anchored     INTEGER NOT NULL,  -- 1: there must be an anchor
  rekeying_due INTEGER,           -- Rekeying
  rekeyed      INTEGER,           -- Rekeying, of the last time
  rekeyed_ms   INTEGER,
  halted       INTEGER NOT NULL DEFAULT 0  -- 1: another copy was met; no start until somebody says so
) STRICT;
INSERT INTO lineage (id, commits, anchored) VALUES (0, 0, 0);

CREATE TABLE unanswered (
  device INTEGER PRIMARY KEY REFERENCES devices ON DELETE CASCADE  -- its session is gone, it has to hear of a new one
) STRICT;
)",
    R"(
ALTER TABLE outbox ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;  -- Priority
ALTER TABLE outbox ADD COLUMN expires_ms INTEGER;                   -- NULL: never
CREATE INDEX outbox_urgency ON outbox (account, priority DESC, id, due_ms) WHERE state = 0;
CREATE INDEX outbox_expiry ON outbox (expires_ms) WHERE expires_ms IS NOT NULL AND state IN (0, 1, 5);
)",
    R"(
CREATE TABLE streams (
  account     INTEGER PRIMARY KEY REFERENCES accounts,
  session     BLOB    NOT NULL,  -- sealed
  max_seconds INTEGER NOT NULL,
  handled     INTEGER NOT NULL,
  acked       INTEGER NOT NULL,
  sent        INTEGER NOT NULL,
  final       INTEGER NOT NULL,
  waiting     BLOB    NOT NULL   -- sealed
) STRICT;
ALTER TABLE outbox ADD COLUMN number INTEGER;  -- of the first stanza in its stream (XEP-0198); NULL: in none
)",
    R"(
CREATE TABLE unread (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  account     INTEGER NOT NULL REFERENCES accounts,
  peer        TEXT    NOT NULL,
  device      INTEGER NOT NULL,  -- 0: not named
  version     TEXT    NOT NULL,
  message_id  TEXT    NOT NULL,
  fingerprint TEXT    NOT NULL,
  cause       TEXT    NOT NULL,
  detail      TEXT    NOT NULL,
  received_ms INTEGER NOT NULL,
  told_ms     INTEGER  -- its sender was told
) STRICT;
CREATE INDEX unread_of_device ON unread (account, peer, device, message_id);
CREATE INDEX unread_age ON unread (received_ms);
)",
    R"(
CREATE TABLE ledger_contacts (
  id   INTEGER PRIMARY KEY AUTOINCREMENT,
  name BLOB    NOT NULL UNIQUE,  -- keyed hash of account and peer
  key  BLOB    NOT NULL          -- sealed; without it nobody can read the contact's rows of the ledger
) STRICT;
ALTER TABLE ledger ADD COLUMN contact INTEGER;  -- NULL: `entry` is in the clear; else see ledger_contacts.hpp
)",
    R"(
CREATE TABLE questions (
  id       INTEGER PRIMARY KEY,
  account  INTEGER NOT NULL REFERENCES accounts,
  peer     TEXT    NOT NULL,
  key      BLOB    NOT NULL,
  device   INTEGER NOT NULL,
  asked_ms INTEGER NOT NULL,
  UNIQUE (account, peer, key)
) STRICT;
)",
    R"(
CREATE TABLE trust_statements (
  account    INTEGER NOT NULL REFERENCES accounts,
  sender     TEXT    NOT NULL,
  sender_key BLOB    NOT NULL,
  owner      TEXT    NOT NULL,
  key        BLOB    NOT NULL,
  trusts     INTEGER NOT NULL,
  said_ms    INTEGER NOT NULL,
  counted    INTEGER NOT NULL,  -- 0: waits until the sender's key is authenticated
  PRIMARY KEY (account, sender, sender_key, owner, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX trust_statements_about ON trust_statements (account, owner, key);
)",
    R"(
ALTER TABLE kv ADD COLUMN expires_ms INTEGER;  -- NULL: never
CREATE INDEX kv_expiry ON kv (expires_ms) WHERE expires_ms IS NOT NULL;
)",
    R"(
CREATE TABLE timers (
  plugin TEXT    NOT NULL,
  kind   INTEGER NOT NULL,  -- TimerKind
  id     BLOB    NOT NULL,  -- keyed hash of what names it
  due_ms INTEGER NOT NULL,
  data   BLOB    NOT NULL,  -- sealed
  PRIMARY KEY (plugin, kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_due ON timers (due_ms);
)",
    R"(
CREATE TABLE messages (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  account     INTEGER NOT NULL REFERENCES accounts,
  peer        TEXT    NOT NULL,
  own         INTEGER NOT NULL,  -- 1: we wrote it
  message_id  TEXT    NOT NULL,
  writer      BLOB,              -- identity key of who wrote it; public
  owner       TEXT    NOT NULL DEFAULT '',
  outbox      INTEGER UNIQUE,    -- its row, which may be gone by now
  first       INTEGER,           -- the message it is a new text of
  sent_first  INTEGER,           -- OMEMO version of the stanza with the message's id
  sent_second INTEGER,           -- and of the one with the second id
  handle      BLOB UNIQUE,       -- keyed hash
  name        BLOB,              -- keyed hash
  details     BLOB,              -- sealed
  created_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_by_id ON messages (account, peer, own, message_id);
CREATE UNIQUE INDEX messages_by_name ON messages (account, name) WHERE name IS NOT NULL;
CREATE INDEX messages_age ON messages (created_ms);
)",
    R"(
CREATE TABLE files (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  handle     TEXT    NOT NULL UNIQUE,  -- random
  account    INTEGER NOT NULL REFERENCES accounts,
  state      INTEGER NOT NULL,  -- FileState
  spool      TEXT,              -- its name beside the database; NULL: it is not here
  key        BLOB,              -- sealed; of the content in the spool
  size       INTEGER NOT NULL,
  details    BLOB    NOT NULL,  -- sealed
  created_ms INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX files_wanted ON files (id) WHERE state = 1;
CREATE INDEX files_expiry ON files (expires_ms);
ALTER TABLE outbox ADD COLUMN file INTEGER;  -- that the message carries; its row may be gone when the message is done
CREATE INDEX outbox_file ON outbox (file) WHERE file IS NOT NULL;
)",
    R"(
CREATE TABLE api_clients (
  name         TEXT    PRIMARY KEY,
  acknowledged INTEGER NOT NULL DEFAULT 0,  -- the number up to which its events are done
  tag          INTEGER NOT NULL DEFAULT 0,  -- of that event
  lost         INTEGER NOT NULL DEFAULT 0   -- removed unacknowledged, and the client has not acknowledged anything since
) STRICT, WITHOUT ROWID;
CREATE TABLE api_events (
  client     TEXT    NOT NULL REFERENCES api_clients,
  number     INTEGER NOT NULL,
  tag        INTEGER NOT NULL,  -- random
  account    INTEGER NOT NULL REFERENCES accounts,
  id         TEXT    NOT NULL,
  kind       TEXT    NOT NULL,
  payload    BLOB    NOT NULL,  -- sealed
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (client, number)
) STRICT, WITHOUT ROWID;
)",
    R"(
CREATE TABLE mails (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  plugin     TEXT    NOT NULL,
  account    INTEGER NOT NULL REFERENCES accounts,  -- of the events that tell what became of it
  dedupe     BLOB    NOT NULL,                      -- keyed hash of what wanted it
  body       BLOB    NOT NULL,                      -- sealed
  attempts   INTEGER NOT NULL DEFAULT 0,
  due_ms     INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  reason     BLOB,                                  -- sealed; why the last attempt failed
  UNIQUE (plugin, dedupe)
) STRICT;
CREATE INDEX mails_due ON mails (due_ms);
CREATE TABLE mail_files (
  mail INTEGER NOT NULL REFERENCES mails ON DELETE CASCADE,
  file INTEGER NOT NULL,  -- that the mail carries: it stays as long
  PRIMARY KEY (mail, file)
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_files_file ON mail_files (file);
)",
    R"(
ALTER TABLE outbox ADD COLUMN keep_ms INTEGER;  -- so long the content stays after the server has it; NULL: not
CREATE INDEX outbox_kept ON outbox (account, recipient, id) WHERE keep_ms IS NOT NULL;
ALTER TABLE messages ADD COLUMN room_id TEXT;  -- the number that its room gave it
CREATE INDEX messages_room_id ON messages (account, peer, room_id) WHERE room_id IS NOT NULL;
)",
    R"(
CREATE TABLE runs (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  plugin     TEXT    NOT NULL,
  account    INTEGER NOT NULL REFERENCES accounts,  -- of the event that tells how it ended
  body       BLOB    NOT NULL,                      -- sealed
  created_ms INTEGER NOT NULL,
  begun_ms   INTEGER                                -- set before the program is started
) STRICT;
)",
    // A trigger that an update may meet costs it a savepoint: these wait for their one column. The ledger's head has a hash of all
    // signatures now, and needs no row up to which they were checked.
    R"(
DELETE FROM meta WHERE name = 'ledger_checkpoint';
DROP TRIGGER IF EXISTS ratchet_stepped;
CREATE TRIGGER ratchet_stepped AFTER UPDATE OF skipped ON ratchets WHEN new.skipped <> old.skipped BEGIN
  UPDATE accounts SET skipped = skipped + new.skipped - old.skipped WHERE id = new.device >> 32;
END;
DROP TRIGGER IF EXISTS archived_ratchet_stepped;
CREATE TRIGGER archived_ratchet_stepped AFTER UPDATE OF skipped ON archived_ratchets WHEN new.skipped <> old.skipped BEGIN
  UPDATE accounts SET skipped = skipped + new.skipped - old.skipped WHERE id = new.device >> 32;
END;
)",
};

std::int64_t number(Connection& db, const char* sql) {
  Query query(db, sql);
  query.next();
  return query.integer(0);
}

}  // namespace

std::size_t newest_schema() { return std::size(steps); }

std::size_t schema_of(Connection& db) {
  const auto version = static_cast<std::size_t>(number(db, "PRAGMA user_version"));
  if (version > newest_schema())
    throw StoreCorrupt("the database was written by a newer omegate (schema " + std::to_string(version) +
                       ", this program knows " + std::to_string(newest_schema()) +
                       "); install that version again");
  return version;
}

void migrate(Connection& db, std::size_t from, std::size_t to) {
  for (std::size_t step = from; step < to; ++step) {
    db.execute(steps[step]);
    failpoint("store.migration_step");
  }
  if (from == 0) db.execute(("PRAGMA application_id = " + std::to_string(application_id)).c_str());
  db.execute(("PRAGMA user_version = " + std::to_string(to)).c_str());
}

}  // namespace omegate::store
