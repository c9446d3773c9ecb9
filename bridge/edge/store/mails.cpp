#include "bridge/edge/store/mails.hpp"

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/limits.hpp"
#include "bridge/edge/store/rows.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {
namespace {

Place place_of(std::string_view column, MailId id, const std::string& plugin, AccountId account) {
  return {"mails", column, account.value(), std::to_string(id.value()) + '\n' + plugin};
}

}  // namespace

Mails::Mails(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer), next_id_(first_unused_id(db, "mails")) {}

bool Mails::add(const NewMail& mail, WallTime now) {
  const MailId id(next_id_);
  const auto added = Query(db_, R"(INSERT INTO mails (id, plugin, account, dedupe, body, due_ms, created_ms)
                                   VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (plugin, dedupe) DO NOTHING)",
                           id, mail.plugin, mail.account, sealer_.blind("mails", {mail.plugin, mail.dedupe_key}),
                           sealer_.seal(place_of("body", id, mail.plugin, mail.account), mail.body), now, now)
                         .run();
  if (added == 0) return false;
  ++next_id_;
  for (const FileId file : mail.files)
    Query(db_, "INSERT INTO mail_files (mail, file) VALUES (?, ?) ON CONFLICT DO NOTHING", id, file).run();
  return true;
}

std::optional<StoredMail> Mails::take_due(WallTime now) {
  std::optional<StoredMail> mail;
  {
    Query query(db_, R"(SELECT id, plugin, account, body, attempts, due_ms, created_ms, reason FROM mails
                        WHERE due_ms <= ? ORDER BY due_ms, id LIMIT 1)",
                now);
    if (query.next()) mail = read(query);
  }
  if (!mail) return std::nullopt;
  ++mail->attempts;
  Query(db_, "UPDATE mails SET attempts = attempts + 1 WHERE id = ?", mail->id).run();
  return mail;
}

void Mails::postpone(MailId id, ByteView body, std::string_view reason, WallTime due) {
  std::string plugin;
  std::optional<AccountId> account;
  {
    Query query(db_, "SELECT plugin, account FROM mails WHERE id = ?", id);
    if (!query.next()) return;
    plugin = query.text(0);
    account.emplace(query.integer(1));
  }
  Query(db_, "UPDATE mails SET body = ?, reason = ?, due_ms = ? WHERE id = ?",
        sealer_.seal(place_of("body", id, plugin, *account), body),
        sealer_.seal(place_of("reason", id, plugin, *account), reason.substr(0, max_reason)), due, id)
      .run();
}

void Mails::set_due(MailId id, WallTime due) { Query(db_, "UPDATE mails SET due_ms = ? WHERE id = ?", due, id).run(); }

void Mails::erase(MailId id) { Query(db_, "DELETE FROM mails WHERE id = ?", id).run(); }

std::optional<WallTime> Mails::next_due() {
  Query query(db_, "SELECT min(due_ms) FROM mails");
  return query.next() ? query.maybe_time(0) : std::nullopt;
}

std::size_t Mails::count(std::string_view plugin) {
  Query query(db_, "SELECT count(*) FROM mails WHERE plugin = ?", plugin);
  query.next();
  return static_cast<std::size_t>(query.integer(0));
}

std::size_t Mails::count() {
  Query query(db_, "SELECT count(*) FROM mails");
  query.next();
  return static_cast<std::size_t>(query.integer(0));
}

std::optional<StoredMail> Mails::find(MailId id) {
  Query query(db_, "SELECT id, plugin, account, body, attempts, due_ms, created_ms, reason FROM mails WHERE id = ?", id);
  return query.next() ? std::optional(read(query)) : std::nullopt;
}

std::vector<StoredMail> Mails::list(std::size_t limit, std::optional<AccountId> account) {
  std::vector<StoredMail> mails;
  Query query(db_, R"(SELECT id, plugin, account, body, attempts, due_ms, created_ms, reason FROM mails
                      WHERE ?1 = 0 OR account = ?2 ORDER BY id LIMIT ?3)",
              static_cast<int>(account.has_value()), account.value_or(AccountId(0)), static_cast<std::int64_t>(limit));
  while (query.next()) mails.push_back(read(query));
  return mails;
}

StoredMail Mails::read(Query& row) {
  StoredMail mail{MailId(row.integer(0)), row.text(1), AccountId(row.integer(2)), {}, static_cast<int>(row.integer(4)), row.time(5), row.time(6)};
  mail.body = sealer_.open_bytes(place_of("body", mail.id, mail.plugin, mail.account), row.blob(3));
  if (!row.is_null(7)) mail.reason = sealer_.open_text(place_of("reason", mail.id, mail.plugin, mail.account), row.blob(7));
  return mail;
}

}  // namespace omegate::store
