#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/app/cli/command_line.hpp"

namespace {

using omegate::app::test::CommandLine;
using testing::HasSubstr;
using testing::StartsWith;
namespace json = boost::json;

// What the gateway answers to `status`, `keys` and `send`, in one.
std::string account(const std::string& name) {
  return R"({"account": ")" + name + R"(", "jid": ")" + name + R"(@example.org", "state": "online", "device": 7, "fingerprint": ")" +
         std::string(64, 'a') + "\"}";
}
std::string answer(const std::string& state, const std::string& more = "", const std::string& accounts = account("bot")) {
  return R"({"accounts": [)" + accounts + R"(], "state": ")" + state + "\"" + more + "}";
}

TEST(Hello, ShowsTheCodeAndSaysWhenTheMessageWasDecrypted) {
  CommandLine line;
  line.answer = answer("delivered");
  EXPECT_EQ(line.ask({"hello", "me@example.org"}), 0) << line.err.str();
  EXPECT_THAT(line.out.str(), HasSubstr("bot@example.org"));
  EXPECT_THAT(line.out.str(), HasSubstr("aaaaaaaa aaaaaaaa"));
  EXPECT_THAT(line.out.str(), HasSubstr("█"));
  EXPECT_THAT(line.out.str(), HasSubstr("delivered: a device has decrypted it"));
  EXPECT_EQ(line.asked.back().verb, "send");
  EXPECT_EQ(line.asked.back().args.at("wait"), "delivered");
  EXPECT_EQ(line.asked.back().args.at("to"), "me@example.org");
}

TEST(Hello, SaysWhatKeepsAMessageAndWhatToDo) {
  CommandLine line;
  line.answer = answer("held", R"(, "reason": "no key is trusted")");
  EXPECT_EQ(line.ask({"hello", "me@example.org"}), 4);
  EXPECT_THAT(line.out.str(), HasSubstr("no key is trusted"));
  EXPECT_THAT(line.out.str(), HasSubstr("write anything to it from the phone"));
  line.answer = answer("sent", R"(, "timed_out": true)");
  EXPECT_EQ(line.ask({"hello", "me@example.org"}), 4);
  EXPECT_THAT(line.out.str(), HasSubstr("no device has confirmed it"));
}

TEST(Hello, GreetsEachAdminOnce) {
  CommandLine line;
  line.answer = answer("delivered", "", account("one"));
  const auto config = line.folder / "omegate.yaml";
  const auto settings = [](const char* name, const char* admins) {
    return std::string("  ") + name + ": {jid: " + name + "@example.org, password: {env: X}, admins: [" + admins + "]}\n";
  };
  std::ofstream(config) << "data_dir: " << (line.folder / "data").string() << "\nkey: {file: /k}\naccounts:\n"
                        << settings("one", "me@example.org, you@example.org") << settings("two", "somebody@example.org");
  const auto sent = [&] {
    return std::count_if(line.asked.begin(), line.asked.end(), [](const auto& asked) { return asked.verb == "send"; });
  };
  EXPECT_EQ(line.run({"hello", "--account", "one", "--config", config, "--socket", "/run/c.sock"}), 0) << line.err.str();
  EXPECT_EQ(sent(), 2);
  EXPECT_EQ(line.asked.back().args.at("account"), "one");
  EXPECT_EQ(line.asked.back().args.at("to"), "you@example.org");
  line.answer = answer("delivered", "", account("one") + ", " + account("two"));
  EXPECT_EQ(line.run({"hello", "--config", config, "--socket", "/run/c.sock"}), 2);
  EXPECT_THAT(line.err.str(), HasSubstr("--account"));
  EXPECT_EQ(sent(), 2) << "nobody is greeted by chance";
}

TEST(Hello, NamesNobodyByItself) {
  CommandLine line;
  const auto config = line.folder / "omegate.yaml";
  std::ofstream(config) << "data_dir: /d\nkey: {file: /k}\naccounts:\n  bot: {jid: bot@example.org, password: {env: X}}\n";
  EXPECT_EQ(line.run({"hello", "--config", config}), 2);
  EXPECT_THAT(line.err.str(), HasSubstr("omegate hello you@example.org"));
}

TEST(Hello, WaitsForAPersonToScan) {
  CommandLine line;
  line.answer = answer("delivered");
  line.asks = true;
  line.in.str("\n");
  EXPECT_EQ(line.ask({"hello", "me@example.org"}), 0);
  EXPECT_THAT(line.out.str(), HasSubstr("Press Enter"));
}

TEST(Hello, AsJsonIsOneObjectForPrograms) {
  CommandLine line;
  line.answer = answer("held", R"(, "reason": "no key is trusted")");
  line.asks = true;  // a program's terminal: nobody there presses Enter
  EXPECT_EQ(line.ask({"hello", "me@example.org", "you@example.org", "--json"}), 4) << line.err.str();
  const auto printed = json::parse(line.out.str()).as_object();
  EXPECT_EQ(printed.at("ok"), false);
  const auto& accounts = printed.at("accounts").as_array();
  ASSERT_EQ(accounts.size(), 1u);
  EXPECT_EQ(accounts[0].at("jid"), "bot@example.org");
  EXPECT_THAT(std::string(accounts[0].at("uri").as_string()), StartsWith("xmpp:bot@example.org?omemo-sid-7="));
  const auto& messages = printed.at("messages").as_array();
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].at("state"), "held");
  EXPECT_EQ(messages[0].at("reason"), "no key is trusted");
  EXPECT_THAT(std::string(messages[1].at("to_do").as_string()), HasSubstr("you@example.org"));
  line.answer = answer("delivered");
  EXPECT_EQ(line.ask({"hello", "me@example.org", "--json"}), 0) << line.err.str();
  const auto arrived = json::parse(line.out.str()).as_object();
  EXPECT_EQ(arrived.at("ok"), true);
  EXPECT_FALSE(arrived.at("messages").as_array()[0].as_object().contains("to_do"));
}

}  // namespace
