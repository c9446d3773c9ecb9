// What the HTTP side promises to whoever calls it.
#include <algorithm>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/gateway/http/hook_proof.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

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
        std::string("Authorization: Bearer let me ou\r\n"), good + "x\r\n",
        "Authorization: Basic " + hook_token + "\r\n", "Authorization: " + hook_token + "\r\n",
        "X-Token: " + hook_token + "\r\n"}) {
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
  EXPECT_EQ(post(token, "/other").status, 404u);
  EXPECT_EQ(post(token, "/hooks/alerts/word/v3/send").status, 404u);
  EXPECT_EQ(rig.http("GET", "/hooks/alerts", token).status, 405u);
  EXPECT_EQ(rig.http("GET", "/health/live", {}).status, 200u);
  rig.until("it says that it is ready", [&] { return rig.http("GET", "/health/ready", {}).status == 200u; });
}

TEST_F(WebhookFlow, SendersOfPushServicesNeedOnlyTheAddress) {
  rig.start();
  const std::string token = "Authorization: Bearer " + hook_token + "\r\n";
  EXPECT_EQ(rig.http("POST", "/alerts", token + "Title: ntfy\r\n", "one").status, 200u);
  EXPECT_EQ(rig.http("PUT", "/", token, R"({"topic":"alerts","message":"two"})").status, 200u);
  EXPECT_EQ(rig.http("POST", "/message", "Content-Type: application/json\r\nX-Gotify-Key: " + hook_token + "\r\n",
                     R"({"message":"three"})").status, 200u);
  EXPECT_EQ(rig.http("POST", "/v2/send", token + "Content-Type: application/json\r\n",
                     R"({"message":"four","recipients":["+49"]})").status, 201u);
  EXPECT_EQ(rig.http("GET", "/v1/about", {}).status, 200u);
  for (const char* text : {"ntfy\none", "two", "three", "four"})
    rig.until(std::string("alice reads ") + text, [&] { return alice.times_heard(text) == 1; });
}

TEST_F(WebhookFlow, WhatIsNotUtf8IsReadByItsLettersAndWhatIsPackedRefused) {
  rig.start();
  const std::string token = "Authorization: Bearer " + hook_token + "\r\n";
  EXPECT_EQ(rig.http("POST", "/hooks/alerts", token, "Gr\xF6\xDF" "e").status, 202u);
  rig.until("alice reads it", [&] { return alice.times_heard("Gr\u00f6\u00dfe") == 1; });
  const Answer packed = rig.http("POST", "/hooks/alerts", token + "Content-Encoding: gzip\r\n", "\x1F\x8B");
  EXPECT_EQ(packed.status, 415u);
  EXPECT_THAT(packed.body, HasSubstr("Content-Encoding"));
}

TEST_F(WebhookFlow, BitbucketsSignatureOpensItAndOneOfSha1DoesNot) {
  rig.start();
  const auto signature = [](crypto::Hash hash) { return crypto::to_hex(crypto::hmac(hash, as_bytes(hook_token), as_bytes("text"))); };
  EXPECT_EQ(post("X-Hub-Signature: sha256=" + signature(crypto::Hash::sha256) + "\r\n").status, 202u);
  EXPECT_EQ(post("X-Hub-Signature: sha256=" + signature(crypto::Hash::sha512) + "\r\n").status, 401u);
  EXPECT_EQ(post("X-Hub-Signature: sha1=" + signature(crypto::Hash::sha256) + "\r\n").status, 401u);
}

TEST_F(WebhookFlow, WithoutTheTokenNoPathLeadsIn) {
  rig.start();
  for (const char* path : {"/alerts", "/message", "/v2/send", "/hooks/alerts/message", "/hooks/alerts/0123456789abcdef"})
    EXPECT_EQ(rig.http("POST", path, "X-Gotify-Key: wrong\r\n", "text").status, 401u) << path;
  EXPECT_EQ(rig.http("GET", "/message?token=wrong", {}).status, 401u);
  EXPECT_THAT(rig.outbox(), IsEmpty());
}

TEST_F(WebhookFlow, TheHooksAddressOpensItWithoutAHeader) {
  rig.start();
  const std::string word = gateway::url_word(hook_token, "/alerts");
  EXPECT_EQ(post({}, "/hooks/alerts/" + word).status, 202u);
  EXPECT_EQ(rig.http("GET", "/hooks/alerts/" + word, {}).status, 405u) << "a preview of the link sends nothing";
}

