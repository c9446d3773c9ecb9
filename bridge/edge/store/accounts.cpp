#include "bridge/edge/store/accounts.hpp"

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

Place note_place(AccountId account, std::string_view name) {
  return {"account_notes", "value", account.value(), std::string(name)};
}

}  // namespace

AccountId Accounts::id_of(std::string_view jid) {
  {
    Query find(db_, "SELECT id FROM accounts WHERE jid = ?", jid);
    if (find.next()) return AccountId(find.integer(0));
  }
  Query insert(db_, "INSERT INTO accounts (jid) VALUES (?) RETURNING id", jid);
  insert.next();
  return AccountId(insert.integer(0));
}

std::string Accounts::jid_of(AccountId account) {
  Query find(db_, "SELECT jid FROM accounts WHERE id = ?", account);
  if (!find.next()) throw StoreError("database: no account " + std::to_string(account.value()));
  return find.text(0);
}

std::vector<std::string> Accounts::all() {
  std::vector<std::string> jids;
  Query query(db_, "SELECT jid FROM accounts ORDER BY jid");
  while (query.next()) jids.push_back(query.text(0));
  return jids;
}

std::optional<Bytes> Accounts::note(AccountId account, std::string_view name) {
  Query find(db_, "SELECT value FROM account_notes WHERE account = ? AND name = ?", account, name);
  if (!find.next()) return std::nullopt;
  return sealer_.open_bytes(note_place(account, name), find.blob(0));
}

void Accounts::set_note(AccountId account, std::string_view name, ByteView value) {
  Query(db_, R"(INSERT INTO account_notes (account, name, value) VALUES (?, ?, ?)
                ON CONFLICT (account, name) DO UPDATE SET value = excluded.value)",
        account, name, sealer_.seal(note_place(account, name), value))
      .run();
}

void Accounts::forget_note(AccountId account, std::string_view name) {
  Query(db_, "DELETE FROM account_notes WHERE account = ? AND name = ?", account, name).run();
}

}  // namespace omegate::store
