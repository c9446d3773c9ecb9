// The examples of plugins/README.md are what people copy: each Lua block must load, each plugin.yaml must be
// one.
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "bridge/core/plugin/mail_event.hpp"
#include "bridge/core/plugin/topic.hpp"
#include "bridge/edge/config/manifest.hpp"
#include "tests/plugins/bench.hpp"
#include "test_places.hpp"

namespace {

using omegate::test::PluginBench;
using testing::HasSubstr;
using testing::MatchesRegex;

std::vector<std::string> blocks(const std::string& language) {
  std::ifstream file(std::string(OMEGATE_SOURCE_DIR "/plugins/README.md"));
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const std::string open = "```" + language + "\n";
  std::vector<std::string> found;
  for (auto start = page.find(open); start != page.npos; start = page.find(open, start)) {
    start += open.size();
    found.push_back(page.substr(start, page.find("```", start) - start));
  }
  return found;
}

std::string lua_with(std::string_view text) {
  for (std::string& block : blocks("lua"))
    if (block.find(text) != block.npos) return std::move(block);
  throw std::runtime_error("README.md has no example with " + std::string(text));
}

TEST(PluginReadme, HasLuaThatLoads) {
  ASSERT_GE(blocks("lua").size(), 2U);
  for (const auto& block : blocks("lua")) EXPECT_NO_THROW(PluginBench{block}) << block;
}

TEST(PluginReadme, HasADieThatRolls) {
  PluginBench dice(blocks("lua").front());
  EXPECT_THAT(dice.says("roll").reply(), MatchesRegex("juliet@example.org rolls [1-6]"));
  EXPECT_THAT(dice.says("!roll 1").reply(), HasSubstr("rolls 1"));
  EXPECT_TRUE(dice.says("roll many").expected);
}

TEST(PluginReadme, HasCommandsThatAnswer) {
  PluginBench example(lua_with("P.hear"));
  EXPECT_FALSE(example.says("deploy web").handled) << "its min_trust is verified";
  example.sender.trust = omegate::plugin::TrustLevel::verified;
  EXPECT_EQ(example.says("deploy web 1.2").reply(), "Deploying web 1.2.");
  EXPECT_THAT(example.says("say, is web up?").reply(), HasSubstr("web?"));
}

TEST(PluginReadme, HasTypedArgumentsThatAreChecked) {
  PluginBench example(lua_with(R"("mute )"));
  EXPECT_EQ(example.says("mute web1").reply(), "web1 is muted for 60 minutes.");
  EXPECT_EQ(example.says("!m web1 2h30m").reply(), "web1 is muted for 150 minutes.");
  EXPECT_EQ(example.says("mute web1 long").failure,
            "time: expected a period like 90s, 10m, 2h30m or 7d, found 'long'\nUsage: mute <host> [<time>]");
  EXPECT_EQ(example.says("light ON 40").reply(), "The light is on.");
  EXPECT_EQ(example.says("light dim").failure, "state: expected one of on, off, found 'dim'\nUsage: light <state> [<level>]");
  EXPECT_EQ(example.says("light on 101").failure, "100 is the most.");
}

TEST(PluginReadme, HasMessagesAboutMessages) {
  using namespace omegate::plugin;
  PluginBench example(lua_with("P.edit"));
  EXPECT_FALSE(example.says("deploy web").handled) << "its min_trust is verified";
  example.sender.trust = TrustLevel::verified;
  const auto deployed = example.says("deploy web");
  EXPECT_EQ(deployed.reply(), "web: deploying");
  EXPECT_EQ(deployed.sent.at(0).name, "deploy web");
  MessageNews edit{example.sender};
  edit.message.text = "deploy mail";
  EXPECT_EQ(example.handle(EventKind::edit, payload(edit)).reply(), "I have done already what you wrote first.");
  const Reference alert{"m2", true, "event-1:1", "deploy web"};
  const MessageNews bell{example.sender, alert, {"🔕"}, {"🔕"}};
  EXPECT_EQ(example.handle(EventKind::reaction, payload(bell)).failure, "");
}

TEST(PluginReadme, HasAKeeperOfPoints) {
  PluginBench example(lua_with("karma"));
  EXPECT_EQ(example.says("karma").reply(), "Nobody has points.");
  EXPECT_EQ(example.says("thank romeo").reply(), "romeo has 1 now.");
  EXPECT_EQ(example.says("thank romeo").reply(), "romeo has 2 now.");
  example.says("thank juliet");
  EXPECT_EQ(example.says("karma").reply(), "juliet: 1\nromeo: 2");
}

TEST(PluginReadme, HasAKettleAndAQuestion) {
  PluginBench kettle(lua_with(R"("kettle")"));
  EXPECT_EQ(kettle.says("brew tea 3m").reply(), "Ready at 16:16.");
  EXPECT_EQ(kettle.rings().reply(), "Your tea is ready.");
  PluginBench pizza(lua_with(R"("pizza")"));
  EXPECT_EQ(pizza.says("pizza calzone").reply(), "A calzone, really?");
  EXPECT_EQ(pizza.answers("yes").reply(), "One calzone is on its way.");
  EXPECT_EQ(pizza.says("evacuate hall").reply(), "Evacuate hall? (yes or no)");
  EXPECT_EQ(pizza.answers("ok").reply(), "Everybody has left hall.");
}

TEST(PluginReadme, HasAStandupThatAsksByItself) {
  using omegate::plugin::Answer;
  PluginBench standup(lua_with("P.ask("));
  const std::string morning = "cron 30 9 * * 1-5 Europe/Berlin";
  const auto first = standup.ticks(morning);
  EXPECT_EQ(first.reply(), "What did you do?");
  EXPECT_EQ(first.sent.at(0).to, "juliet@example.org");
  EXPECT_EQ(standup.answers("tests").reply(), "What will you do?");
  EXPECT_EQ(standup.answers("more").reply(), "What is in your way?");
  const auto told = standup.answers("noise");
  EXPECT_EQ(told.reply(), "juliet@example.org: tests / more / noise");
  EXPECT_EQ(told.sent.at(0).to, "team@example.org");
  standup.ticks(morning);
  EXPECT_EQ(standup.answers("", Answer::Outcome::timeout).reply(), "juliet@example.org: has not answered.");
  standup.ticks(morning);
  EXPECT_TRUE(standup.answers("", Answer::Outcome::lost).sent.empty());
}

TEST(PluginReadme, HasARequestThatSilencesAnAlert) {
  PluginBench example(lua_with("P.fetch"));
  example.sender.trust = omegate::plugin::TrustLevel::verified;
  example.response = {200, {}, R"({"silenceID": "7"})"};
  EXPECT_EQ(example.says("silence HostDown 1h").reply(), "HostDown is silenced (7).");
  ASSERT_EQ(example.requests.size(), 1u);
  EXPECT_EQ(example.requests[0].path, "/api/v2/silences");
  EXPECT_THAT(example.requests[0].body, HasSubstr(R"("startsAt":"2026-09-21T14:13:20Z")"));
  EXPECT_THAT(example.requests[0].body, HasSubstr(R"("endsAt":"2026-09-21T15:13:20Z")"));
  example.response = {503, {}, ""};
  EXPECT_EQ(example.says("silence HostDown").failure, "Alertmanager: 503");
}

TEST(PluginReadme, HasMailThatIsPassedOn) {
  PluginBench example(lua_with("P.on(\"mail\""));
  omegate::plugin::Mail mail;
  mail.nature = "ordinary";
  mail.subject = "Disk 3";
  mail.html = "<p>Replace it.</p>";
  mail.files = {{"aa", "a.pdf", "application/pdf", 1, "here"}, {"", "b.iso", "", 2, "failed", "too large"}};
  const auto passed = example.handle(omegate::plugin::EventKind::mail, payload(mail));
  EXPECT_EQ(passed.failure, "");
  ASSERT_EQ(passed.sent.size(), 1u);
  EXPECT_EQ(passed.sent[0].text, "Mail: Disk 3\nReplace it.");
  EXPECT_EQ(passed.sent[0].files, std::vector<std::string>{"aa"});
  mail.nature = "bounce";
  EXPECT_TRUE(example.handle(omegate::plugin::EventKind::mail, payload(mail)).sent.empty());
}

TEST(PluginReadme, HasTicketsThatAreFound) {
  PluginBench example(lua_with("P.re("));
  EXPECT_EQ(example.says("see OPS-17, please").reply(), "https://tracker.example.org/ops/17");
  EXPECT_EQ(example.says("tickets OPS-1, AB-22 and nothing").reply(), "1, 22");
  EXPECT_EQ(example.says("tickets none here").reply(), "none");
}

TEST(PluginReadme, HasAnOrderThatTheKitchenHearsOf) {
  using namespace omegate::plugin;
  PluginBench example(lua_with("P.publish"));
  EXPECT_EQ(example.says("order tea").reply(), "The kitchen knows.");
  ASSERT_EQ(example.published.size(), 1u);
  EXPECT_THAT(example.published[0].data, HasSubstr(R"("what":"tea")"));
  const TopicEvent meal{"meals", R"({"what": "Tea", "by": "juliet@example.org"})", "kitchen", 1, example.sender.time};
  const auto told = example.handle(EventKind::topic, payload(meal));
  EXPECT_EQ(told.reply(), "Tea is ready.");
  EXPECT_EQ(told.sent.at(0).to, "juliet@example.org");
}

TEST(PluginReadme, HasOrdersThatAreCounted) {
  using omegate::plugin::Sample;
  PluginBench example(lua_with("P.metrics"));
  EXPECT_EQ(example.ready.metrics.size(), 3u);
  EXPECT_EQ(example.says("order cake 4").failure, "");
  EXPECT_THAT(example.samples, testing::ElementsAre(Sample{"orders", {"cake"}, 1}, Sample{"waiting_orders", {}, 1}, Sample{"order_price", {}, 4}));
}

TEST(PluginReadme, HasManifestsThatAreOnes) {
  int manifests = 0;
  for (const auto& block : blocks("yaml")) {
    if (block.find("api:") == block.npos) continue;
    EXPECT_NO_THROW(omegate::config::parse_manifest(block, "README.md")) << block;
    ++manifests;
  }
  EXPECT_EQ(manifests, 2);
}

}  // namespace
