#include <gmock/gmock.h>

#include "tests/plugins/bench.hpp"

namespace {

using omegate::test::PluginBench;
using testing::HasSubstr;

constexpr const char* one_hook = R"({"hooks": {"alerts": {"secret": "token", "to": ["ops@example.org"]}}})";

struct WebhookTest : testing::Test {
  std::string text_of(const std::string& type, const std::string& body) {
    return webhook.posts("/alerts", type, body).reply();
  }
  PluginBench webhook{"webhook", one_hook};
};

TEST_F(WebhookTest, OpensItsHooksWithTheirSecrets) {
  ASSERT_EQ(webhook.ready.hooks.size(), 1U);
  EXPECT_EQ(webhook.ready.hooks[0], (omegate::plugin::Hook{"/alerts", "token", {"POST"}}));
}

TEST_F(WebhookTest, SendsPlainTextAsItIs) {
  EXPECT_EQ(text_of("text/plain; charset=utf-8", "disk {is} full\n"), "disk {is} full");
  EXPECT_EQ(text_of("", "no type"), "no type");
  EXPECT_EQ(text_of("text/plain", R"({"disk":"sda"})"), R"({"disk":"sda"})");
  EXPECT_EQ(text_of("text/plain", R"({"text":"JSON all the same"})"), "JSON all the same");
}

TEST_F(WebhookTest, LeavesOutWhatNoMessageCanHold) {
  EXPECT_EQ(text_of("text/plain", "a\ab\x1b[31m\n\tc"), "ab[31m\n\tc");
  EXPECT_EQ(text_of("application/json", R"({"text":"a\u0000\u0007b"})"), "ab");
}

TEST_F(WebhookTest, SendsWhatCurlCallsAForm) {
  const char* form = "application/x-www-form-urlencoded";
  EXPECT_EQ(text_of(form, "disk is full"), "disk is full");
  EXPECT_EQ(text_of(form, "50% of 1+1 & more = much"), "50% of 1+1 & more = much");
  EXPECT_EQ(text_of(form, R"({"text": "curl -d with JSON"})"), "curl -d with JSON");
  EXPECT_EQ(text_of(form, "text=disk+is%20full%21&x=y&token=1"), "disk is full!\nx: y");
  EXPECT_EQ(text_of(form, "payload=%7B%22text%22%3A%22slack%22%7D"), "slack");
}

TEST_F(WebhookTest, FindsTheTextInJson) {
  const char* json = "application/json";
  EXPECT_EQ(text_of(json, R"({"text":"a"})"), "a");
  EXPECT_EQ(text_of(json, R"({"message":"b","text":""})"), "b");
  EXPECT_EQ(text_of(json, R"({"title":"Disk","body":"full"})"), "Disk\nfull");
  EXPECT_EQ(text_of("application/vnd.tool+json", R"({"subject":"S","msg":"m"})"), "S\nm");
  EXPECT_EQ(text_of(json, R"("just text")"), "just text");
}

TEST_F(WebhookTest, ShowsJsonItDoesNotKnow) {
  EXPECT_EQ(text_of("application/json", R"({"disk":{"free":0,"names":["a",null]},"alarm":true})"),
            "alarm: true\ndisk:\n  free: 0\n  names:\n    1: a\n    2: null");
}

TEST_F(WebhookTest, TakesBrokenJsonAsText) {
  EXPECT_EQ(text_of("application/json", "{oops"), "{oops");
  EXPECT_EQ(text_of("application/json", "{\"text\": \"no end"), "{\"text\": \"no end");
}

TEST_F(WebhookTest, ReadsWhatShellScriptsTakeForJson) {
  const char* json = "application/json";
  EXPECT_EQ(text_of(json, "{\"title\": \"df\",\n \"text\": \"sda 98 %\n\tsdb 3 %\",}"), "df\nsda 98 %\n\tsdb 3 %");
  EXPECT_EQ(text_of(json, "\xEF\xBB\xBF{\"text\": \"a\"}"), "a");
  EXPECT_EQ(text_of(json, R"({"text": "say \"hi\" \ud83d\udd34 \ud800 x"})"), "say \"hi\" \U0001F534 \uFFFD x");
}

TEST_F(WebhookTest, NamesAFileThatComesAsTheBody) {
  EXPECT_EQ(text_of("image/png", "\xEF\xBF\xBDPNG"), "[1 file not sent: image/png]");
  EXPECT_EQ(text_of("", std::string("a\xEF\xBF\xBD\x01", 5)), "[1 file not sent: no text]");
  EXPECT_EQ(text_of("text/plain", "Gr\xEF\xBF\xBD\xEF\xBF\xBD" "e"), "Gr\xEF\xBF\xBD\xEF\xBF\xBD" "e");
}

TEST_F(WebhookTest, NothingTurnsTheDirectionOfWhatFollows) {
  EXPECT_EQ(text_of("text/plain", "photo\u202Egpj.exe\u2066 \u05D0"), "photogpj.exe \u05D0");
}

