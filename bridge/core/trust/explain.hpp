// Why a decision about a key is as it is: the facts replayed, one after the other, with what each changed.
//
// Pure. Not here: where the facts lie (edge/store/ledger.hpp), how they are folded (view.hpp).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/trust/view.hpp"

namespace omegate::trust {

/// What stood after one entry.
struct Step {
  Entry entry;
  Level level = Level::undecided;
  Policy policy = Policy::manual;
  Decision decision = Decision::undecided;
  std::string because;  // one sentence for people

  friend bool operator==(const Step&, const Step&) = default;
};

/// The rule by which this policy decides on these facts, as a sentence.
std::string rule(Policy policy, Facts facts);

/// Those of `entries` (oldest first) that concern this key, or changed the decision about it: a policy set
/// for its owner, the owner's domain or the account; another key of the owner that was verified.
std::vector<Step> explain(std::span<const Entry> entries, std::string_view account, std::string_view peer,
                          const crypto::PublicKey& key);

}  // namespace omegate::trust
