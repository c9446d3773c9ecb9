// Logging in with a token that the server gave us at the last login: the mechanisms HT-SHA-256-*.
//
// Saves the password's derivation and one round trip; server and client prove the token to each other. Not
// here: SCRAM (scram.hpp), where tokens are kept (the gateway). Source: XEP-0484 0.2.0,
// draft-schmaus-kitten-sasl-ht-09.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/crypto/secret.hpp"
#include "bridge/core/xmpp/error.hpp"
#include "bridge/core/xmpp/mechanism.hpp"

namespace omegate::xmpp {

/// As the server gave it in `<token/>`. The text is the key; it is not decoded.
struct FastToken {
  std::string mechanism;  // the one it was asked for, and good for no other
  crypto::SecretBytes secret;
  WallTime expiry{};
};

/// The binding of "HT-SHA-256-EXPR", "-ENDP", "-NONE". Nothing for all others, also for "-UNIQ": tls-unique
/// can be made equal on two connections (RFC 9266 §1), and TLS 1.3 has none.
std::optional<Binding> token_binding(std::string_view mechanism);

/// The strongest offered mechanism that this connection can do and that binds as well as `least`.
std::optional<std::string> choose_token_mechanism(const std::vector<std::string>& offered,
                                                  const SaslAbility& ability, Binding least);

/// One use of a token.
class TokenLogin {
 public:
  /// `binding_data`: of the token's mechanism; empty for "-NONE".
  TokenLogin(const FastToken& token, Bytes binding_data)
      : secret_(token.secret), binding_data_(std::move(binding_data)) {}

  /// The initial response. `user`: localpart of the account.
  std::string first(std::string_view user) const;

  /// What the server sends with its success. Errors: `server_not_authentic`.
  Result<> finish(std::string_view server_final) const;

 private:
  Bytes proof(std::string_view role) const;

  crypto::SecretBytes secret_;
  Bytes binding_data_;
};

}  // namespace omegate::xmpp
