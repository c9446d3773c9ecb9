#include "bridge/core/plugin/grants.hpp"

#include <gmock/gmock.h>

#include "bridge/core/plugin/limits.hpp"

namespace {

using namespace omegate::plugin;
using testing::HasSubstr;
using testing::Optional;

struct GrantsTest : testing::Test {
  std::optional<std::string> send(std::string to, std::string account = {}) {
    std::vector<Effect> effects{Send{std::move(account), std::move(to), "text", {}}};
    auto refused = settle(effects, installed, origin);
    used_account = std::get<Send>(effects[0]).account;
    return refused;
  }

  Grants& grants() { return installed.manifest.grants; }

  Installed installed{
      {}, {}, {{}, {}, {"ops@example.org"}, {"token"}, {"cat"}}, {"bot", "cat", "dog"}, {"token"}};
  Origin origin{"bot", "juliet@example.org"};
  std::string used_account;
};

// case 133
// case 217
TEST_F(GrantsTest, DenyEverythingByDefault) {
  EXPECT_THAT(send("juliet@example.org"), Optional(HasSubstr("does not grant sending to juliet")));
  EXPECT_TRUE(send("ops@example.org"));
}

TEST_F(GrantsTest, AllowTheSenderOnly) {
  grants().send_to_sender = true;
  EXPECT_FALSE(send("Juliet@Example.ORG"));
  EXPECT_TRUE(send("romeo@example.org"));
  EXPECT_TRUE(send("juliet@example.org/phone"));
  origin = {};
  EXPECT_TRUE(send(""));
}

TEST_F(GrantsTest, AllowTheConfigurationsJids) {
  grants().send_to_config = true;
  EXPECT_FALSE(send("ops@example.org"));
  EXPECT_TRUE(send("juliet@example.org"));
}

TEST_F(GrantsTest, AllowNamedJidsAndAnyone) {
  grants().send_to = {"romeo@example.org"};
  EXPECT_FALSE(send("romeo@example.org"));
  EXPECT_TRUE(send("ops@example.org"));
  grants().send_to_anyone = true;
  EXPECT_FALSE(send("ops@example.org"));
}

TEST_F(GrantsTest, LetAFileGoWithoutATextAndNothingWithoutEither) {
  grants().send_to_anyone = true;
  std::vector<Effect> effects{Send{{}, "a@b", "", {}}};
  EXPECT_THAT(settle(effects, installed, origin), Optional(HasSubstr("without a text")));
  std::get<Send>(effects[0]).files = {"1234"};
  EXPECT_EQ(settle(effects, installed, origin), std::nullopt);
}

TEST_F(GrantsTest, FillInTheAccount) {
  grants().send_to_anyone = true;
  origin.account = "dog";
  EXPECT_FALSE(send("a@b"));
  EXPECT_EQ(used_account, "dog");
  origin = {};
  EXPECT_FALSE(send("a@b"));
  EXPECT_EQ(used_account, "bot");
}

// case 217
TEST_F(GrantsTest, BoundTheAccounts) {
  grants().send_to_anyone = true;
  EXPECT_FALSE(send("a@b", "bot"));
  EXPECT_THAT(send("a@b", "cat"), Optional(HasSubstr("may not send from the account \"cat\"")));
  grants().accounts_from_config = true;
  EXPECT_FALSE(send("a@b", "cat"));
  EXPECT_TRUE(send("a@b", "dog"));
  grants().any_account = true;
  EXPECT_FALSE(send("a@b", "dog"));
  EXPECT_TRUE(send("a@b", "another plugin's"));
}

TEST_F(GrantsTest, JudgeWhoIsAsked) {
  grants().send_to_config = true;
  Ask ask{"plan", "1", std::chrono::seconds(60)};
  const auto asked = [&] {
    std::vector<Effect> effects{ask};
    auto refused = settle(effects, installed, origin);
    ask = std::get<Ask>(effects[0]);
    return refused;
  };
  EXPECT_THAT(asked(), Optional(HasSubstr("does not grant sending to juliet"))) << "nobody is named: whoever caused it";
  EXPECT_EQ(ask.account, "");
  origin = {};
  EXPECT_THAT(asked(), Optional(HasSubstr("nobody to ask")));
  ask.to = "romeo@example.org";
  EXPECT_THAT(asked(), Optional(HasSubstr("does not grant sending to romeo")));
  ask.to = "ops@example.org";
  EXPECT_EQ(asked(), std::nullopt);
  EXPECT_EQ(ask.account, "bot") << "the default one";
  ask.account = "another plugin's";
  EXPECT_THAT(asked(), Optional(HasSubstr("may not send from the account")));
}

TEST_F(GrantsTest, RefuseAllForOne) {
  grants().send_to_sender = true;
  std::vector<Effect> effects{Send{"", origin.from, "fine", {}}, Send{"", "romeo@example.org", "not", {}}};
  EXPECT_TRUE(settle(effects, installed, origin));
}

// case 216
TEST_F(GrantsTest, BoundTheOutput) {
  grants().send_to_anyone = true;
  std::vector<Effect> large{Send{"", "a@b", std::string(max_output_size, 'x'), {}}};
  EXPECT_THAT(settle(large, installed, origin), Optional(HasSubstr("1 MiB")));
  std::vector<Effect> many(max_effects + 1, Send{"", "a@b", "x", {}});
  EXPECT_THAT(settle(many, installed, origin), Optional(HasSubstr("1000")));
}

TEST_F(GrantsTest, JudgeKeeping) {
  std::vector<Effect> put{KvPut{"k", "1"}}, gone{KvDelete{"k"}};
  EXPECT_THAT(settle(put, installed, origin), Optional(HasSubstr("kv")));
  EXPECT_TRUE(settle(gone, installed, origin));
  EXPECT_THAT(refusal(Ready{{}, {}, {}, true}, installed), Optional(HasSubstr("kv")));
  grants().kv_mib = 1;
  EXPECT_FALSE(settle(put, installed, origin));
  EXPECT_FALSE(settle(gone, installed, origin));
  EXPECT_FALSE(refusal(Ready{{}, {}, {}, true}, installed));
  std::vector<Effect> large{KvPut{"k", std::string(max_output_size, 'x')}};
  EXPECT_THAT(settle(large, installed, origin), Optional(HasSubstr("1 MiB")));
}

// case 217
TEST_F(GrantsTest, JudgeHooks) {
  const auto hook = [&](std::string path, std::string secret = "token") {
    return refusal(Ready{{{std::move(path), std::move(secret), {"POST"}}}, {}, {}}, installed);
  };
  EXPECT_THAT(hook("/alerts"), Optional(HasSubstr("does not grant hooks")));
  grants().hooks = true;
  EXPECT_FALSE(hook("/alerts"));
  EXPECT_FALSE(hook("/a/b-c_d.e~1"));
  EXPECT_THAT(hook("/alerts", "other"), Optional(HasSubstr("no secret \"other\"")));
  for (const char* bad :
       {"", "/", "alerts", "//a", "/a//b", "/a/", "/../a", "/.a", "/a b", "/a?b", "/%41", "/\xc3\xa9"}) {
    EXPECT_TRUE(hook(bad)) << bad;
  }
}

TEST_F(GrantsTest, JudgeSubscriptionsAndCommands) {
  EXPECT_TRUE(refusal(Ready{{}, {}, {EventKind::message}}, installed));
  EXPECT_TRUE(refusal(Ready{{}, {}, {EventKind::key}}, installed));
  grants().messages = true;
  EXPECT_FALSE(refusal(Ready{{}, {{"roll", "roll", "", {}}}, {EventKind::message}}, installed));
  EXPECT_TRUE(refusal(Ready{{}, {{"ro ll", "", "", {}}}, {}}, installed));
  EXPECT_TRUE(
      refusal(Ready{{}, std::vector<Command>(max_registrations + 1, {"x", "", "", {}}), {}}, installed));
}

TEST_F(GrantsTest, NeedAnOperatorWhoDefinedWhatIsNamed) {
  EXPECT_TRUE(check(installed).empty());
  installed.config.accounts = {"bird"};
  installed.config.secrets = {"key"};
  ASSERT_EQ(check(installed).size(), 2U);
  EXPECT_EQ(to_text(check(installed)[0]),
            "there is no account \"bird\" for this plugin; there are: bot, cat, dog");
}

TEST_F(GrantsTest, NobodyAsksForPicturesWithoutTheGrantOrForAnAccountOfOthers) {
  AvatarAsk ask{"juliet@example.org"};
  EXPECT_THAT(settle(ask, installed), Optional(HasSubstr("does not grant asking for pictures: avatars")));
  grants().avatars = true;
  EXPECT_FALSE(settle(ask, installed));
  EXPECT_EQ(ask.account, "bot") << "the first it may use";
  AvatarAsk elsewhere{"juliet@example.org", "mouse"};
  EXPECT_THAT(settle(elsewhere, installed), Optional(HasSubstr("may not use the account \"mouse\"")));
}

}  // namespace
