#include "bridge/gateway/log/log_budget.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {
namespace {

using namespace std::chrono_literals;
using Verdict = LogBudget::Verdict;

const LogBudget::Time start{};

TEST(LogBudget, IsForEachEventAndEachMinute) {
  LogBudget budget;
  for (int i = 1; i < max_lines_in_window; ++i) EXPECT_EQ(budget.ask("message.unread", start), Verdict::say);
  EXPECT_EQ(budget.ask("message.unread", start), Verdict::say_and_warn);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(budget.ask("message.unread", start + 59s), Verdict::leave_out);
  EXPECT_EQ(budget.ask("message.dropped", start), Verdict::say);
  EXPECT_EQ(budget.ask("message.unread", start + 60s), Verdict::say);
}

TEST(LogBudget, LeavesOutNothingThatOnlyWeCause) {
  LogBudget budget;
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(budget.ask("outbox.bounced", start), Verdict::say);
}

// case 171
TEST(LogBudget, AMillionBadMessagesAreAFewLinesOfTheLog) {
  set_up_log({});
  testing::internal::CaptureStderr();
  for (int i = 0; i < 1'000'000; ++i) log_warning("message.unread", {{"from", "mallory@example.com"}, {"i", i}});
  log_warning("outbox.bounced", {{"message", "still said"}});
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_LE(std::count(said.begin(), said.end(), '\n'), max_lines_in_window + 2) << "a second window may begin";
  EXPECT_THAT(said, testing::HasSubstr("log.left_out repeated=message.unread"));
  EXPECT_THAT(said, testing::HasSubstr("still said"));
}

}  // namespace
}  // namespace omegate::gateway
