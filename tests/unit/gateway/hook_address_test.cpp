#include "bridge/gateway/http/hook_address.hpp"

#include <gmock/gmock.h>

namespace omegate::gateway {
namespace {

using testing::HasSubstr;

HookAddress address(std::string path, std::string body = {}) {
  return hook_address({"POST", std::move(path), {}, {}, std::move(body), {}});
}

TEST(HookAddress, FindsTheHookInAPath) {
  EXPECT_EQ(address("/hooks/alerts").path, "/alerts");
  EXPECT_FALSE(address("/hooks/alerts").expects_ntfy);
  EXPECT_EQ(address("/hooks/alerts/word/v2/send").path, "/alerts/word/v2/send");
  EXPECT_EQ(address("/alerts/").path, "/alerts");
  EXPECT_TRUE(address("/alerts").expects_ntfy);
  EXPECT_EQ(address("/hooksalerts").path, "/hooksalerts");
}

TEST(HookAddress, FindsNtfysTopicInTheBody) {
  EXPECT_EQ(address("/", R"({"topic":"alerts"})").path, "/alerts");
  EXPECT_EQ(address("/hooks", R"({"topic":"alerts"})").path, "/alerts");
  for (const char* body : {"", "{", "[]", "{}", R"({"topic":5})"})
    EXPECT_EQ(address("/", body).path, "") << body;
}

TEST(HookAddress, LeavesItToTheTokenWhereNoHookIsNamed) {
  EXPECT_EQ(address("/message").endpoint, "message");
  EXPECT_EQ(address("/hooks/v2/send").endpoint, "v2/send");
  EXPECT_EQ(address("/message").path, "");
}

TEST(HookAddress, TakesApartWhatFollows) {
  EXPECT_EQ(below_hook("")->word, "");
  EXPECT_EQ(below_hook("/word")->word, "word");
  EXPECT_EQ(below_hook("/message")->endpoint, "message");
  EXPECT_EQ(below_hook("/word/v2/send")->word, "word");
  EXPECT_EQ(below_hook("/word/v2/send")->endpoint, "v2/send");
  EXPECT_FALSE(below_hook("/word/other").has_value());
  EXPECT_FALSE(below_hook("/word/v2/send/more").has_value());
}

TEST(HookAddress, AnswersAsEachSenderExpects) {
  const std::string id = "0123456789abcdef01234567";
  const WallTime now = from_ms(1'790'000'000'123);
  const auto answer = [&](const HookAddress& to, const char* endpoint) {
    return hook_answer(to, endpoint, "/alerts", id, now);
  };
  EXPECT_EQ(answer({"/alerts"}, "").status, 202U);
  EXPECT_THAT(answer({"/alerts"}, "").body, HasSubstr(R"("ok":true)")) << "or Slack's senders see a refusal";
  EXPECT_EQ(answer({"/alerts", {}, true}, "").status, 200U);
  EXPECT_THAT(answer({"/alerts", {}, true}, "").body, HasSubstr(R"("topic":"alerts")"));
  EXPECT_EQ(answer({{}, "message"}, "message").status, 200U);
  EXPECT_THAT(answer({{}, "message"}, "message").body, HasSubstr(R"("date":"2026-09-21T14:13:20Z")"));
  EXPECT_EQ(answer({{}, "v2/send"}, "v2/send").status, 201U);
  EXPECT_THAT(answer({{}, "v2/send"}, "v2/send").body, HasSubstr(R"("timestamp":"1790000000123")"));
}

}  // namespace
}  // namespace omegate::gateway
