#include "bridge/gateway/http/hook_proof.hpp"

#include <gmock/gmock.h>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"

namespace omegate::gateway {
namespace {

using testing::HasSubstr;

const std::string secret = "It's a Secret to Everybody";
const WallTime noon = from_ms(1'614'265'330'000);

http::Request request(std::vector<std::pair<std::string, std::string>> headers,
                      std::string body = "Hello, World!", std::string query = {}) {
  return {"POST", "/hooks/a", std::move(query), std::move(headers), std::move(body), "127.0.0.1"};
}

HookProof proof(const http::Request& from, std::string_view with = secret, std::string_view word = {},
                WallTime now = noon) {
  const std::vector words{url_word(with, "/a")};
  return prove(from, with, words, word, now);
}

std::string basic(const std::string& pair) { return "Basic " + crypto::to_base64(as_bytes(pair)); }

TEST(HookProof, TakesTheTokenWhereverASenderPutsIt) {
  const std::string token = "let me in";
  for (const auto& good : {
           request({{"Authorization", "Bearer let me in"}}), request({{"authorization", "bearer let me in"}}),
           request({{"Authorization", basic("anybody:let me in")}}),
           request({{"Authorization", basic("let me in:")}}), request({{"X-Gotify-Key", token}}),
           request({{"X-Gitlab-Token", token}}), request({}, "x", "a=b&token=let%20me%20in"),
           request({}, "x", "auth=QmVhcmVyIGxldCBtZSBpbg"),  // ntfy: base64 of "Bearer let me in", unpadded
       }) {
    EXPECT_TRUE(proof(good, token).good) << good.headers.size() << good.query;
  }
  for (const auto& bad :
       {request({}), request({{"Authorization", "Bearer let me i"}}), request({{"Authorization", "Basic !"}}),
        request({{"X-Gotify-Key", ""}}), request({}, "x", "token="), request({}, "x", "auth=%"),
        request({}, "x", "token"), request({{"Authorization", basic("let me in:other")}})}) {
    EXPECT_FALSE(proof(bad, token).good) << bad.query;
  }
}

TEST(HookProof, AHookWithoutASecretStaysShut) {
  EXPECT_FALSE(proof(request({{"Authorization", "Bearer "}}), "").good);
  EXPECT_FALSE(proof(request({}), "", url_word("", "/a")).good);
}

// The example of docs.github.com, "Validating webhook deliveries".
TEST(HookProof, KnowsGitHubsExample) {
  const std::string signature = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  const auto good = proof(request({{"X-Hub-Signature-256", "sha256=" + signature}}));
  EXPECT_TRUE(good.good) << good.problem;
  EXPECT_EQ(good.once, "hmac:" + signature) << "a second one of these bytes is a repetition";
  EXPECT_TRUE(proof(request({{"X-Gitea-Signature", signature}})).good);
  EXPECT_TRUE(proof(request({{"X-Forgejo-Signature", signature}})).good);
  EXPECT_FALSE(proof(request({{"X-Hub-Signature-256", "sha256=" + signature}}, "Hello, World?")).good);
  EXPECT_FALSE(proof(request({{"X-Hub-Signature-256", "sha256=" + signature.substr(1)}})).good);
  EXPECT_FALSE(proof(request({{"X-Hub-Signature-256", "sha256="}})).good);
}

// case 183
TEST(HookProof, AWrongSignatureIsNotSavedByAToken) {
  EXPECT_FALSE(
      proof(request({{"X-Hub-Signature-256", "sha256=00"}, {"Authorization", "Bearer " + secret}})).good);
}

// case 183
// The example of the Standard Webhooks specification's libraries.
// case 183
TEST(HookProof, KnowsStandardWebhooks) {
  const std::string key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const std::string body = R"({"test": 2432232314})";
  const auto from = [&](const std::string& signature, const std::string& stamp = "1614265330") {
    return request({{"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                    {"webhook-timestamp", stamp},
                    {"webhook-signature", signature}},
                   body);
  };
  const std::string good = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
  const auto proved = proof(from(good), key);
  EXPECT_TRUE(proved.good) << proved.problem;
  EXPECT_EQ(proved.once, "id:msg_p5jXN8AQM9LWM0D4loKWxJek");
  EXPECT_TRUE(proof(from("v1,AAAA v1a,BBBB " + good), key).good) << "while a key is changed there are two";
  EXPECT_FALSE(proof(from("v1,AAAA"), key).good);
  EXPECT_FALSE(proof(from(""), key).good) << "no signature is no proof";
  auto written_anew = from(good);
  written_anew.body = R"({"test":2432232314})";
  EXPECT_FALSE(proof(written_anew, key).good) << "the bytes are signed, not what they say";
  EXPECT_FALSE(proof(from(good, "1614265331"), key).good) << "the time is signed, too";
  EXPECT_FALSE(proof(from(good, "soon"), key).good);
  EXPECT_FALSE(proof(from(good, "99999999999999999"), key).good);
}

// case 183
TEST(HookProof, ASignedRequestGrowsOld) {
  const std::string key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const auto recorded = request({{"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                                 {"webhook-timestamp", "1614265330"},
                                 {"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}},
                                R"({"test": 2432232314})");
  using std::chrono::minutes;
  EXPECT_TRUE(proof(recorded, key, {}, noon + minutes(5)).good);
  EXPECT_THAT(proof(recorded, key, {}, noon + minutes(6)).problem, HasSubstr("5 minutes"));
  EXPECT_FALSE(proof(recorded, key, {}, noon - minutes(6)).good);
}

TEST(HookProof, TheAddressAloneOpensAHookAndNoOther) {
  const std::string word = url_word(secret, "/a");
  EXPECT_EQ(word.size(), 32U);
  EXPECT_TRUE(proof(request({}), secret, word).good);
  EXPECT_FALSE(proof(request({}), secret, url_word(secret, "/b")).good);
  EXPECT_FALSE(proof(request({}), "a new secret", word).good) << "a new secret is a new address";
  EXPECT_THAT(word, testing::Not(HasSubstr("Secret")));
}

TEST(HookProof, NoPluginSeesAToken) {
  EXPECT_EQ(without_tokens("token=x&title=a%20b&auth=y&p=4"), "title=a%20b&p=4");
  EXPECT_EQ(without_tokens("token=x"), "");
  for (const char* name : {"authorization", "cookie", "x-gotify-key", "x-gitlab-token"})
    EXPECT_TRUE(is_secret_header(name));
  EXPECT_FALSE(is_secret_header("x-github-event"));
}

}  // namespace
}  // namespace omegate::gateway
