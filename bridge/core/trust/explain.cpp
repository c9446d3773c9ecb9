#include "bridge/core/trust/explain.hpp"

namespace omegate::trust {

namespace {

std::string about_entry(const Entry& entry) {
  switch (entry.fact) {
    case Fact::seen:
      return "the key was first seen on device " + std::to_string(entry.device);
    case Fact::changed_key:
      return "device " + std::to_string(entry.device) + " showed this key in the place of another";
    case Fact::tofu:
      return "let in at the first contact (" + entry.value + ")";
    case Fact::trusted:
      return entry.actor + " trusted it";
    case Fact::verified:
      return entry.actor + " compared or scanned it";
    case Fact::revoked:
      return entry.actor + " does not want it";
    case Fact::undecided:
      return entry.actor + " took a decision back";
    case Fact::policy:
      return entry.value.empty() ? entry.actor + " left the policy to the broader one"
                                 : entry.actor + " set the policy " + entry.value + " for " +
                                       (entry.peer.empty() ? "the account" : entry.peer);
    case Fact::device_gone:
      return "device " + std::to_string(entry.device) + " left the list; this changes no decision";
    case Fact::device_back:
      return "device " + std::to_string(entry.device) + " is listed again; this changes no decision";
    case Fact::set_aside:
      return entry.actor + " set its device aside as dead";
    case Fact::taken_back:
      return entry.actor == "gateway" ? "its device, which had been set aside, wrote again"
                                      : entry.actor + " took back that its device had been set aside";
    case Fact::approval:
      return "it approved the request " + entry.value + "; this changes no decision";
    case Fact::own_key:
    case Fact::restored:
    case Fact::signing_key:
    case Fact::forgot:
    case Fact::forgotten:
      break;
  }
  return std::string(name(entry.fact));
}

bool has_device(const KnownKey* known, std::uint32_t device) {
  if (!known) return false;
  for (const std::uint32_t each : known->devices)
    if (each == device) return true;
  return false;
}

}  // namespace

std::string rule(Policy policy, Facts facts) {
  if (facts.aside) return "a key whose device was set aside is not used until it writes again";
  const std::string under = "under the policy " + std::string(name(policy)) + " ";
  switch (facts.key) {
    case Level::verified:
      return "a verified key is used under every policy";
    case Level::trusted:
      return "a trusted key is used under every policy";
    case Level::revoked:
      return "a revoked key is used under no policy";
    case Level::tofu:
      return decide(policy, facts) == Decision::allow
                 ? under + "a key that was let in at the first contact is used"
                 : under + "a key that was let in at the first contact waits for a person";
    case Level::undecided:
      if (decide(policy, facts) == Decision::allow) return under + "every key is used until somebody decides";
      return policy == Policy::blind
                 ? "a person has decided about keys of this contact, so that a new key waits even under blind"
                 : under + "a key that nobody decided about waits for a person";
  }
  return {};
}

std::vector<Step> explain(std::span<const Entry> entries, std::string_view account, std::string_view peer,
                          const crypto::PublicKey& key) {
  View view;
  std::vector<Step> steps;
  const auto now = [&](const Entry& entry) {
    const Facts facts = view.facts(account, peer, key);
    const Policy policy = view.policy(account, peer);
    return Step{entry, facts.key, policy, decide(policy, facts), {}};
  };
  Step before = now({});
  for (const Entry& entry : entries) {
    if (entry.account != account) continue;
    view.apply(entry);
    Step after = now(entry);
    const bool of_device = (entry.fact == Fact::device_gone || entry.fact == Fact::device_back) &&
                           has_device(view.find(account, peer, key), entry.device);
    const bool about_it = entry.peer == peer && (entry.key == key || of_device);
    const bool changed = after.decision != before.decision || after.policy != before.policy;
    before = after;
    if (!about_it && !changed) continue;
    after.because = about_entry(entry) + "; " + rule(after.policy, view.facts(account, peer, key));
    steps.push_back(std::move(after));
  }
  return steps;
}

}  // namespace omegate::trust
