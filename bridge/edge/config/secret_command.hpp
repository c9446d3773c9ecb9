// A program that prints a secret: `pass show bot`, `secret-tool lookup …`.
//
// Inside edge/config only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/crypto/secret.hpp"

namespace omegate::config {

using Deadline = std::optional<std::chrono::steady_clock::time_point>;

/// Reads to the end, at most `max_secret_size` bytes. Throws `SecretError` that starts with `what`.
crypto::SecretBytes read_secret_bytes(int descriptor, const std::string& what, Deadline deadline);

/// Runs `command` without a shell, with nothing on its standard input, and returns what it printed. It and
/// its children are killed when `limit` is over. Throws `SecretError`: it cannot be started, failed, was too
/// slow, said too much or nothing.
crypto::SecretBytes run_secret_command(const std::vector<std::string>& command,
                                       std::chrono::milliseconds limit);

}  // namespace omegate::config
