#include "bridge/core/trust/explain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace omegate::trust {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* bot = "bot@example.org";
constexpr const char* juliet = "juliet@example.org";

crypto::PublicKey key(Byte fill) {
  crypto::PublicKey made;
  made.fill(fill);
  return made;
}

struct Explained : testing::Test {
  std::vector<Entry> entries;

  void say(Fact fact, Byte fill = 1, std::string peer = juliet, std::string value = {}) {
    Entry entry;
    entry.seq = entries.size() + 1;
    entry.actor = "cli:root";
    entry.account = bot;
    entry.peer = std::move(peer);
    entry.device = fill;
    if (fact != Fact::policy) entry.key = key(fill);
    entry.fact = fact;
    entry.value = std::move(value);
    entries.push_back(std::move(entry));
  }
  std::vector<Step> steps(Byte fill = 1) { return explain(entries, bot, juliet, key(fill)); }
};

TEST_F(Explained, NamesTheRowsThatMadeTheDecision) {
  say(Fact::policy, 0, "", "tofu");
  say(Fact::seen);
  say(Fact::tofu, 1, juliet, "first message");
  say(Fact::seen, 2);
  say(Fact::policy, 0, juliet, "manual");
  say(Fact::revoked);
  const auto found = steps();
  ASSERT_THAT(found, SizeIs(5));
  EXPECT_EQ(found[0].entry.seq, 1u);
  EXPECT_EQ(found[2].decision, Decision::allow);
  EXPECT_EQ(found[2].level, Level::tofu);
  EXPECT_EQ(found[3].entry.seq, 5u) << "the policy took it back";
  EXPECT_EQ(found[3].decision, Decision::undecided);
  EXPECT_EQ(found[4].decision, Decision::refuse);
  EXPECT_THAT(found[4].because, HasSubstr("cli:root does not want it"));
}

TEST_F(Explained, LeavesOthersOut) {
  say(Fact::trusted, 1, "romeo@example.org");
  say(Fact::trusted, 2);
  EXPECT_THAT(steps(), IsEmpty());
}

// A key that was verified ends blind trust for keys that come after it.
TEST_F(Explained, SaysWhyANewKeyWaitsUnderBlind) {
  say(Fact::policy, 0, "", "blind");
  say(Fact::seen, 2);
  say(Fact::verified, 2);
  say(Fact::seen, 1);
  const auto found = steps();
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.back().decision, Decision::undecided);
  EXPECT_THAT(found.back().because, HasSubstr("a new key waits even under blind"));
}

TEST_F(Explained, TheLastStepIsWhatTheViewDecides) {
  View view;
  say(Fact::policy, 0, "example.org", "blind");
  say(Fact::seen);
  say(Fact::undecided);
  say(Fact::trusted);
  for (const Entry& entry : entries) {
    view.apply(entry);
    const std::vector<Entry> so_far(entries.begin(),
                                    entries.begin() + static_cast<std::ptrdiff_t>(entry.seq));
    const auto found = explain(so_far, bot, juliet, key(1));
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found.back().decision, view.decide(bot, juliet, key(1))) << entry.seq;
  }
}

TEST_F(Explained, AnyRuleIsASentence) {
  for (const Policy policy : {Policy::manual, Policy::configured, Policy::tofu, Policy::blind})
    for (const Level level : {Level::undecided, Level::tofu, Level::trusted, Level::verified, Level::revoked})
      for (const bool counts : {true, false}) EXPECT_GT(rule(policy, {level, counts}).size(), 20u);
}

}  // namespace
}  // namespace omegate::trust
