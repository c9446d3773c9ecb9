#include "bridge/gateway/stream/login_check.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "bridge/core/crypto/random.hpp"
#include "bridge/edge/net/dns.hpp"
#include "bridge/edge/net/race.hpp"
#include "bridge/edge/net/tls.hpp"
#include "bridge/gateway/account/account.hpp"
#include "bridge/gateway/stream/stream.hpp"
#include "bridge/gateway/stream/stream_connect.hpp"

namespace omegate::gateway {
namespace {

std::string_view hint_for(FailureKind kind) {
  switch (kind) {
    case FailureKind::network: return "check the server's name, or give --host and --port";
    case FailureKind::tls: return "give the authority that signed the certificate with --ca-file";
    case FailureKind::credentials: return "check the address and the password";
    case FailureKind::configuration: return "check the address; the server does not know this domain";
    default: return "try again; look at the server's log";
  }
}

/// A server that makes no account has said what to do.
std::string_view hint_for_registration(FailureKind kind) {
  return kind == FailureKind::network || kind == FailureKind::tls ? hint_for(kind) : "";
}

/// One attempt at something in a stream; `result` is ok when it has succeeded.
using Attempt = asio::awaitable<void> (*)(const StreamSurroundings& around, const Login& login,
                                          const config::SecretText& password, LoginCheck& result);

asio::awaitable<void> try_login(const StreamSurroundings& around, const Login& login, const config::SecretText&,
                                LoginCheck& result) {
  Resumption resumption;
  Stream stream(around, login, resumption);
  co_await stream.open();
  result.ok = true;
  result.tls = stream.tls_description();
  result.text = "logged in as " + stream.bound().to_string();
  co_await stream.close(true);
}

asio::awaitable<void> try_to_register(const StreamSurroundings& around, const Login& login,
                                      const config::SecretText& password, LoginCheck& result) {
  co_await connect_and_register(around, login, password, result.may_exist);
  result.ok = true;
  result.text = "the account " + login.account.to_string() + " was made";
}

LoginCheck attempt(Attempt what, std::string_view (*hint)(FailureKind), const config::AccountSettings& account,
                   const config::SecretText& password, std::chrono::seconds limit) {
  LoginCheck result;
  asio::io_context loop(1);
  net::Dns names;
  const auto fail = [&](const std::string& text, std::string_view advice) {
    if (result.ok) return;  // only the goodbye failed
    result.text = text;
    result.hint = advice;
  };
  try {
    net::TlsTrust trust(account.ca_file.string());
    Login login = login_of(account);
    login.password = [&] { return password; };
    const StreamSurroundings around{loop.get_executor(), names, trust, crypto::system_random()};
    asio::co_spawn(loop, net::within(limit, what(around, login, password, result)), [&](std::exception_ptr failure) {
      try {
        if (failure) std::rethrow_exception(failure);
      } catch (const StreamFailure& thrown) {
        fail(thrown.what(), hint(thrown.kind()));
      } catch (const boost::system::system_error& thrown) {
        fail("no answer within " + std::to_string(limit.count()) + " s: " + thrown.what(), hint(FailureKind::network));
      }
    });
    loop.run();
  } catch (const std::runtime_error& failure) {  // the CA file
    fail(failure.what(), "check --ca-file");
  }
  return result;
}

}  // namespace

LoginCheck check_login(const config::AccountSettings& account, const config::SecretText& password,
                       std::chrono::seconds limit) {
  return attempt(&try_login, &hint_for, account, password, limit);
}

LoginCheck make_account(const config::AccountSettings& account, const config::SecretText& password,
                        std::chrono::seconds limit) {
  return attempt(&try_to_register, &hint_for_registration, account, password, limit);
}

}  // namespace omegate::gateway
