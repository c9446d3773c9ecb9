// The gateway as a process: database, threads, signals, the command line's sockets.
//
// Not here: the actors (gateway/gateway.hpp), what a process gives up at start (hardening.hpp).
#pragma once

#include "bridge/app/installation.hpp"
#include "bridge/edge/config/settings.hpp"

namespace omegate::app {

struct RunOptions {
  bool take_over = false;  // gateway::GatewaySurroundings::take_over
};

/// Runs until SIGTERM, SIGINT or `omegate stop`. Throws what keeps the gateway from starting:
/// `config::ConfigError`, `store::StoreError`, `config::SecretError`, `std::runtime_error`; each with a text for the
/// operator.
void run_daemon(const config::Settings& settings, const Installation& installation, const RunOptions& options);

}  // namespace omegate::app
