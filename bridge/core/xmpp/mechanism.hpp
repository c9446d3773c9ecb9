// Which SASL mechanism to use, and which channel binding: a pure decision.
//
// Not here: the mechanism itself (scram.hpp).
// Not here either: tokens (fast.hpp).
// Source: XEP-0440 §4, XEP-0474, RFC 5802 §6, RFC 9266.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/result.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/xmpp/error.hpp"

namespace omegate::xmpp {

/// What the server said, in the stream that TLS protects.
struct SaslOffer {
  std::vector<std::string> mechanisms;
  std::optional<std::vector<std::string>> channel_bindings;  // `Features::channel_bindings`
};

/// What this connection can do and its operator permits.
struct SaslAbility {
  bool tls_exporter = false;          // TLS 1.3
  bool tls_server_end_point = false;  // the certificate's hash is defined
  bool allow_plain = false;
};

enum class Binding { none, not_offered, exporter, server_end_point };  // gs2 "n", "y", "p=…"

/// What this account used last time; weaker is refused until the operator resets it.
///
/// Also where the server proves its new offers (XEP-0474): a person should know that a login got weaker.
struct SaslPin {
  std::string mechanism;
  Binding binding = Binding::none;

  friend bool operator==(const SaslPin&, const SaslPin&) = default;
};

/// "tls-exporter"; empty for the two unbound ones.
std::string_view binding_name(Binding binding);
/// The other way; `none` for every other text.
Binding binding_named(std::string_view name);
/// Higher is stronger. The two unbound ones are equal.
int strength(Binding binding);

struct SaslChoice {
  std::string mechanism;
  std::optional<crypto::Hash> scram;  // nothing: PLAIN
  Binding binding = Binding::none;
  /// Go on only if the server proves its offers (XEP-0474 `h`); else this may be an attack.
  bool needs_proof_of_offers = false;
  std::string_view reason;  // for the log: the row of the table
};

/// Errors: `no_usable_mechanism`, `downgrade_suspected`.
Result<SaslChoice> choose_mechanism(const SaslOffer& offer, const SaslAbility& ability,
                                    const std::optional<SaslPin>& pin = std::nullopt);

/// The next attempt at a server without XEP-0440 that refused one *because of the binding*: tls-exporter after
/// tls-server-end-point; then unbound, if no login was bound before (`pin`). Call it only then; never after
/// `not-authorized`.
///
/// Why unbound: there are servers that offer -PLUS and know types only that do not fit their own TLS (ejabberd of Debian 12:
/// tls-unique, which TLS 1.3 does not have). Who stands between could force this at the first login, as by offering no -PLUS.
std::optional<SaslChoice> next_binding(const SaslChoice& refused, const SaslOffer& offer, const SaslAbility& ability,
                                       const std::optional<SaslPin>& pin);

}  // namespace omegate::xmpp
