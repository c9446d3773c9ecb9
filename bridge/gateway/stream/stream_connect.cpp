#include "bridge/gateway/stream/stream_connect.hpp"

#include "bridge/core/xmpp/idna.hpp"
#include "bridge/edge/net/connect.hpp"
#include "bridge/edge/net/dns.hpp"
#include "bridge/edge/net/race.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/stream/stored_login.hpp"

namespace omegate::gateway {
namespace {

using Kind = FailureKind;
using asio::ip::tcp;

std::string text_of(const net::Target& target) { return target.host + ":" + std::to_string(target.port); }

asio::awaitable<std::vector<net::Target>> find_targets(const StreamSurroundings& around, const Login& login) {
  if (!login.host.empty()) {
    const std::uint16_t usual = login.direct_tls ? 5223 : 5222;
    std::vector<net::Target> configured;
    configured.push_back({login.host, login.port ? login.port : usual, login.direct_tls});
    co_return configured;
  }
  const std::string domain(login.account.domain());
  const auto ascii = xmpp::ascii_domain(domain);
  if (!ascii) throw StreamFailure(Kind::configuration, "The account's domain is no domain name.");
  net::Candidates found = co_await net::find_targets(around.names, *ascii, around.random);
  if (found.not_offered) {
    throw StreamFailure(Kind::configuration, domain + " says in the DNS that it has no XMPP server.");
  }
  if (found.targets.empty())
    throw StreamFailure(Kind::network, "The DNS does not answer for " + domain + ".");
  co_return std::move(found.targets);
}

/// Where the server said that it keeps our session comes first, unless the configuration names a host.
void add_preferred(std::vector<net::Target>& targets, const Login& login, const Resumption& resumption) {
  if (!resumption.possible() || !login.host.empty()) return;
  if (const auto place = parse_other_host(resumption.management.enabled()->location, login.direct_tls))
    targets.insert(targets.begin(), *place);
}

asio::awaitable<void> reach(net::Names& names, net::Target target, std::optional<tcp::socket>& socket) {
  std::vector<tcp::endpoint> endpoints;
  const auto addresses = co_await names.addresses(target.host);
  for (const auto& address : addresses) endpoints.emplace_back(address, target.port);
  if (endpoints.empty()) throw StreamFailure(Kind::network, "There is no address for " + target.host + ".");
  socket = co_await net::connect_any(std::move(endpoints));
}

/// Within what is left of the time for connecting.
asio::awaitable<std::unique_ptr<Wire>> connect(const StreamSurroundings& around, net::Target target,
                                               SteadyClock::time_point end) {
  std::optional<tcp::socket> socket;
  std::string failure;
  try {
    co_await net::within(end - SteadyClock::now(), reach(around.names, target, socket));
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    failure = error.code().message();
  }
  if (!failure.empty()) {
    throw StreamFailure(Kind::network, "Cannot connect to " + text_of(target) + ": " + failure + ".");
  }
  co_return std::make_unique<Wire>(net::Connection(*std::move(socket)), around.times.write);
}

/// What a user should read when several targets failed: a certificate says more than a closed port.
bool tells_more(const StreamFailure& a, const StreamFailure& b) {
  return a.kind() != Kind::network && b.kind() == Kind::network;
}

/// One way through all targets.
asio::awaitable<Connected> try_targets(const StreamSurroundings& around, const Login& login,
                                       Resumption& resumption, std::vector<net::Target> targets) {
  const auto end = SteadyClock::now() + around.times.connect;
  std::optional<StreamFailure> failed;
  for (const net::Target& target : targets) {
    bool is_final = false;
    try {
      Connected connected;  // member by member: GCC 12 destroys an aggregate twice that holds a `co_await`
      connected.direct_tls = target.direct_tls;
      connected.wire = co_await connect(around, target, end);
      LoginConversation conversation(*connected.wire, around, login, resumption, target.direct_tls);
      try {
        connected.login = co_await conversation.run();
        co_return connected;
      } catch (...) {
        is_final = conversation.has_authenticated();
        throw;
      }
    } catch (const StreamFailure& failure) {
      if (is_final || failure.kind() == Kind::redirected) throw;
      if (!failed || tells_more(failure, *failed)) failed = failure;
    }
  }
  throw *failed;
}

/// A token that is refused costs a connection and nobody's attention. On the same stream some servers take no
/// other mechanism after it.
asio::awaitable<Connected> try_or_forget_token(const StreamSurroundings& around, const Login& login,
                                               Resumption& resumption, std::vector<net::Target> targets) {
  bool refused = false;
  try {
    co_return co_await try_targets(around, login, resumption, targets);
  } catch (const TokenRefused&) {
    refused = true;
  }
  if (refused) co_await around.memory->forget_token();
  log_info("login.token_refused", {{"account", login.account.to_string()}});
  co_return co_await try_targets(around, login, resumption, std::move(targets));
}

}  // namespace

asio::awaitable<Connected> connect_and_log_in(const StreamSurroundings& around, const Login& login,
                                              Resumption& resumption) {
  const bool hops[] = {resumption.redirect.has_value(), true};  // one
  for (const bool was_redirected : hops) {
    std::vector<net::Target> targets;
    if (resumption.redirect) {
      targets.push_back(*std::exchange(resumption.redirect, std::nullopt));
    } else {
      targets = co_await find_targets(around, login);
      add_preferred(targets, login, resumption);
    }
    try {
      co_return co_await try_or_forget_token(around, login, resumption, std::move(targets));
    } catch (const StreamFailure& failure) {
      if (failure.kind() != Kind::redirected) throw;
    }
    if (was_redirected) break;
  }
  resumption.redirect.reset();
  throw StreamFailure(Kind::server, "The server sends us from one host to the next.");
}

asio::awaitable<void> connect_and_register(const StreamSurroundings& around, const Login& login,
                                           const config::SecretText& password, bool& may_exist) {
  const auto end = SteadyClock::now() + around.times.connect;
  const std::vector<net::Target> targets = co_await find_targets(around, login);
  std::optional<StreamFailure> failed;
  for (const net::Target& target : targets) {
    try {
      const std::unique_ptr<Wire> wire = co_await connect(around, target, end);
      Resumption none;
      LoginConversation conversation(*wire, around, login, none, target.direct_tls);
      co_await conversation.make_account(password, may_exist);
      co_return;
    } catch (const StreamFailure& failure) {
      if (may_exist || (failure.kind() != Kind::network && failure.kind() != Kind::tls)) throw;
      if (!failed || tells_more(failure, *failed)) failed = failure;
    }
  }
  throw *failed;
}

}  // namespace omegate::gateway
