// The JSON of requests: what two programs could read differently is refused.
#include "bridge/gateway/api/body.hpp"

#include <gtest/gtest.h>

#include "bridge/gateway/api/address.hpp"
#include "bridge/gateway/api/problem.hpp"
#include "bridge/gateway/api/send_limit.hpp"

namespace omegate::gateway::api {
namespace {

using namespace std::chrono_literals;

/// The name of the problem; empty: none.
template <class Read>
std::string problem_of(Read read) {
  try {
    read();
  } catch (const Refusal& refusal) {
    EXPECT_EQ(refusal.problem().status, 400u);
    EXPECT_FALSE(refusal.problem().where.empty());
    EXPECT_FALSE(refusal.problem().expected.empty());
    return refusal.problem().name;
  }
  return {};
}

std::string read_text(const std::string& body) {
  return problem_of([&] {
    const auto object = parse_body(body);
    Members members(object, "body");
    members.optional_text("text");
    members.finish();
  });
}

// case 182
TEST(ApiBody, RefusesWhatTwoProgramsCouldReadDifferently) {
  EXPECT_EQ(read_text(R"({"text": "fine \u00fc \ud83e\udd80 : \" {"})"), "");
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(read_text(R"({"text": )" + deep + "}"), "bad-json");
  EXPECT_EQ(read_text(R"({"text": "a", "text": "b"})"), "bad-json");
  EXPECT_EQ(read_text(R"({"text": "a", "t\u0065xt": "b"})"), "bad-json");
  EXPECT_EQ(read_text(R"({"x": {"a": 1, "a": 2}})"), "bad-json");
  EXPECT_EQ(read_text("{\"text\": \"\xff\xfe\"}"), "bad-json");
  EXPECT_EQ(read_text("{\"text\": \"\xc0\xaf\"}"), "bad-json");
  EXPECT_EQ(read_text(R"({"text": "\ud800"})"), "bad-json");
  EXPECT_EQ(read_text(R"({"text": "a\u0000b"})"), "bad-text");
  EXPECT_EQ(read_text(R"({"text": "a\u001bb"})"), "bad-text");
  EXPECT_EQ(read_text(R"({"text": "\uffff"})"), "bad-text");
  EXPECT_EQ(read_text(std::string("{\"text\": \"a\0b\"}", 15)), "bad-json");
  EXPECT_EQ(read_text(R"({"text": 1e400})"), "wrong-member");
  EXPECT_EQ(read_text(R"({"text": null})"), "wrong-member");
  EXPECT_EQ(read_text(R"({"txet": "a"})"), "unknown-member");
  EXPECT_EQ(read_text(R"(["text"])"), "bad-json");
  EXPECT_EQ(read_text(""), "bad-json");
  EXPECT_EQ(read_text(R"({"text": "a"} x)"), "bad-json");
}

TEST(ApiBody, NumbersAreWholeAndWithinTheirBounds) {
  const auto number = [](const std::string& value) {
    return problem_of([&] {
      const auto object = parse_body(R"({"n": )" + value + "}");
      Members(object, "body").number("n", 1, 100);
    });
  };
  EXPECT_EQ(number("100"), "");
  for (const char* const wrong : {"0", "101", "1.5", "1e2", "1e400", "99999999999999999999", "\"1\"", "true"})
    EXPECT_EQ(number(wrong), "wrong-member") << wrong;
}

TEST(ApiBody, AProblemNamesThePlaceInside) {
  try {
    const auto object = parse_body(R"({"reply_to": {"id": 5}})");
    Members body(object, "body");
    body.object("reply_to")->optional_text("id");
    FAIL() << "a number is no text";
  } catch (const Refusal& refusal) {
    EXPECT_EQ(refusal.problem().where, "body /reply_to/id");
  }
}

TEST(ApiAddress, MatchesWholePathsAndDecodesNames) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(match_path("/v1/messages/{id}", "/v1/messages/m-1"), Names{"m-1"});
  EXPECT_EQ(match_path("/v1/contacts/{jid}/keys", "/v1/contacts/a%40b.c/keys"), Names{"a@b.c"});
  EXPECT_EQ(match_path("/v1/messages/{id}", "/v1/messages/a%2Fb"), Names{"a/b"});
  for (const char* const other : {"/v1/messages", "/v1/messages/", "/v1/messages/a/b", "/v1/Messages/a", "/v1/messages/%",
                                  "/v1/messages/%zz", "/v1/messages/%00", "/v1/messages/%ff", "/v1//messages/a"})
    EXPECT_FALSE(match_path("/v1/messages/{id}", other)) << other;
}

TEST(ApiAddress, AQueryHasNothingThatNobodyAskedFor) {
  const auto read = [](const std::string& query) { return problem_of([&] { read_query(query, {"after", "wait"}); }); };
  EXPECT_EQ(read_query("after=1%2D2&wait=3", {"after", "wait"}).at("after"), "1-2");
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("wiat=3"), "unknown-parameter");
  EXPECT_EQ(read("wait=3&wait=4"), "bad-parameter");
  EXPECT_EQ(read("wait=%f"), "bad-parameter");
}

TEST(SendLimit, GivesBackWithTime) {
  SendLimit limit(60);
  const SendLimit::Time start{1h};
  for (int i = 0; i < 60; ++i) EXPECT_FALSE(limit.take(start));
  EXPECT_EQ(limit.take(start), 2s);
  EXPECT_FALSE(limit.take(start + 1100ms));
  EXPECT_TRUE(limit.take(start + 1100ms));
}

}  // namespace
}  // namespace omegate::gateway::api
