// The numbers of what comes in by HTTP: each with unit and reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace omegate::gateway {

/// How far the time in a signed request may be off ours. Why: longer than a retry in the network, shorter
/// than it takes to use a request that somebody recorded. Source: Standard Webhooks 1.0 leaves it open; its
/// libraries take this.
inline constexpr std::chrono::minutes hook_tolerance{5};

/// The last second of the year 9999, so that times can be reckoned with. Unit: seconds since 1970.
inline constexpr std::int64_t max_hook_second = 253'402'300'799;

/// How long before its end the end of an address is announced. Why: time to change its senders, over a weekend too.
inline constexpr std::chrono::days hook_url_notice{7};

/// The longest life and grace of an address.
inline constexpr std::chrono::days max_hook_url_life{3660};

/// The longest `Idempotency-Key` or `webhook-id`. Unit: bytes.
inline constexpr std::size_t max_idempotency_key = 255;

}  // namespace omegate::gateway
