// The table `logins`: what the last login of an account at its server leaves for the next.
//
// Not here: how a login goes (gateway/stream/stream_login.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/base/time.hpp"
#include "bridge/core/crypto/secret.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;
class Sealer;

/// How the account logged in; weaker is refused.
struct LoginPin {
  std::string mechanism, binding;  // "SCRAM-SHA-256-PLUS", "tls-exporter"; no binding: empty
  WallTime since{};
};

/// In place of a password (XEP-0484).
struct LoginToken {
  std::string mechanism;
  crypto::SecretBytes secret;
  WallTime received{}, expires{};
  std::uint32_t uses = 0;
};

class Logins {
 public:
  Logins(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer) {}

  /// Names this installation of the account to its server; empty if there is none yet.
  std::string agent(AccountId account);
  /// Tokens belong to an agent: they go.
  void set_agent(AccountId account, std::string_view agent);

  std::optional<LoginPin> pin(AccountId account);
  /// `since` stays when nothing changed.
  void set_pin(AccountId account, const LoginPin& pin);
  void forget_pin(AccountId account);

  std::optional<LoginToken> token(AccountId account);
  /// In place of the one before.
  void set_token(AccountId account, const LoginToken& token);
  /// Before it is used: the server refuses a count it has seen. Returns the new one.
  std::uint32_t count_use(AccountId account);
  void forget_token(AccountId account);

 private:
  void ensure_row(AccountId account);

  Connection& db_;
  const Sealer& sealer_;
};

}  // namespace omegate::store
