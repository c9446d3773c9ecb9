#include "bridge/core/trust/policy.hpp"

#include <gtest/gtest.h>

namespace omegate::trust {
namespace {

constexpr Facts sighted{Level::undecided, true}, unsighted{Level::undecided, false};

// A key nobody decided about.
static_assert(decide(Policy::manual, sighted) == Decision::undecided);
static_assert(decide(Policy::configured, sighted) == Decision::undecided);
static_assert(decide(Policy::tofu, sighted) == Decision::undecided);
static_assert(decide(Policy::blind, sighted) == Decision::allow);
static_assert(decide(Policy::blind, unsighted) == Decision::undecided);

// What a policy let in counts while it is in force.
static_assert(decide(Policy::tofu, {Level::tofu, true}) == Decision::allow);
static_assert(decide(Policy::blind, {Level::tofu, false}) == Decision::allow);
static_assert(decide(Policy::manual, {Level::tofu, true}) == Decision::undecided);
static_assert(decide(Policy::configured, {Level::tofu, true}) == Decision::undecided);

// What a person said counts under every policy.
constexpr bool holds_everywhere(Level level, Decision decision) {
  for (const Policy policy : {Policy::manual, Policy::configured, Policy::tofu, Policy::blind})
    for (const bool sight : {false, true})
      if (decide(policy, {level, sight}) != decision) return false;
  return true;
}
static_assert(holds_everywhere(Level::trusted, Decision::allow));
static_assert(holds_everywhere(Level::verified, Decision::allow));
static_assert(holds_everywhere(Level::revoked, Decision::refuse));

// A message nobody may read is held under every rule.
static_assert(judge(MessageRule::partial, {0, 0, 0}) == Verdict::hold);
static_assert(judge(MessageRule::hold, {0, 2, 0}) == Verdict::hold);
static_assert(judge(MessageRule::refuse, {0, 1, 1}) == Verdict::hold);

static_assert(judge(MessageRule::partial, {1, 1, 1}) == Verdict::send);
static_assert(judge(MessageRule::hold, {1, 1, 0}) == Verdict::hold);
static_assert(judge(MessageRule::refuse, {1, 1, 0}) == Verdict::refuse);

// Revoked devices hold nothing up.
static_assert(judge(MessageRule::hold, {1, 0, 1}) == Verdict::send);
static_assert(judge(MessageRule::refuse, {1, 0, 1}) == Verdict::send);

TEST(Policy, HasNamesThatReadBack) {
  for (const Policy policy : {Policy::manual, Policy::configured, Policy::tofu, Policy::blind})
    EXPECT_EQ(policy_named(name(policy)), policy);
  for (const Level level : {Level::undecided, Level::tofu, Level::trusted, Level::verified, Level::revoked})
    EXPECT_EQ(level_named(name(level)), level);
  for (const MessageRule rule : {MessageRule::partial, MessageRule::hold, MessageRule::refuse})
    EXPECT_EQ(message_rule_named(name(rule)), rule);
  EXPECT_FALSE(policy_named("Blind"));
  EXPECT_FALSE(policy_named(""));
}

TEST(Tally, CountsEachDecision) {
  Tally tally;
  for (const Decision decision : {Decision::allow, Decision::allow, Decision::undecided, Decision::refuse})
    tally.add(decision);
  EXPECT_EQ(tally.allowed, 2u);
  EXPECT_EQ(tally.undecided, 1u);
  EXPECT_EQ(tally.refused, 1u);
}

}  // namespace
}  // namespace omegate::trust
