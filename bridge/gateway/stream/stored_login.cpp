#include "bridge/gateway/stream/stored_login.hpp"

#include <array>

#include "bridge/core/crypto/encoding.hpp"

namespace omegate::gateway {

std::optional<xmpp::SaslPin> StoredLogin::load_pin() {
  const auto pin = context_.store.run([this](store::Tables& tables) { return tables.logins.pin(account_); });
  if (!pin) return std::nullopt;
  return xmpp::SaslPin{pin->mechanism, xmpp::binding_named(pin->binding)};
}

std::string StoredLogin::load_agent() {
  return context_.store.run([this](store::Tables& tables) { return tables.logins.agent(account_); });
}

asio::awaitable<void> StoredLogin::keep_pin(xmpp::SaslPin pin) {
  co_await context_.store.transact([&](store::Tables& tables) {
    tables.logins.set_pin(account_,
                          {pin.mechanism, std::string(xmpp::binding_name(pin.binding)), context_.now()});
  });
}

asio::awaitable<void> StoredLogin::keep_agent(std::string agent) {
  co_await context_.store.transact([&](store::Tables& tables) { tables.logins.set_agent(account_, agent); });
}

asio::awaitable<std::optional<TokenUse>> StoredLogin::token() {
  const auto stored = co_await context_.store.transact(
      [this](store::Tables& tables) { return tables.logins.token(account_); });
  const WallTime now = context_.now();
  if (!stored || stored->expires <= now) co_return std::nullopt;
  const bool ages = now - stored->received > (stored->expires - stored->received) / 2;
  // A named object: GCC 12 destroys an aggregate twice that is made inside the co_return expression.
  TokenUse use{{stored->mechanism, stored->secret, stored->expires}, ages};
  co_return use;
}

asio::awaitable<std::uint32_t> StoredLogin::count_use() {
  co_return co_await context_.store.transact(
      [this](store::Tables& tables) { return tables.logins.count_use(account_); });
}

asio::awaitable<void> StoredLogin::keep_token(xmpp::FastToken token) {
  co_await context_.store.transact([&](store::Tables& tables) {
    tables.logins.set_token(account_, {token.mechanism, token.secret, context_.now(), token.expiry});
  });
}

asio::awaitable<void> StoredLogin::forget_token() {
  co_await context_.store.transact([this](store::Tables& tables) { tables.logins.forget_token(account_); });
}

std::string make_agent(Random& random) {
  std::array<Byte, 16> bytes{};
  random.fill(bytes);
  bytes[6] = static_cast<Byte>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<Byte>((bytes[8] & 0x3f) | 0x80);
  std::string text = crypto::to_hex(bytes);
  for (const std::size_t at : {8u, 13u, 18u, 23u}) text.insert(at, 1, '-');
  return text;
}

}  // namespace omegate::gateway
