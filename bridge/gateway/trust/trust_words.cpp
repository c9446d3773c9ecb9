#include "bridge/gateway/trust/trust_words.hpp"

namespace omegate::gateway {
namespace {

constexpr std::string_view not_allowed = "its key is undecided: it is shown once the key is approved";

}  // namespace

trust::Level effective_level(const trust::View& view, std::string_view account, std::string_view peer,
                             const crypto::PublicKey& key) {
  const trust::Level level = view.level(account, peer, key);
  trust::Facts facts = view.facts(account, peer, key);
  facts.aside = false;  // a device that was taken for dead and speaks is heard
  const trust::Decision decision = trust::decide(view.policy(account, peer), facts);
  if (decision == trust::Decision::refuse) return trust::Level::revoked;
  if (decision == trust::Decision::undecided) return trust::Level::undecided;
  return level == trust::Level::undecided ? trust::Level::tofu : level;
}

plugin::TrustLevel to_plugin(trust::Level level) {
  switch (level) {
    case trust::Level::undecided: return plugin::TrustLevel::undecided;
    case trust::Level::tofu: return plugin::TrustLevel::tofu;
    case trust::Level::trusted: return plugin::TrustLevel::trusted;
    case trust::Level::verified: return plugin::TrustLevel::verified;
    case trust::Level::revoked: return plugin::TrustLevel::revoked;
  }
  return plugin::TrustLevel::revoked;
}

trust::Level from_plugin(plugin::TrustLevel level) {
  switch (level) {
    case plugin::TrustLevel::undecided: return trust::Level::undecided;
    case plugin::TrustLevel::tofu: return trust::Level::tofu;
    case plugin::TrustLevel::trusted: return trust::Level::trusted;
    case plugin::TrustLevel::verified: return trust::Level::verified;
    case plugin::TrustLevel::revoked: return trust::Level::revoked;
  }
  return trust::Level::revoked;
}

std::string not_allowed_reason() { return std::string(not_allowed); }

bool is_not_allowed_reason(std::string_view reason) { return reason == not_allowed; }

}  // namespace omegate::gateway
