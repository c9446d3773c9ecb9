// plugins/mail/outgoing.lua, played as conversations beside a plugin that passes made-up mails on.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "bridge/edge/config/manifest.hpp"
#include "bridge/gateway/plugins/plugin_script.hpp"
#include "test_places.hpp"
#include "tests/support/party.hpp"

namespace omegate::gateway {
namespace {

namespace fs = std::filesystem;

TEST(OutgoingMail, ConversationsGoAsTheyAreWritten) {
  const gateway::test::TempDir folder;
  const fs::path source(OMEGATE_SOURCE_DIR), plugin = source / "tests/flow/plugins/postbox";
  for (const fs::path& file : {plugin / "plugin.yaml", plugin / "init.lua", source / "plugins/mail/outgoing.lua", source / "plugins/mail/words.lua", source / "plugins/mail/quotes.lua"})
    fs::copy_file(file, fs::path(folder / file.filename().string()));
  fs::permissions(fs::path(folder / "."), fs::perms::owner_all);
  const auto make_stage = [&](const ScriptCase& script) {
    plugin::Installed installed;
    installed.folder = fs::path(folder / "init.lua").parent_path();
    installed.manifest = config::read_manifest(installed.folder / "plugin.yaml");
    installed.config = plugin::check_config(installed.manifest.config, script.config);
    installed.accounts = {"bot"};
    auto stage = std::make_unique<PluginStage>(std::move(installed), OMEGATE_BINARY_DIR "/omegate-plugin-worker", script.start);
    if (const auto error = stage->load(); !error.empty()) throw std::runtime_error(error);
    return stage;
  };
  std::ifstream stream(plugin / "postbox.chat");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const auto cases = parse_script(text, "postbox.chat");
  EXPECT_GE(cases.size(), 5U);
  for (const ScriptCase& script : cases) EXPECT_EQ(play(script, "postbox.chat", make_stage).value_or("ok"), "ok") << script.name;
}

}  // namespace
}  // namespace omegate::gateway
