// Each example of docs/plugin-reference.md runs as it stands, in the plugin's real process.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "bridge/core/plugin/reference/reference.hpp"
#include "bridge/edge/config/manifest.hpp"
#include "bridge/gateway/plugins/plugin_script.hpp"
#include "test_places.hpp"
#include "tests/support/party.hpp"

namespace omegate::gateway {
namespace {

namespace fs = std::filesystem;
using plugin::reference::Entry;
using plugin::reference::Section;
using plugin::reference::Use;

constexpr const char* manifest = R"(name: example
version: "1.0"
api: 1
config:
  greeting: {type: string, default: Hello}
grants:
  send_to: ["*"]
  accounts: ["*"]
  hooks: true
  http: [/example/in/]
  messages: true
  typing: true
  moderate: true
  keys: true
  kv: 1
  mail_to: ["*"]
  fetch: [shop]
  avatars: true
  publish: [orders]
  subscribe: [stock]
  run: ["*"]
)";

// Deep, and whatever order a table is in.
constexpr const char* comparison = R"lua(
local function same(found, expected, place)
  local function equal(a, b)
    if type(a) ~= "table" or type(b) ~= "table" then return a == b end
    for key, value in pairs(a) do if not equal(value, b[key]) then return false end end
    for key in pairs(b) do if a[key] == nil then return false end end
    return true
  end
  if not equal(found, expected) then
    error(("line %d: found %s"):format(place, type(found) == "table" and P.json.encode(found) or tostring(found)), 0)
  end
end
)lua";

/// "expression --> value" is compared; "local name = expression --> value" likewise.
std::string checked(std::string_view example, int& checks) {
  std::string code;
  int place = 0;
  while (!example.empty()) {
    const std::string_view line = example.substr(0, example.find('\n'));
    example.remove_prefix(std::min(line.size() + 1, example.size()));
    ++place;
    const auto arrow = line.find(" --> ");
    if (arrow == line.npos) {
      code += std::string(line) + "\n";
      continue;
    }
    ++checks;
    code += "same((" + std::string(line.substr(0, arrow)) + "), (" + std::string(line.substr(arrow + 5)) + "), " + std::to_string(place) + ")\n";
  }
  return code;
}

std::string source_of(const Entry& entry, int& checks) {
  const std::string example = checked(entry.example, checks);
  const std::string head = std::string("local P = ...\n") + comparison;
  if (entry.use == Use::loading) return head + example;
  return head + "P.command(\"try\", \"Runs the example\", function(ev)\n" + example + "\nend)\n";
}

std::string script_of(const Entry& entry) {
  const std::string head = "== " + std::string(entry.name) + "\nsecrets: token\n";
  return head + (entry.use == Use::loading ? "" : "alice (verified)> try\n") + std::string(entry.chat) + "\n";
}

/// "ok", or what is wrong.
std::string run(const Entry& entry, int& checks) {
  const gateway::test::TempDir folder;
  std::ofstream(folder / "plugin.yaml") << manifest;
  std::ofstream(folder / "init.lua") << source_of(entry, checks);
  const auto make_stage = [&](const ScriptCase& script) {
    plugin::Installed installed;
    installed.folder = fs::path(folder / "init.lua").parent_path();
    installed.manifest = config::read_manifest(installed.folder / "plugin.yaml");
    installed.config = plugin::check_config(installed.manifest.config, script.config);
    installed.accounts = {"bot"};
    installed.secrets = script.secrets;
    installed.hosts = {"shop"};
    installed.programs = {{"reboot-printer", "Reboots it.", {"/bin/true"}}};
    installed.roles = {{"admin", {"alice@example.org"}}};
    auto stage = std::make_unique<PluginStage>(std::move(installed), OMEGATE_BINARY_DIR "/omegate-plugin-worker", script.start);
    if (const auto error = stage->load(); !error.empty()) throw std::runtime_error("does not load: " + error);
    return stage;
  };
  try {
    for (const ScriptCase& script : parse_script(script_of(entry), "example.chat"))
      if (const auto wrong = play(script, "example.chat", make_stage)) return *wrong;
  } catch (const std::exception& failure) {
    return failure.what();
  }
  return "ok";
}

struct PluginReference : testing::TestWithParam<std::size_t> {};

TEST_P(PluginReference, HasExamplesThatDoWhatTheySay) {
  const Section& section = plugin::reference::sections()[GetParam()];
  for (const Entry& entry : section.entries) {
    int checks = 0;
    EXPECT_EQ(run(entry, checks), "ok") << entry.name << '\n' << entry.example;
    // What shows neither a message nor a value would say nothing about the function.
    const bool is_seen = checks > 0 || entry.chat.find_first_of("<:") != entry.chat.npos;
    const bool is_silent = section.title == "Numbers and the log" || entry.name == "P.cancel" || entry.name == "P.retry" || entry.name == "P.file_text" ||
                           entry.name == "P.moderate";
    EXPECT_TRUE(is_seen || is_silent) << entry.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Sections, PluginReference, testing::Range(std::size_t{0}, plugin::reference::sections().size()),
                         [](const auto& param) {
                           std::string name;
                           for (const char c : plugin::reference::sections()[param.param].title)
                             if (std::isalpha(static_cast<unsigned char>(c)) != 0) name += c;
                           return name;
                         });

// The comparison itself: an example that is wrong must be noticed.
TEST(PluginReferenceExamples, ThatAreWrongAreNoticed) {
  int checks = 0;
  const Entry wrong{"P.period", "", "", "", "P.period \"1m\" --> 61"};
  EXPECT_THAT(run(wrong, checks), testing::HasSubstr("line 1: found 60"));
  const Entry silent{"P.reply", "", "", "", "P.reply(ev, \"a\")", "< b"};
  EXPECT_THAT(run(silent, checks), testing::HasSubstr("found \"a\""));
  EXPECT_EQ(checks, 1);
}

}  // namespace
}  // namespace omegate::gateway
