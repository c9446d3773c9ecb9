#include "bridge/core/xmpp/fast.hpp"

#include <algorithm>

#include "bridge/core/crypto/hash.hpp"

namespace omegate::xmpp {
namespace {

struct Row {
  std::string_view mechanism;
  Binding binding;
};

// Strongest first.
constexpr Row mechanisms[] = {
    {"HT-SHA-256-EXPR", Binding::exporter},
    {"HT-SHA-256-ENDP", Binding::server_end_point},
    {"HT-SHA-256-NONE", Binding::none},
};

bool can_do(Binding binding, const SaslAbility& ability) {
  if (binding == Binding::exporter) return ability.tls_exporter;
  return binding == Binding::server_end_point ? ability.tls_server_end_point : true;
}

}  // namespace

std::optional<Binding> token_binding(std::string_view mechanism) {
  for (const Row& row : mechanisms) {
    if (row.mechanism == mechanism) return row.binding;
  }
  return std::nullopt;
}

std::optional<std::string> choose_token_mechanism(const std::vector<std::string>& offered,
                                                  const SaslAbility& ability, Binding least) {
  for (const Row& row : mechanisms) {
    if (strength(row.binding) < strength(least) || !can_do(row.binding, ability)) continue;
    if (std::find(offered.begin(), offered.end(), row.mechanism) != offered.end())
      return std::string(row.mechanism);
  }
  return std::nullopt;
}

Bytes TokenLogin::proof(std::string_view role) const {
  Bytes message = to_bytes(role);
  message.insert(message.end(), binding_data_.begin(), binding_data_.end());
  return crypto::hmac(crypto::Hash::sha256, secret_, message);
}

std::string TokenLogin::first(std::string_view user) const {
  std::string response(user);
  response += '\0';
  response += as_text(proof("Initiator"));
  return response;
}

Result<> TokenLogin::finish(std::string_view server_final) const {
  if (!crypto::equal(as_bytes(server_final), proof("Responder"))) return Error::server_not_authentic;
  return {};
}

}  // namespace omegate::xmpp
