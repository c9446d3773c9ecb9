#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "bridge/app/cli/new_config.hpp"
#include "bridge/edge/config/load.hpp"
#include "bridge/edge/store/key_file.hpp"
#include "tests/unit/app/cli/command_line.hpp"
#include "test_places.hpp"

namespace {

using namespace omegate;
using omegate::app::test::CommandLine;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

mode_t mode(const fs::path& path) {
  struct stat status {};
  ::stat(path.c_str(), &status);
  return status.st_mode & 0777;
}

class Init : public testing::Test {
 protected:
  Init() {
    std::ofstream(password_) << "secret-from-file\n";
    fs::create_directories(line_.folder / "new");
  }

  int init(std::vector<std::string> more = {}) {
    std::vector<std::string> words{"init", "--dir", dir_.string(), "--jid", "Bot@Example.org"};
    words.insert(words.end(), more.begin(), more.end());
    return line_.run(words);
  }

  config::Settings written() {
    return config::load_settings(dir_ / "omegate.yaml", {OMEGATE_SOURCE_DIR "/plugins", true});
  }

  CommandLine line_;
  fs::path dir_ = line_.folder / "gateway";
  fs::path password_ = line_.folder / "password";
};

TEST_F(Init, WritesAConfigThatLoads) {
  ASSERT_EQ(init({"--password-file", password_, "--admin", "me@example.org", "--host", "127.0.0.1", "--port",
                  "5299", "--policy", "manual", "--direct-tls"}),
            0)
      << line_.err.str();
  const auto settings = written();
  const auto& account = settings.accounts.at(0);
  EXPECT_EQ(account.jid, "bot@example.org");
  EXPECT_EQ(account.host, "127.0.0.1");
  EXPECT_EQ(account.port, 5299);
  EXPECT_EQ(account.direct_tls, true);
  EXPECT_EQ(account.policy, config::TrustPolicy::manual);
  EXPECT_THAT(account.admins, ElementsAre("me@example.org"));
  EXPECT_EQ(config::read_secret(account.password).reveal(), "secret-from-file");
  EXPECT_EQ(settings.data_dir, dir_ / "data");
  EXPECT_TRUE(settings.http.has_value());
  EXPECT_EQ(settings.plugins.at(0).config_json,
            R"({"hooks":{"alerts":{"secret":"alerts_token","to":["me@example.org"]}}})");
  EXPECT_NO_THROW(store::load_key_file(settings.key.name));
}

TEST_F(Init, LogsInBeforeItWritesAnything) {
  line_.login = {false, "the server refused the password", "check the password", "", "", ""};
  EXPECT_EQ(init({"--password-file", password_}), 1);
  EXPECT_THAT(line_.err.str(),
              HasSubstr("the server refused the password\n  check the password (nothing was written"));
  EXPECT_FALSE(fs::exists(dir_));
  EXPECT_THAT(line_.logins, ElementsAre(std::pair("bot@example.org", "secret-from-file")));
}

TEST_F(Init, CanDoWithoutLogin) {
  EXPECT_EQ(init({"--password-file", password_, "--no-login"}), 0);
  EXPECT_TRUE(line_.logins.empty());
}

TEST_F(Init, SecretsAreForTheOwnerOnlyAndNotShown) {
  line_.asks = true;
  line_.in.str("\n\n\n");
  line_.typed_secret = "typed-by-a-person";
  ASSERT_EQ(init(), 0) << line_.err.str();
  for (const char* file : {"key", "password", "omegate.yaml"}) EXPECT_EQ(mode(dir_ / file), 0600u) << file;
  EXPECT_EQ(mode(dir_), 0700u);
  EXPECT_EQ(mode(dir_ / "data"), 0700u);
  EXPECT_EQ(content(dir_ / "password"), "typed-by-a-person\n");
  EXPECT_THAT(line_.out.str() + line_.err.str() + content(dir_ / "omegate.yaml"),
              Not(HasSubstr("typed-by-a-person")));
}

TEST_F(Init, AsksAPersonForWhatIsMissing) {
  line_.asks = true;
  line_.in.str("bot@example.org\nyes\nme@example.org\nmaybe\nblind\n");
  EXPECT_EQ(line_.run({"init", "--dir", dir_}), 0);
  EXPECT_THAT(written().accounts.at(0).admins, ElementsAre("me@example.org"));
  EXPECT_EQ(written().accounts.at(0).policy, config::TrustPolicy::blind);
  EXPECT_TRUE(line_.made.empty());
  for (const char* policy : {"tofu ", "blind ", "manual ", "configured "}) EXPECT_THAT(line_.out.str(), HasSubstr(policy));
  EXPECT_THAT(line_.out.str(), HasSubstr("reads along unnoticed"));
}

TEST_F(Init, MakesAnAccountThatDoesNotExistWithAPasswordNobodyTyped) {
  line_.asks = true;
  line_.in.str("bot@example.org\nno\nme@example.org\n\n");
  ASSERT_EQ(line_.run({"init", "--dir", dir_}), 0) << line_.err.str();
  ASSERT_EQ(line_.made.size(), 1u);
  EXPECT_EQ(line_.made, line_.logins);  // and has logged in with it
  EXPECT_GE(line_.made[0].second.size(), 43u);
  EXPECT_EQ(content(dir_ / "password"), line_.made[0].second + "\n");
  EXPECT_EQ(mode(dir_ / "password"), 0600u);
  EXPECT_EQ(config::read_secret(written().accounts.at(0).password).reveal(), line_.made[0].second);
  EXPECT_THAT(line_.out.str(), Not(HasSubstr(line_.made[0].second)));
}

TEST_F(Init, ARefusedRegistrationLeavesNothingBehind) {
  line_.making = {false, "There is an account bot@example.org already.", "", "", "", ""};
  EXPECT_EQ(init({"--register"}), 1);
  EXPECT_THAT(line_.err.str(), HasSubstr("There is an account"));
  EXPECT_TRUE(line_.logins.empty());
  EXPECT_FALSE(fs::exists(dir_ / "password"));
  EXPECT_FALSE(fs::exists(dir_ / "omegate.yaml"));
}

// An account whose password got lost is nobody's.
TEST_F(Init, ThePasswordStaysWhenTheServerDidNotAnswer) {
  line_.making = {false, "The connection was lost.", "", "", "", "", true};
  EXPECT_EQ(init({"--register"}), 1);
  EXPECT_THAT(line_.err.str(), HasSubstr("may have been made all the same"));
  EXPECT_EQ(content(dir_ / "password"), line_.made.at(0).second + "\n");
}

// The server has the password by then: it must not get lost with the attempt.
TEST_F(Init, ThePasswordOfAMadeAccountStaysWhenTheRestFails) {
  line_.login = {false, "no network", "try again", "", "", ""};
  EXPECT_EQ(init({"--register"}), 1);
  EXPECT_EQ(content(dir_ / "password"), line_.made.at(0).second + "\n");
  EXPECT_EQ(init({"--register"}), 1);
  EXPECT_THAT(line_.err.str(), HasSubstr("leave --register away and add --password-file"));
  line_.login.ok = true;
  EXPECT_EQ(init({"--password-file", dir_ / "password"}), 0) << line_.err.str();
}

TEST_F(Init, AsksNobodyWhenNobodyIsThere) {
  EXPECT_EQ(line_.run({"init", "--dir", dir_}), 2);
  EXPECT_THAT(line_.err.str(), HasSubstr("--jid is missing"));
  EXPECT_EQ(init(), 2);
  EXPECT_THAT(line_.err.str(), HasSubstr("--password-file is missing"));
}

TEST_F(Init, OverwritesNothing) {
  ASSERT_EQ(init({"--password-file", password_, "--admin", "me@example.org"}), 0);
  const auto key = content(dir_ / "key");
  const auto token = content(dir_ / "alerts.token");
  EXPECT_EQ(init({"--password-file", password_, "--admin", "me@example.org"}), 1);
  EXPECT_THAT(line_.err.str(), HasSubstr("omegate.yaml exists; move it away"));
  fs::remove(dir_ / "omegate.yaml");
  EXPECT_EQ(init({"--password-file", password_, "--admin", "me@example.org"}), 0);
  EXPECT_EQ(content(dir_ / "key"), key);
  EXPECT_EQ(content(dir_ / "alerts.token"), token);
}

TEST_F(Init, WrongWordsAreRefusedAsTheConfigWouldRefuseThem) {
  EXPECT_EQ(init({"--password-file", password_, "--admin", "nobody"}), 2);
  EXPECT_THAT(line_.err.str(), HasSubstr("accounts.bot.admins[0]: expected a bare JID"));
  EXPECT_FALSE(fs::exists(dir_));
  EXPECT_EQ(init({"--password-file", password_, "--policy", "trust"}), 2);
}

TEST_F(Init, NextStepsNameTheConfigAndACurlThatWorks) {
  ASSERT_EQ(init({"--password-file", password_, "--admin", "me@example.org"}), 0);
  EXPECT_THAT(line_.out.str(), HasSubstr("omegate run --config " + (dir_ / "omegate.yaml").string()));
  EXPECT_THAT(line_.out.str(), HasSubstr("omegate hello --config " + (dir_ / "omegate.yaml").string()));
  EXPECT_THAT(line_.out.str(),
              HasSubstr("curl -H \"Authorization: Bearer $(cat " + (dir_ / "alerts.token").string()));
  EXPECT_GE(content(dir_ / "alerts.token").size(), 43u);
}

// Whatever is in a name, the file that is written means it and nothing else.
TEST(NewConfig, QuotesWhatYamlWouldRead) {
  app::NewConfig config{"/d: x", "/k\"#", "/t", {}, {}};
  config.account.name = "bot";
  config.account.jid = "bot@example.org";
  config.account.password.name = "/p\\: {a";
  const auto settings = config::parse_settings(app::to_yaml(config), "/c.yaml", {"/plugins", false});
  EXPECT_EQ(settings.data_dir, "/d: x");
  EXPECT_EQ(settings.key.name, "/k\"#");
  EXPECT_EQ(settings.accounts.at(0).password.name, "/p\\: {a");
  EXPECT_EQ(settings.plugins.size(), 1u);  // nobody to send alerts to: the webhook is a comment
}

}  // namespace
