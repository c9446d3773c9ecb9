// The program's source of randomness.
#pragma once

#include "bridge/core/base/random.hpp"

namespace omegate::crypto {

/// The operating system's generator, through libsodium. Safe to use from all threads.
/// Aborts the process when the system gives no randomness: there is no way on without it.
Random& system_random();

}  // namespace omegate::crypto
