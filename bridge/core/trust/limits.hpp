// The numbers of trust: each with unit, reason and source.
#pragma once

#include <chrono>
#include <cstddef>

namespace omegate::trust {

/// How many pairs of key and device the ledger records of one contact. Further ones are not recorded and stay
/// undecided, unless the policy is `blind`.
///
/// Unit:   pairs.
/// Why:    a contact publishes keys for nothing; a row of the ledger stays for ever.
inline constexpr std::size_t max_sightings = 1000;

/// How often a device that comes and goes is written down.
///
/// Unit:   time between two notes about one device.
/// Why:    a device list that flaps must not fill the ledger; it changes no decision.
inline constexpr std::chrono::hours flap_pause{24};

/// The largest text of a ledger row.
///
/// Unit:   bytes. Why: a bare JID has at most 2047, and a reason is a sentence.
inline constexpr std::size_t max_text = 4096;

}  // namespace omegate::trust
