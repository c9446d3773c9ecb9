// What the HTTP side promises to whoever calls it.
#include "tests/flow/rig.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct WebhookFlow : testing::Test {
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::legacy}};

  Answer post(const std::string& headers, const std::string& path = "/hooks/alerts") {
    return rig.http("POST", path, headers, "text");
  }
};

TEST_F(WebhookFlow, OnlyItsOwnTokenOpensAHook) {
  rig.start();
  const std::string good = "Authorization: Bearer " + hook_token;
  for (const std::string& headers :
       {std::string(), std::string("Authorization: Bearer\r\n"), std::string("Authorization: Bearer \r\n"),
        std::string("Authorization: Bearer let me ou\r\n"), good + "x\r\n", "Authorization: Basic " + hook_token + "\r\n",
        "Authorization: " + hook_token + "\r\n", "X-Token: " + hook_token + "\r\n"}) {
    EXPECT_EQ(post(headers).status, 401u) << headers;
  }
  EXPECT_THAT(rig.outbox(), IsEmpty());
  EXPECT_EQ(post(good + "\r\n").status, 202u);
  EXPECT_EQ(post("authorization: bearer " + hook_token + "\r\n").status, 202u);
}

TEST_F(WebhookFlow, WhatIsNoHookIsNotTaken) {
  rig.start();
  const std::string token = "Authorization: Bearer " + hook_token + "\r\n";
  EXPECT_EQ(post(token, "/hooks/other").status, 404u);
  EXPECT_EQ(post(token, "/alerts").status, 404u);
  EXPECT_EQ(rig.http("GET", "/hooks/alerts", token).status, 405u);
  EXPECT_EQ(rig.http("GET", "/healthz", {}).status, 200u);
  EXPECT_EQ(rig.http("GET", "/readyz", {}).status, 200u);
}

TEST_F(WebhookFlow, ItIsNotReadyWhileTheBotIsOffline) {
  rig.xmpp.stop();
  rig.begin();
  const Answer answer = rig.http("GET", "/readyz", {});
  EXPECT_EQ(answer.status, 503u);
  EXPECT_THAT(answer.body, HasSubstr("bot is not online"));
}

TEST_F(WebhookFlow, AnIdempotencyKeyOutlivesARestart) {
  rig.start();
  const Answer first = rig.hook("once", "key");
  rig.restart();
  const Answer second = rig.hook("once", "key");
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(rig.hook("something else", "key").status, 409u);
  rig.hook("last");
  rig.until("alice has read the last", [&] { return alice.times_heard("last") == 1; });
  EXPECT_THAT(alice.heard(), ElementsAre("once", "last"));
}

TEST_F(WebhookFlow, TwoKeysAreTwoMessages) {
  rig.start();
  rig.hook("same", "one");
  rig.hook("same", "two");
  rig.until("alice has read both", [&] { return alice.times_heard("same") == 2; });
}

TEST_F(WebhookFlow, AKeyThatIsTooLongIsRefusedAndNotCut) {
  rig.start();
  EXPECT_EQ(rig.hook("text", std::string(255, 'k')).status, 202u);
  EXPECT_EQ(rig.hook("text", std::string(256, 'k')).status, 400u);
}

TEST_F(WebhookFlow, AFullDiskIsSaidAndNothingIsPromised) {
  rig.start();
  rig.stop();
  rig.max_pages = 160;
  rig.start();
  Answer answer;
  int taken = 0;
  for (; taken < 100; ++taken) {
    answer = rig.hook(std::string(60'000, 'x'));
    if (answer.status != 202) break;
  }
  EXPECT_EQ(answer.status, 507u) << answer.body;
  rig.stop();
  rig.max_pages = 0;
  rig.start();  // somebody made room: everything that was accepted arrives
  rig.advance(2h);
  rig.until("alice has read all of them", [&] { return alice.heard().size() == static_cast<std::size_t>(taken); });
}

}  // namespace
}  // namespace omegate::flow
