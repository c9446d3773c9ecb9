// Why a message of the outbox waits, since when, and what comes next: in words for an operator.
//
// Pure. Not here: who asks (operator_waits.cpp), why a device was left out (why_words.hpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/edge/store/outbox.hpp"
#include "bridge/gateway/account/account.hpp"

namespace omegate::gateway {

struct Waits {
  std::string_view for_whom;  // "account", "server", "acknowledgement", "turn", "keys", "retry", "upload", "device", "decision",
                              // "operator": a word for programs
  std::string why;
  WallTime since{};
  std::optional<WallTime> next;  // when something happens by itself, where that is known
};

/// Messages that go before this one are counted up to here.
inline constexpr std::size_t max_counted_ahead = 1000;

/// `ahead`: so many go before it. Nothing for a message that is over.
std::optional<Waits> waits_of(const store::OutboxRow& row, const AccountTraffic& traffic, std::size_t ahead,
                              WallTime now);

}  // namespace omegate::gateway
