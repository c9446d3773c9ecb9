// What is kept of requests to hooks, and no more than that.
#include "bridge/gateway/http/hook_log.hpp"

#include <gmock/gmock.h>

#include "bridge/gateway/http/hook_proof.hpp"
#include "bridge/gateway/http/hook_urls.hpp"
#include "tests/support/party.hpp"

namespace omegate::gateway::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct HookLogTest : testing::Test {
  Party bot{"bot@example.org", trust::Policy::blind};
  HookLogRoom room{3, 100, 24h};

  std::int64_t add(const std::string& payload, const std::string& hook = "/alerts", WallTime now = noon) {
    return bot.run([&](store::Tables& t) {
      return HookLog(t, now).add({0, hook, "webhook", "accepted", now, 0, payload}, room);
    });
  }
  std::vector<std::int64_t> kept(const std::string& hook = {}, WallTime now = noon) {
    std::vector<std::int64_t> ids;
    for (const auto& row : bot.run([&](store::Tables& t) { return HookLog(t, now).list(hook, 100); }))
      ids.push_back(row.id);
    return ids;
  }
  std::optional<LoggedRequest> find(std::int64_t id, WallTime now = noon) {
    return bot.run([&](store::Tables& t) { return HookLog(t, now).find(id); });
  }
};

TEST_F(HookLogTest, HasWhatItWasGiven) {
  const auto id = add("the payload \xf0\x9f\xa6\x80");
  const auto row = find(id);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->payload, "the payload \xf0\x9f\xa6\x80");
  EXPECT_EQ(row->hook, "/alerts");
  EXPECT_EQ(row->result, "accepted");
  EXPECT_FALSE(find(id + 1));
}

TEST_F(HookLogTest, KeepsTheNewestOfEachHook) {
  for (const char* payload : {"1", "2", "3", "4"}) add(payload);
  add("other", "/other");
  EXPECT_THAT(kept("/alerts"), ElementsAre(4, 3, 2));
  EXPECT_THAT(kept(), ElementsAre(5, 4, 3, 2));
  EXPECT_FALSE(find(1));
}

TEST_F(HookLogTest, KeepsNoMoreThanItsRoom) {
  add(std::string(60, 'a'));
  add(std::string(60, 'b'));
  EXPECT_THAT(kept(), ElementsAre(2));
  EXPECT_EQ(add(std::string(101, 'c')), 0) << "larger than all of it";
  EXPECT_THAT(kept(), ElementsAre(2));
  room.requests = 0;
  EXPECT_EQ(add("d"), 0) << "nothing is to be kept";
}

TEST_F(HookLogTest, ForgetsWhatIsOld) {
  add("old");
  add("young", "/alerts", noon + 23h);
  EXPECT_THAT(kept({}, noon + 24h), ElementsAre(2));
  EXPECT_FALSE(find(1, noon + 24h));
  EXPECT_THAT(kept({}, noon + 47h), ElementsAre());
}

TEST(HookUrls, ANewAddressIsAnotherOneAndTheOldOneEnds) {
  const HookUrl first;
  EXPECT_EQ(hook_words("secret", "/a", first, noon).now, url_word("secret", "/a"));
  EXPECT_EQ(hook_words("secret", "/a", first, noon).previous, "");
  const HookUrl second = next_url(first, noon, 1h, 48h);
  const auto words = [&](const HookUrl& url, WallTime now) { return hook_words("secret", "/a", url, now); };
  EXPECT_EQ(words(second, noon).previous, url_word("secret", "/a"));
  EXPECT_NE(words(second, noon).now, url_word("secret", "/a"));
  EXPECT_EQ(words(second, noon + 1h).previous, "");
  EXPECT_EQ(words(second, noon + 48h).now, "");
  EXPECT_FALSE(next_url(second, noon + 48h, 1h, std::nullopt).previous_until) << "what is over stays over";
  EXPECT_FALSE(next_url(second, noon, 0h, std::nullopt).previous_until) << "at once";
  EXPECT_NE(url_word("secret", "/a", 1), url_word("secret", "/a", 11));
  EXPECT_NE(url_word("secret", "/a\n1"), url_word("other", "/a", 1));
}

TEST(HookProofHeaders, WhatMayBeSecretIsKeptFromEverybody) {
  for (const char* name : {"authorization", "cookie", "x-gotify-key", "x-gitlab-token", "x-hub-signature-256",
                           "webhook-signature", "x-api-key", "x-auth-token", "x-shared-secret"})
    EXPECT_TRUE(is_secret_header(name)) << name;
  for (const char* name : {"content-type", "x-title", "x-github-event", "idempotency-key", "webhook-id", "x-event-key"})
    EXPECT_FALSE(is_secret_header(name)) << name;
}

}  // namespace
}  // namespace omegate::gateway::test
