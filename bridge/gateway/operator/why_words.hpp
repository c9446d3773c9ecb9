// What is to be done about a copy that a device did not get, or a message that nobody could read: words for
// people.
//
// Pure. Not here: what happened (copies.hpp, unread.hpp), the operator's request (operator_why.cpp).
#pragma once

#include <string>

#include "bridge/gateway/messages/copies.hpp"
#include "bridge/gateway/messages/unread.hpp"

namespace omegate::gateway {

/// What is known of the device by now.
struct DeviceNow {
  trust::Level level = trust::Level::undecided;
  trust::Decision decision = trust::Decision::undecided;
  bool listed = false;
  std::string decided_by{};  // empty: nobody did
};

/// "encrypted to", "left out: nobody has decided about its key".
std::string what_happened(const Copy& copy);

/// The next step of the operator; empty if there is none. `own`: the device is one of the bot's account.
std::string what_to_do(const Copy& copy, const DeviceNow& now, bool own);

std::string what_happened(UnreadCause cause);
std::string what_to_do(UnreadCause cause, const store::UnreadMessage& message);

}  // namespace omegate::gateway
