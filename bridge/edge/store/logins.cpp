#include "bridge/edge/store/logins.hpp"

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

Place token_place(AccountId account) { return {"logins", "token", account.value(), ""}; }

}  // namespace

void Logins::ensure_row(AccountId account) {
  Query(db_, "INSERT INTO logins (account) VALUES (?) ON CONFLICT (account) DO NOTHING", account).run();
}

std::string Logins::agent(AccountId account) {
  Query find(db_, "SELECT agent FROM logins WHERE account = ?", account);
  return find.next() ? find.text(0) : std::string();
}

void Logins::set_agent(AccountId account, std::string_view agent) {
  ensure_row(account);
  Query(db_, "UPDATE logins SET agent = ?, token = NULL WHERE account = ?", agent, account).run();
}

std::optional<LoginPin> Logins::pin(AccountId account) {
  Query find(db_,
             "SELECT mechanism, binding, pinned_ms FROM logins WHERE account = ? AND pinned_ms IS NOT NULL",
             account);
  if (!find.next()) return std::nullopt;
  return LoginPin{find.text(0), find.text(1), find.time(2)};
}

void Logins::set_pin(AccountId account, const LoginPin& pin) {
  ensure_row(account);
  Query(db_, R"(UPDATE logins SET mechanism = ?1, binding = ?2, pinned_ms = ?3 WHERE account = ?4
                  AND (pinned_ms IS NULL OR mechanism <> ?1 OR binding <> ?2))",
        pin.mechanism, pin.binding, pin.since, account)
      .run();
}

void Logins::forget_pin(AccountId account) {
  Query(db_, "UPDATE logins SET pinned_ms = NULL WHERE account = ?", account).run();
}

std::optional<LoginToken> Logins::token(AccountId account) {
  Query find(db_,
             R"(SELECT token, token_mechanism, token_received_ms, token_expires_ms, token_uses FROM logins
                     WHERE account = ? AND token IS NOT NULL)",
             account);
  if (!find.next()) return std::nullopt;
  return LoginToken{find.text(1), sealer_.open(token_place(account), find.blob(0)), find.time(2),
                    find.time(3), static_cast<std::uint32_t>(find.integer(4))};
}

void Logins::set_token(AccountId account, const LoginToken& token) {
  ensure_row(account);
  Query(db_, R"(UPDATE logins SET token = ?, token_mechanism = ?, token_received_ms = ?, token_expires_ms = ?,
                  token_uses = ? WHERE account = ?)",
        sealer_.seal(token_place(account), token.secret.bytes()), token.mechanism, token.received,
        token.expires, token.uses, account)
      .run();
}

std::uint32_t Logins::count_use(AccountId account) {
  Query count(db_, "UPDATE logins SET token_uses = token_uses + 1 WHERE account = ? RETURNING token_uses",
              account);
  return count.next() ? static_cast<std::uint32_t>(count.integer(0)) : 0;
}

void Logins::forget_token(AccountId account) {
  Query(db_, "UPDATE logins SET token = NULL WHERE account = ?", account).run();
}

}  // namespace omegate::store
