#include "bridge/gateway/login_check.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "bridge/core/crypto/random.hpp"
#include "bridge/edge/net/dns.hpp"
#include "bridge/edge/net/race.hpp"
#include "bridge/edge/net/tls.hpp"
#include "bridge/gateway/account.hpp"
#include "bridge/gateway/stream.hpp"

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

asio::awaitable<void> try_login(Stream& stream, LoginCheck& result) {
  co_await stream.open();
  result.ok = true;
  result.tls = stream.tls_description();
  result.text = "logged in as " + stream.bound().to_string();
  co_await stream.close(true);
}

}  // namespace

LoginCheck check_login(const config::AccountSettings& account, const config::SecretText& password,
                       std::chrono::seconds limit) {
  LoginCheck result;
  asio::io_context loop(1);
  net::Dns names;
  const auto fail = [&](const std::string& text, std::string_view hint) {
    if (result.ok) return;  // only the goodbye failed
    result.text = text;
    result.hint = hint;
  };
  try {
    net::TlsTrust trust(account.ca_file.string());
    Resumption resumption;
    Login login = login_of(account);
    login.password = [&] { return password; };
    Stream stream({loop.get_executor(), names, trust, crypto::system_random()}, std::move(login), resumption);
    asio::co_spawn(loop, net::within(limit, try_login(stream, result)), [&](std::exception_ptr failure) {
      try {
        if (failure) std::rethrow_exception(failure);
      } catch (const StreamFailure& what) {
        fail(what.what(), hint_for(what.kind()));
      } catch (const boost::system::system_error& what) {
        fail("no login within " + std::to_string(limit.count()) + " s: " + what.what(), hint_for(FailureKind::network));
      }
    });
    loop.run();
  } catch (const std::runtime_error& failure) {  // the CA file
    fail(failure.what(), "check --ca-file");
  }
  return result;
}

}  // namespace omegate::gateway