// case 183
TEST_F(WebhookFlow, ARecordedSignedRequestSendsNothingTwice) {
  rig.start();
  const Bytes mac = crypto::hmac(crypto::Hash::sha256, as_bytes(hook_token), as_bytes("text"));
  const std::string signature = "X-Hub-Signature-256: sha256=" + crypto::to_hex(mac) + "\r\n";
  const Answer first = post(signature);
  EXPECT_EQ(first.status, 202u);
  EXPECT_EQ(post(signature + "Idempotency-Key: another\r\n").body, first.body);
  rig.hook("last");
  rig.until("alice has read the last", [&] { return alice.times_heard("last") == 1; });
  EXPECT_EQ(alice.times_heard("text"), 1u);
}

TEST_F(WebhookFlow, WhatCameCanBeLookedAtTriedAndHadAgain) {
  rig.start();
  const Bytes mac = crypto::hmac(crypto::Hash::sha256, as_bytes(hook_token), as_bytes("text"));
  const std::string signature = crypto::to_hex(mac);
  EXPECT_EQ(post("X-Hub-Signature-256: sha256=" + signature + "\r\nX-Sender: nas\r\n").status, 202u);
  EXPECT_EQ(post("X-Hub-Signature-256: sha256=" + signature + "\r\n").status, 202u);
  EXPECT_EQ(post("Authorization: Bearer wrong\r\n").status, 401u);
  const json::value log = rig.ask("hook.log", {{"hook", "alerts"}});
  ASSERT_EQ(log.at("rows").as_array().size(), 2u) << "nothing of whom we do not know";
  EXPECT_EQ(log.at("rows").at(0).at("result").as_string(), "repeated");
  EXPECT_EQ(log.at("rows").at(1).at("result").as_string(), "accepted");
  const json::value id = log.at("rows").at(1).at("id");
  const json::value shown = rig.ask("hook.show", {{"id", id}});
  EXPECT_EQ(shown.at("body").as_string(), "text");
  EXPECT_EQ(shown.at("headers").at("x-sender").as_string(), "nas");
  EXPECT_THAT(json::serialize(shown), Not(HasSubstr(signature)));

  const json::value tried = rig.ask("hook.dry-run", {{"id", id}});
  EXPECT_EQ(tried.at("outcome").as_string(), "done");
  EXPECT_EQ(tried.at("messages").at(0).at("text").as_string(), "text");
  const json::value other = rig.ask("hook.dry-run", {{"hook", "alerts"}, {"body", R"({"title":"a","text":"b"})"}});
  EXPECT_EQ(other.at("messages").at(0).at("text").as_string(), "a\nb");
  EXPECT_EQ(rig.ask("hook.dry-run", {{"hook", "alerts"}, {"body", " "}}).at("outcome").as_string(), "refused");

  rig.ask("hook.replay", {{"id", id}});
  rig.until("alice has read it again", [&] { return alice.times_heard("text") == 2; });
  EXPECT_EQ(alice.times_heard("a\nb"), 0u) << "what was tried is not sent";
}

TEST_F(WebhookFlow, WhoWantsNoneOfItKeptHasNoneOfItKept) {
  rig.settings.http->log_requests = 0;
  rig.start();
  rig.hook("text");
  rig.until("alice has read it", [&] { return alice.times_heard("text") == 1; });
  EXPECT_THAT(rig.ask("hook.log", {}).at("rows").as_array(), IsEmpty());
}

