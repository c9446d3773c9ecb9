// One conversation with a plugin that does a little of everything, played with the one in Lua and with the one in Python:
// what the frames promise does not depend on a language. In the sandbox of the release, without sanitizers.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "bridge/edge/config/manifest.hpp"
#include "bridge/gateway/plugins/plugin_script.hpp"
#include "test_places.hpp"

namespace omegate::gateway {
namespace {

namespace fs = std::filesystem;

class Conformance : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Languages, Conformance, testing::Values("lua", "python"), [](const auto& language) { return std::string(language.param); });

TEST_P(Conformance, APluginDoesWhatTheConversationSays) {
  const fs::path examples = fs::path(OMEGATE_SOURCE_DIR) / "docs/examples";
  const auto make_stage = [&](const ScriptCase& script) {
    plugin::Installed installed;
    installed.folder = examples / GetParam();
    installed.manifest = config::read_manifest(installed.folder / "plugin.yaml");
    installed.config = plugin::check_config(installed.manifest.config, script.config);
    installed.accounts = {"bot"};
    installed.secrets = script.secrets;
    installed.hosts = installed.manifest.grants.fetch;
    auto stage = std::make_unique<PluginStage>(std::move(installed), OMEGATE_BINARY_DIR "/tests/plain_plugin_worker", script.start);
    if (const auto error = stage->load(); !error.empty()) throw std::runtime_error(error);
    return stage;
  };
  std::ifstream stream(examples / "conformance.chat");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const auto cases = parse_script(text, "conformance.chat");
  EXPECT_GE(cases.size(), 12u);
  for (const ScriptCase& script : cases) EXPECT_EQ(play(script, "conformance.chat", make_stage).value_or("ok"), "ok") << script.name;
}

}  // namespace
}  // namespace omegate::gateway
