// What a policy makes of the facts about one key, and a message rule of the decisions about all devices.
//
// Pure tables, tested by the compiler. Not here: the facts (view.hpp), which facts are recorded when
// (sight.hpp).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace omegate::trust {

/// What the ledger says of one identity key: the fold of its entries, oldest first.
enum class Level {
  undecided,
  tofu,      // let in by the policy of that name, at the first contact
  trusted,   // a person or the config said so
  verified,  // a person compared or scanned it
  revoked,
};

enum class Policy { manual, configured, tofu, blind };

struct Facts {
  Level key = Level::undecided;
  /// False when blind trust is over for this key: a key of the contact had been verified before this one was
  /// first seen, a person took back a decision about it, or the device is one of the account's own.
  bool sight_counts = true;
  bool aside = false;  // somebody set its device aside as dead; until it writes again
};

enum class Decision { allow, undecided, refuse };

/// May we encrypt to this key? The same facts give the same answer, so any past decision can be replayed from
/// the ledger. A key that `tofu` let in counts only while such a policy is in force.
constexpr Decision decide(Policy policy, Facts facts) {
  if (facts.aside) return Decision::refuse;
  const bool trusts_on_sight = policy == Policy::tofu || policy == Policy::blind;
  switch (facts.key) {
    case Level::verified:
    case Level::trusted:
      return Decision::allow;
    case Level::revoked:
      return Decision::refuse;
    case Level::tofu:
      return trusts_on_sight ? Decision::allow : Decision::undecided;
    case Level::undecided:
      return policy == Policy::blind && facts.sight_counts ? Decision::allow : Decision::undecided;
  }
  return Decision::refuse;
}

/// What happens to a message when some devices are not allowed.
enum class MessageRule {
  partial,  // it goes to the allowed ones
  hold,     // it waits until none is undecided
  refuse,   // it is refused while one is undecided
};

/// The decisions about the devices of one recipient, counted.
struct Tally {
  std::size_t allowed = 0, undecided = 0, refused = 0;

  constexpr void add(Decision decision) {
    if (decision == Decision::allow) ++allowed;
    if (decision == Decision::undecided) ++undecided;
    if (decision == Decision::refuse) ++refused;
  }
};

enum class Verdict { send, hold, refuse };

/// Revoked devices are left out under every rule: a person decided, nothing is open. A message that no device
/// may read is always held, never refused and never sent.
constexpr Verdict judge(MessageRule rule, Tally devices) {
  if (devices.allowed == 0) return Verdict::hold;
  if (devices.undecided == 0 || rule == MessageRule::partial) return Verdict::send;
  return rule == MessageRule::hold ? Verdict::hold : Verdict::refuse;
}

/// The words of the config, the command line and the ledger.
std::string_view name(Level level);
std::string_view name(Policy policy);
std::string_view name(Decision decision);
std::string_view name(MessageRule rule);
std::optional<Level> level_named(std::string_view text);
std::optional<Policy> policy_named(std::string_view text);
std::optional<MessageRule> message_rule_named(std::string_view text);

}  // namespace omegate::trust
