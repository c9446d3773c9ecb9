// Programs in manifests and settings: what is no list of words, or nobody's, is a mistake with its place.
#include <gmock/gmock.h>

#include "bridge/edge/config/load.hpp"
#include "bridge/edge/config/manifest.hpp"

namespace {

using namespace omegate;
using config::ConfigError;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string manifest_head = "name: everything\nversion: \"1.0\"\napi: 1\n";
const std::string head =
    "data_dir: /d\nkey: {file: /k}\naccounts:\n  bot: {jid: bot@example.org, password: {file: /p}}\nplugins:\n  command:\n    roles: {admin: [a@example.org]}\n"
    "    programs:\n";

std::string complaint_of_manifest(const std::string& yaml) {
  try {
    config::parse_manifest(manifest_head + yaml, "plugin.yaml");
    return "it is fine";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

std::string complaint(const std::string& programs) {
  try {
    config::parse_settings(head + programs, "/etc/omegate/omegate.yaml", {"/usr/share/omegate/plugins", false});
    return "it is fine";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

TEST(ProgramSettings, OfAManifestNameAProgramAndWhatItReads) {
  const auto manifest = config::parse_manifest(
      manifest_head + "program:\n  command: [/usr/bin/python3, -I, plugin.py]\n  read: [/usr/lib, /opt/words]\ngrants: {run: [\"*\", restart]}\n", "plugin.yaml");
  EXPECT_THAT(manifest.program.command, ElementsAre("/usr/bin/python3", "-I", "plugin.py"));
  EXPECT_THAT(manifest.program.reads, ElementsAre("/usr/lib", "/opt/words"));
  EXPECT_TRUE(manifest.grants.run_any);
  EXPECT_THAT(manifest.grants.run, ElementsAre("restart"));
  EXPECT_THAT(describe(manifest.program), ElementsAre("be a process of its own: /usr/bin/python3 -I plugin.py", "read below /usr/lib", "read below /opt/words"));
  EXPECT_TRUE(describe(config::parse_manifest(manifest_head, "plugin.yaml").program).empty());
}

// case 217
TEST(ProgramSettings, OfAManifestOpenNobodysFiles) {
  for (const std::string path : {"/", "/etc", "/home/juliet", "/var/lib/omegate", "/proc", "/usrx", "/usr/../etc", "usr/lib", "/root", "/run", "/tmp", "/lib/../etc"})
    EXPECT_THAT(complaint_of_manifest("program: {command: [/usr/bin/python3], read: [\"" + path + "\"]}\n"), HasSubstr("below /usr, /lib, /lib64 or /opt")) << path;
  EXPECT_THAT(complaint_of_manifest("program: {command: [python3]}\n"), HasSubstr("expected an absolute path"));
  EXPECT_THAT(complaint_of_manifest("program: {read: [/usr/lib]}\n"), HasSubstr("program.command: is missing"));
  EXPECT_THAT(complaint_of_manifest("program: {command: [/usr/bin/python3], shell: true}\n"), HasSubstr("unknown key \"shell\""));
}

TEST(ProgramSettings, OfTheOperatorAreListsOfWords) {
  const auto settings = config::parse_settings(head + "      restart: {command: [/usr/bin/systemctl, restart, \"{unit}\"], arguments: {unit: nginx|postfix}, limit: 60, help: Restarts}\n",
                                               "/etc/omegate/omegate.yaml", {"/usr/share/omegate/plugins", false});
  ASSERT_EQ(settings.plugins.at(0).programs.size(), 1u);
  const plugin::Program& program = settings.plugins[0].programs[0];
  EXPECT_EQ(program.name, "restart");
  EXPECT_EQ(program.limit, std::chrono::seconds(60));
  EXPECT_EQ(program.role, "admin");
  EXPECT_EQ(usage_of(program).usage, "restart <unit:nginx|postfix>");
  EXPECT_THAT(command_line(program, {{"unit", "nginx"}}), ElementsAre("/usr/bin/systemctl", "restart", "nginx"));
}

TEST(ProgramSettings, OfTheOperatorNameTheirMistakes) {
  EXPECT_THAT(complaint("      a: {command: uptime}\n"), HasSubstr("omegate.yaml:9:"));
  EXPECT_THAT(complaint("      a: {command: [uptime]}\n"), HasSubstr("absolute path"));
  EXPECT_THAT(complaint("      a: {command: [/bin/ls, \"{b}\"]}\n"), HasSubstr("{b} stands for nothing"));
  EXPECT_THAT(complaint("      a: {command: [/bin/ls, \"{b}\"], arguments: {b: text}}\n"), HasSubstr("expected word, integer"));
  EXPECT_THAT(complaint("      a: {command: [/bin/ls], limit: 0}\n"), HasSubstr("limit"));
  EXPECT_THAT(complaint("      a: {command: [/bin/ls], role: nobody}\n"), HasSubstr("nobody has the role nobody"));
  EXPECT_THAT(complaint("      a: {command: [/bin/ls], shell: true}\n"), HasSubstr("unknown key \"shell\""));
}

TEST(ProgramSettings, OfTheOperatorAreProgramsThatNotEverybodyMayWrite) {
  const auto checked = [](const std::string& path) {
    try {
      config::parse_settings(head + "      a: {command: [" + path + "]}\n", "/etc/omegate/omegate.yaml", {"/usr/share/omegate/plugins", true});
      return std::string("it is fine");
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
  };
  EXPECT_THAT(checked("/no/such/program"), HasSubstr("there is no program /no/such/program"));
  EXPECT_THAT(checked("/tmp"), HasSubstr("there is no program /tmp"));
  EXPECT_EQ(checked("/bin/ls").find("there is no program"), std::string::npos);
}

}  // namespace
