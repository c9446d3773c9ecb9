// A config with one account, for tests of what may stand beside it.
#pragma once

#include <string>

#include "bridge/edge/config/load.hpp"

namespace omegate::config::test {

/// `more` begins at the margin.
inline Settings with_account(const std::string& more) {
  return parse_settings(R"(data_dir: /var/lib/omegate
key: {file: /etc/omegate/key}
accounts:
  bot:
    jid: bot@example.org
    password: {env: PASSWORD}
)" + more,
                        "/etc/omegate/omegate.yaml", {"/usr/share/omegate/plugins", false});
}

/// What is wrong with it.
inline std::string fault_with_account(const std::string& more) {
  try {
    with_account(more);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no fault";
}

}  // namespace omegate::config::test
