// What logins of one account leave for the next, on the disk: its pin, its token, its name as an agent.
//
// Not here: the tables (edge/store/logins.hpp), the login (stream_login.hpp).
// Source: XEP-0388 §2.3 (user agents), XEP-0484 §3.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "bridge/core/xmpp/fast.hpp"
#include "bridge/gateway/context.hpp"

namespace omegate::gateway {

namespace asio = boost::asio;

/// A token as it is used once more.
struct TokenUse {
  xmpp::FastToken token;
  bool ages = false;  // more than half of its life is over: ask for another
};

class StoredLogin {
 public:
  StoredLogin(Context& context, store::AccountId account) : context_(context), account_(account) {}

  // At the start of the program; they block.
  std::optional<xmpp::SaslPin> load_pin();
  std::string load_agent();

  asio::awaitable<void> keep_pin(xmpp::SaslPin pin);
  /// Tokens of the agent before are forgotten.
  asio::awaitable<void> keep_agent(std::string agent);

  /// Nothing if there is none, or none that is still good.
  asio::awaitable<std::optional<TokenUse>> token();
  /// Durable before the token is used. The server refuses counts that it has seen.
  asio::awaitable<std::uint32_t> count_use();
  asio::awaitable<void> keep_token(xmpp::FastToken token);
  asio::awaitable<void> forget_token();

 private:
  Context& context_;
  store::AccountId account_;
};

/// A random UUID (version 4).
std::string make_agent(Random& random);

}  // namespace omegate::gateway