TEST_F(WebhookFlow, AnOldAddressWorksAsLongAsItWasPromised) {
  rig.settings.accounts[0].admins = {alice_jid};
  rig.start();
  const auto address = [](const json::value& row) {
    const std::string url(row.at("url").as_string());
    return url.substr(url.find("/hooks/"));
  };
  const std::string first = address(rig.ask("hook.url", {{"hook", "alerts"}}));
  EXPECT_EQ(first, "/hooks/alerts/" + gateway::url_word(hook_token, "/alerts"));
  constexpr std::int64_t hour = 3'600'000, day = 24 * hour;
  const json::value rotated = rig.ask("hook.rotate", {{"hook", "alerts"}, {"grace_ms", hour}, {"expires_in_ms", 8 * day}});
  const std::string second = address(rotated);
  EXPECT_NE(first, second);
  EXPECT_EQ(post({}, first).status, 202u);
  EXPECT_EQ(post({}, second).status, 202u);
  rig.advance(std::chrono::milliseconds(hour));
  EXPECT_EQ(post({}, first).status, 401u);
  EXPECT_EQ(post({}, second).status, 202u);
  rig.advance(std::chrono::milliseconds(2 * day));
  rig.restart();  // looks through at the start, and each hour
  rig.until("the admin hears in time", [&] {
    return std::ranges::any_of(alice.heard(), [](const std::string& text) {
      return text.find("address of the hook alerts expires within 6 days") != std::string::npos;
    });
  });
  rig.advance(std::chrono::milliseconds(6 * day));
  EXPECT_EQ(post({}, second).status, 401u);
  EXPECT_EQ(post("Authorization: Bearer " + hook_token + "\r\n").status, 202u) << "the token is another thing";
  EXPECT_TRUE(rig.ask("hook.url", {{"hook", "alerts"}}).at("expired").as_bool());
}

TEST_F(WebhookFlow, ItIsNotReadyWhileTheBotIsOffline) {
  rig.xmpp.stop();
  rig.begin();
  const Answer answer = rig.http("GET", "/health/ready", {});
  EXPECT_EQ(answer.status, 503u);
  EXPECT_THAT(answer.body, HasSubstr("bot is not online"));
}

TEST_F(WebhookFlow, TheSameIdempotencyKeyIsOneMessageOverARestartToo) {
  rig.start();
  const Answer first = rig.hook("once", "key");
  EXPECT_EQ(rig.hook("once", "key").body, first.body);
  rig.restart();
  const Answer second = rig.hook("once", "key");
  EXPECT_EQ(second.status, 202u);
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
  rig.xmpp.acknowledges = false;  // nothing of what is written may be wiped
  rig.start();
  Answer answer;
  int taken = 0;
  for (; taken < 100; ++taken) {
    answer = rig.hook(std::string(40'000, 'x'));
    if (answer.status != 202) break;
  }
  EXPECT_EQ(answer.status, 507u) << answer.body;
  rig.stop();
  rig.max_pages = 0;
  rig.xmpp.acknowledges = true;
  rig.start();  // somebody made room: everything that was accepted arrives
  rig.advance(2h);
  rig.until("alice has read all of them",
            [&] { return alice.heard().size() == static_cast<std::size_t>(taken); });
}

/// A disk that fills up while the gateway runs, and is made room on.
struct FullDisk : testing::Test {
  FullDisk() {
    rig.max_pages = 400;
    rig.start();
    alice.say("ping");
    rig.until("alice and the bot know each other", [&] { return alice.times_heard("pong") == 1; });
    rig.until("nothing is under way", [&] { return rig.xmpp.unacknowledged() == 0; });
  }

  void fill() {
    for (const std::size_t size : {60'000u, 6'000u, 600u, 60u}) {
      try {
        for (;; ++ballast) {
          const Bytes value(size, Byte{1});
          rig.store().run([&](store::Tables& t) { t.kv.put("test", std::to_string(ballast), value); });
        }
      } catch (const store::DiskFull&) {  // as meant
      }
    }
  }
  void make_room() {
    rig.store().run([&](store::Tables& t) {
      for (int i = 0; i < ballast; ++i) t.kv.erase("test", std::to_string(i));
    });
  }

  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::legacy}};
  int ballast = 0;
};

// case 143
TEST_F(FullDisk, AMessageThatCannotBeStoredStaysWithTheServerUntilThereIsRoom) {
  fill();
  testing::internal::CaptureStderr();
  const int before = rig.xmpp.connections();
  const std::string kept(20'000, 'k');  // needs pages of its own
  alice.say("echo " + kept);
  rig.until("it is tried again", [&] { return rig.xmpp.connections() > before + 2; });
  EXPECT_GT(rig.xmpp.unacknowledged(), 0u);
  EXPECT_EQ(alice.times_heard(kept), 0u);
  make_room();
  rig.until("it is answered without anybody's help", [&] { return alice.times_heard(kept) == 1; });
  rig.until("all is acknowledged", [&] { return rig.xmpp.unacknowledged() == 0; });
  EXPECT_EQ(alice.repetitions(), 0);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("error store.full account=bot@example.org"));
  EXPECT_THAT(log, testing::Not(HasSubstr("account.lost")));
}

}  // namespace
}  // namespace omegate::flow
