// The examples of plugins/README.md are what people copy: each Lua block must load, each plugin.yaml must be
// one.
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "bridge/core/plugin/frame.hpp"
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

TEST(PluginReadme, HasManifestsThatAreOnes) {
  int manifests = 0;
  for (const auto& block : blocks("yaml")) {
    if (block.find("api:") == block.npos) continue;
    EXPECT_NO_THROW(omegate::config::parse_manifest(block, "README.md")) << block;
    ++manifests;
  }
  EXPECT_EQ(manifests, 2);
}

TEST(PluginReadme, ShowsTheBytesOfAFrame) {
  const std::string frame = encode(omegate::plugin::ToWorker(omegate::plugin::Stop{})).value();
  std::string hex;
  for (const char byte : frame) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(byte);
    hex += hex.empty() ? "" : " ";
    hex += digits[value >> 4];
    hex += digits[value & 15];
  }
  EXPECT_THAT(blocks("text"), testing::Contains(hex + "\n"));
}

}  // namespace
