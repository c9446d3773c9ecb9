// Tries an account's login once, for `omegate init` and `omegate check --login`; makes the account before that.
//
// Not here: the lasting session (account.hpp). No device is made and nothing is published.
#pragma once

#include <chrono>
#include <string>

#include "bridge/edge/config/settings.hpp"

namespace omegate::gateway {

struct LoginCheck {
  bool ok = false;
  std::string text;       // one sentence: how far it came, or what failed
  std::string hint;       // what to do next, when it failed
  std::string server;     // "xmpp.example.org:5222"
  std::string tls;        // "TLSv1.3, direct"
  std::string mechanism;  // "SCRAM-SHA-256-PLUS"
  bool may_exist = false;  // the account that was to be made: it was asked for, and no answer came
};

/// Blocks the caller, runs its own event loop, takes at most `limit`. Connects, checks the certificate,
/// logs in, binds, says goodbye. A failure is in the result; throws only when our own machine fails.
LoginCheck check_login(const config::AccountSettings& account, const config::SecretText& password,
                       std::chrono::seconds limit);

/// The same way makes the account on its server (XEP-0077), with this password.
LoginCheck make_account(const config::AccountSettings& account, const config::SecretText& password,
                        std::chrono::seconds limit);

}  // namespace omegate::gateway
