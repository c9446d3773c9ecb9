// Asking a person for a secret.
#pragma once

#include <string>

#include "bridge/edge/config/secret_text.hpp"

namespace omegate::app {

/// Asks on the terminal, without showing what is typed. Throws `std::runtime_error` when there is no
/// terminal, the input ends, or nothing was typed.
config::SecretText ask_secret(const std::string& question);

}  // namespace omegate::app
