#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "bridge/app/cli/doctor_files.hpp"
#include "tests/unit/app/cli/command_line.hpp"

namespace {

using omegate::app::examine_files;
using omegate::app::GatewayNotRunning;
using omegate::app::GatewaySilent;
using omegate::app::test::CommandLine;
using omegate::gateway::Finding;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Level = Finding::Level;
namespace json = boost::json;
namespace fs = std::filesystem;
namespace config = omegate::config;

struct DoctorFiles : testing::Test {
  CommandLine line;  // for its folder
  config::Settings settings;

  DoctorFiles() {
    settings.data_dir = line.folder / "data";
    settings.anchor_dir = line.folder / "anchor";
    settings.key = {config::SecretSource::Kind::file, make("key", 0600), {}, {}};
    settings.control.socket = line.folder / "none.sock";
    config::AccountSettings bot;
    bot.name = "bot";
    bot.password = {config::SecretSource::Kind::file, make("password", 0600), {}, {}};
    settings.accounts.push_back(bot);
    fs::create_directories(settings.data_dir);
    mode("data", 0700);
    make("data/omegate.db", 0600);
  }
  std::string make(const std::string& name, mode_t mode) {
    const auto path = (line.folder / name).string();
    std::ofstream(path) << "x";
    ::chmod(path.c_str(), mode);
    return path;
  }
  void mode(const std::string& name, mode_t mode) { ::chmod((line.folder / name).c_str(), mode); }
  std::vector<Finding> bad() {
    std::vector<Finding> found;
    for (const Finding& each : examine_files(settings))
      if (each.level == Level::bad) found.push_back(each);
    return found;
  }
};

TEST_F(DoctorFiles, WhatIsOursAloneIsWell) {
  EXPECT_THAT(bad(), IsEmpty());
  EXPECT_THAT(examine_files(settings), testing::SizeIs(testing::Ge(6u)));
}

TEST_F(DoctorFiles, WhatOthersMayReadIsNamedWithTheCommandThatMendsIt) {
  const std::pair<const char*, mode_t> faults[] = {
      {"data", 0755}, {"data/omegate.db", 0640}, {"key", 0644}, {"password", 0604}};
  const std::string wanted[] = {"0700", "0600", "0600", "0600"};
  for (std::size_t i = 0; i < std::size(faults); ++i) {
    const auto& [name, open] = faults[i];
    const fs::path path = line.folder / name;
    const mode_t before = name == std::string("data") ? 0700 : 0600;
    mode(name, open);
    const auto found = bad();
    ASSERT_EQ(found.size(), 1u) << name;
    EXPECT_EQ(found[0].fix, "chmod " + wanted[i] + " " + path.string());
    mode(name, before);
  }
}

TEST_F(DoctorFiles, AMissingKeyFileIsBadAndAMissingDatabaseIsNot) {
  fs::remove(line.folder / "data/omegate.db");
  EXPECT_THAT(bad(), IsEmpty()) << "before the first start";
  fs::remove(line.folder / "key");
  ASSERT_EQ(bad().size(), 1u);
  EXPECT_EQ(bad()[0].check, "key file");
}

TEST_F(DoctorFiles, AnAnchorThatIsCopiedTogetherWithTheDatabaseIsBad) {
  settings.anchor_dir = settings.data_dir / "anchor";
  ASSERT_EQ(bad().size(), 1u);
  EXPECT_EQ(bad()[0].check, "anchor");
}

const std::string finding =
    R"({"about":"bot","check":"clock","level":"LEVEL","evidence":"7 s ahead\u001b[2J","fix":"set it"})";

std::string answer(const std::string& level) {
  std::string text = finding;
  return R"({"findings":[)" + text.replace(text.find("LEVEL"), 5, level) + "]}";
}

TEST(Doctor, ExitsWith1OnlyWhenSomethingIsBad) {
  CommandLine line;
  for (const auto& [level, code] : {std::pair("ok", 0), std::pair("warn", 0), std::pair("bad", 1)}) {
    line.answer = answer(level);
    EXPECT_EQ(line.ask({"doctor"}), code) << level;
    EXPECT_THAT(line.out.str(), HasSubstr("clock: 7 s ahead\\x1b[2J"));
    EXPECT_THAT(line.out.str(), HasSubstr("to do  set it"));
    EXPECT_EQ(line.asked.back().verb, "doctor");
  }
}

TEST(Doctor, ShowsLittleWhenToldTo) {
  CommandLine line;
  line.answer = answer("ok");
  EXPECT_EQ(line.ask({"doctor", "--quiet"}), 0);
  EXPECT_THAT(line.out.str(), Not(HasSubstr("clock")));
}

TEST(Doctor, SaysThatAGatewayDoesNotAnswer) {
  CommandLine line;
  line.failure = std::make_exception_ptr(GatewaySilent("the gateway runs, and has not answered"));
  EXPECT_EQ(line.ask({"doctor"}), 1);
  EXPECT_THAT(line.out.str(), HasSubstr("running: the gateway runs, and has not answered"));
  EXPECT_EQ(line.asked.back().verb, "status") << "what may take a minute is not asked of it";
}

TEST(Doctor, LooksAtFilesWhenTheGatewayDoesNotRun) {
  CommandLine line;
  const auto file = (line.folder / "omegate.yaml").string();
  std::ofstream(file) << "data_dir: data\nkey: {file: k}\naccounts: {b: {jid: b@c.d, password: {env: P}}}\n";
  line.failure = std::make_exception_ptr(GatewayNotRunning("the gateway is not running"));
  EXPECT_EQ(line.run({"doctor", "--json", "--config", file}), 3);
  const auto report = json::parse(line.out.str()).as_object();
  EXPECT_FALSE(report.at("ok").as_bool());
  EXPECT_THAT(line.out.str(), HasSubstr("key file"));
  EXPECT_THAT(line.out.str(), HasSubstr("the gateway is not running"));
}

}  // namespace
