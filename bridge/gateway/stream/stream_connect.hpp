// From an account to a logged-in wire: which targets, in which order, and which failure to report.
//
// Source: RFC 6120 §3.2.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "bridge/gateway/stream/stream_login.hpp"

namespace omegate::gateway {

struct Connected {
  std::unique_ptr<Wire> wire;
  LoggedIn login;
  bool direct_tls = false;
};

/// Tries the targets of the account's domain until one has logged us in. A target that cannot be reached or
/// believed gives way to the next; once a login has begun, its outcome stands. Follows one redirection.
/// Throws `StreamFailure`.
asio::awaitable<Connected> connect_and_log_in(const StreamSurroundings& around, const Login& login,
                                              Resumption& resumption);

/// Makes the account at the first target that can be reached and believed; its answer stands. Throws `StreamFailure`;
/// then `may_exist` says whether the server was asked and has not answered.
asio::awaitable<void> connect_and_register(const StreamSurroundings& around, const Login& login,
                                           const config::SecretText& password, bool& may_exist);

}  // namespace omegate::gateway
