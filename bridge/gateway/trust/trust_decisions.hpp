// A person's decision about keys, whoever brought it: the command line, a chat, a contact's answer.
//
// Works inside a transaction. Throws `OperatorError`. Not here: who may decide (operator_trust.cpp,
// chat_desk.cpp).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bridge/core/trust/view.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/recipients.hpp"

namespace omegate::gateway {

/// Keys that `which` names: a fingerprint (perhaps of a key nobody has seen: it is decided about in advance),
/// a device id, or "all" (that are undecided).
std::vector<trust::KnownKey> chosen_keys(const trust::View& view, const std::string& account,
                                         const std::string& peer, const std::string& which);

struct KeyDecision {
  std::string peer;
  std::string which;
  trust::Fact fact = trust::Fact::trusted;  // for `decide_keys`: trusted, verified or revoked
  std::string actor;
  std::string why;
};

struct Decided {
  std::vector<crypto::PublicKey> keys;
  std::size_t released = 0;  // held rows that are due now
};

/// The row of the ledger that says it of one of these keys, under its newest device.
trust::Entry entry_of(const Sender& self, const KeyDecision& decision, const trust::KnownKey& key);

/// Notes it; messages that waited for an approval go on, in both directions.
Decided decide_keys(store::Tables& tables, const Sender& self, const KeyDecision& decision, WallTime now);

}  // namespace omegate::gateway