TEST_F(WebhookTest, ShowsWhatOnlyLooksLikeASenderWeKnow) {
  const char* json = "application/json";
  EXPECT_THAT(text_of(json, R"({"alerts":["x",{"labels":5}],"receiver":"r"})"), HasSubstr("FIRING: alert, 2 alerts"));
  EXPECT_THAT(text_of(json, R"({"object_kind":"push","project":{},"commits":5,"total_commits_count":{}})"), HasSubstr("push"));
  EXPECT_THAT(text_of(json, R"({"blocks":[1,{"type":"section","text":5}]})"), HasSubstr("section"));
  EXPECT_THAT(text_of(json, R"({"repository":{"full_name":"a/b"},"issue":{"title":{}},"action":{}})"), HasSubstr("a/b"));
  EXPECT_EQ(text_of(json, R"({"msg":"x","heartbeat":5,"monitor":[1]})"), "Uptime Kuma\nx");
}

TEST_F(WebhookTest, TellsNothingOfWhatIsStillRunning) {
  const auto did = webhook.posts("/alerts", "application/json", R"({"action":"in_progress",
      "workflow_run":{"name":"Build","status":"in_progress"},"repository":{"full_name":"a/b"}})");
  EXPECT_EQ(did.failure, "");
  EXPECT_TRUE(did.sent.empty());
}

TEST_F(WebhookTest, TheOperatorsPriorityIsTheLastWord) {
  PluginBench quiet("webhook", R"({"hooks": {"alerts": {"secret": "token", "to": ["a@example.org"], "priority": "low"}}})");
  const char* down = R"({"title":"Disk","message":"full","severity":"critical"})";
  EXPECT_EQ(quiet.posts("/alerts", "application/json", down).sent.at(0).priority, omegate::Priority::low);
  EXPECT_EQ(webhook.posts("/alerts", "application/json", down).sent.at(0).priority, omegate::Priority::high);
}

TEST_F(WebhookTest, RefusesAnEmptyMessage) {
  for (const char* type : {"text/plain", "application/json", "application/x-www-form-urlencoded"}) {
    const auto did = webhook.posts("/alerts", type, " \n ");
    EXPECT_TRUE(did.expected) << type;
    EXPECT_THAT(did.failure, HasSubstr("no text")) << type;
  }
}

TEST_F(WebhookTest, CutsBetweenCharactersAndSaysSo) {
  std::string long_text = "x";
  while (long_text.size() < 20'000) long_text += "\xc3\xa4";
  const std::string text = text_of("text/plain", long_text);
  EXPECT_LT(text.size(), 16'500U);
  EXPECT_THAT(text, HasSubstr("\xc3\xa4\n[\xe2\x80\xa6 3618 more bytes]"));
}

TEST(Webhook, ReachesEverybodyOfTheHook) {
  PluginBench webhook("webhook", R"json({"hooks": {
      "alerts": {"secret": "token", "account": "cat", "to": ["a@example.org", "b@example.org"],
                 "min_trust": "verified", "template": "ALERT {title} {text} ({json.host.name})"},
      "other": {"secret": "token", "to": ["c@example.org"]}}})json");
  const auto did = webhook.posts("/alerts", "application/json",
                                 R"({"title":"Disk","text":"{full}","host":{"name":"web1"}})");
  ASSERT_EQ(did.sent.size(), 2U) << did.failure;
  EXPECT_EQ(did.sent[0].to, "a@example.org");
  EXPECT_EQ(did.sent[1].to, "b@example.org");
  EXPECT_EQ(did.sent[1].text, "ALERT Disk {full} (web1)");
  EXPECT_EQ(did.sent[1].account, "cat");
  EXPECT_EQ(did.sent[1].min_trust, omegate::plugin::TrustLevel::verified);
  EXPECT_EQ(webhook.posts("/other", "text/plain", "x").sent.at(0).to, "c@example.org");
}

TEST(Webhook, DoesNotStartWithoutWhatItNeeds) {
  const auto message = [](const char* config) {
    try {
      PluginBench webhook("webhook", config);
      return std::string("it started");
    } catch (const std::exception& failure) {
      return std::string(failure.what());
    }
  };
  EXPECT_EQ(message("{}"), "hooks: is missing: expected a map of names to values");
  EXPECT_THAT(message(R"({"hooks": {"a": {"to": ["a@b"]}}})"), HasSubstr("hooks.a.secret: is missing"));
  EXPECT_THAT(message(R"({"hooks": {"a": {"secret": "other", "to": ["a@b"]}}})"),
              HasSubstr("no secret \"other\""));
  EXPECT_THAT(message(R"({"hooks": {"a b": {"secret": "token", "to": ["a@b"]}}})"),
              HasSubstr("\"/a b\" is not a path"));
}

}  // namespace
