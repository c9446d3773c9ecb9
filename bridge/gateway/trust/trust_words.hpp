// Trust as plugins and rows see it.
//
// Not here: the rules (core/trust).
#pragma once

#include <string>
#include <string_view>

#include "bridge/core/plugin/trust_level.hpp"
#include "bridge/core/trust/view.hpp"

namespace omegate::gateway {

/// The level that counts for hearing a key and for `min_trust`: what the ledger says, as far as the policy in
/// force lets it count. Under `blind` an undecided key that counts is as good as `tofu`.
trust::Level effective_level(const trust::View& view, std::string_view account, std::string_view peer,
                             const crypto::PublicKey& key);

plugin::TrustLevel to_plugin(trust::Level level);
trust::Level from_plugin(plugin::TrustLevel level);

/// Why a message of an undecided key is kept and not shown. Rows are found again by it.
std::string not_allowed_reason();
bool is_not_allowed_reason(std::string_view reason);

}  // namespace omegate::gateway
