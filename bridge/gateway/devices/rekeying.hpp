// What is done when the database turns out to be an old copy: identity and trust stay, everything that must
// not be used twice is made anew.
//
// Sessions: a ratchet that falls back would use message keys again, and contacts would drop what it writes as
// known. One-time and signed prekeys: the future that is lost may have used them. What was sealed goes out
// again, sealed anew under the same message id. Contacts learn of the new session by an empty message
// (account_session.hpp) or with the next text, whatever is first. Runs inside a transaction. Not here: how an
// old copy is noticed (edge/store/lineage.hpp, server_anchor.hpp).
#pragma once

#include <optional>

#include "bridge/edge/store/tables.hpp"

namespace omegate::gateway {

struct Renewal {
  store::Rekeying cause{};
  std::size_t accounts = 0, sessions = 0, messages = 0;  // renewed; dropped; to be sealed again
};

/// Nothing if nothing is due. All accounts: they live in one file. Adds a fact to each account's ledger.
std::optional<Renewal> renew_if_due(store::Tables& tables, WallTime now);

/// For people, in a log line.
void log_renewal(const Renewal& renewal);

}  // namespace omegate::gateway
