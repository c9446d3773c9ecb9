// Faults for test programs only: a test that does not notice them is worth nothing.
//
// Each is a macro that tests/flow/sabotage.cmake defines for one source file of one extra program. Nothing
// else is ever built with them, and there is no switch at run time.
#pragma once

namespace omegate::gateway {

#ifdef OMEGATE_SABOTAGE_ACK_BEFORE_COMMIT
constexpr bool acks_before_commit = true;
#else
constexpr bool acks_before_commit = false;
#endif

#ifdef OMEGATE_SABOTAGE_SEND_BEFORE_COMMIT
constexpr bool sends_before_commit = true;
#else
constexpr bool sends_before_commit = false;
#endif

}  // namespace omegate::gateway
