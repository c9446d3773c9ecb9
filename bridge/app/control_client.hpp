// The command line's end of the control socket.
//
// Not here: what can be asked (verbs.hpp), the gateway's end (control_socket.hpp).
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "bridge/app/limits.hpp"

namespace omegate::app {

/// Nobody listens on the socket. The text says where we looked and how to start a gateway.
struct GatewayNotRunning : std::runtime_error {
  using runtime_error::runtime_error;
};

/// It runs, and does not answer.
struct GatewaySilent : std::runtime_error {
  using runtime_error::runtime_error;
};

/// Asks the gateway at `socket` and waits for its answer, as long as the gateway takes; for `patience` if it has this one at
/// once, and throws `GatewaySilent` then. Throws
/// `GatewayNotRunning`; `gateway::OperatorError` for what the gateway answers so, and with the code
/// `not_allowed` when we may not open the socket; `std::runtime_error` when the gateway ends before it
/// answers.
boost::json::value ask_gateway(const std::filesystem::path& socket, const std::string& verb,
                               boost::json::object args, std::chrono::milliseconds patience = control_patience);

}  // namespace omegate::app
