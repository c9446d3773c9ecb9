#include "bridge/core/trust/atm.hpp"

#include "bridge/core/trust/limits.hpp"

namespace omegate::trust {

namespace {

bool decided_by_person(const KnownKey* known) {
  return known && known->decided_by_person && !known->changed_by.starts_with(atm_actor);
}

}  // namespace

bool may_speak(std::string_view account, const Statement& statement) {
  if (statement.key == statement.sender_key) return false;
  return statement.sender == account || statement.sender == statement.owner;
}

Weight weigh(const View& view, std::string_view account, const Statement& statement,
             const std::optional<WallTime>& newest) {
  if (!may_speak(account, statement)) return Weight::ignored;
  if (newest && statement.said <= *newest) return Weight::ignored;  // old, or said again by somebody else
  if (decided_by_person(view.find(account, statement.owner, statement.key))) return Weight::ignored;
  switch (view.level(account, statement.sender, statement.sender_key)) {
    case Level::verified:
      return Weight::counts;
    case Level::revoked:
      return Weight::ignored;
    case Level::undecided:
    case Level::tofu:
    case Level::trusted:
      return Weight::waits;
  }
  return Weight::ignored;
}

Entry entry_of(std::string_view account, const Statement& statement) {
  Entry entry;
  entry.actor = std::string(atm_actor) + statement.sender;
  entry.account = account;
  entry.peer = statement.owner;
  entry.key = statement.key;
  entry.fact = statement.trusts ? Fact::verified : Fact::revoked;
  entry.reason = "said by the device with key " + fingerprint(statement.sender_key).substr(0, 16);
  return entry;
}

}  // namespace omegate::trust
