// What P.avatar asks the gateway, and what it makes of the answer.
#include <gmock/gmock.h>

#include "bridge/worker/plugin.hpp"

namespace {

using namespace omegate::plugin;
using testing::HasSubstr;
using Worker = omegate::worker::Plugin;

struct Avatars : testing::Test {
  /// The text that the handler sends, or why it failed.
  std::string run(const std::string& body) {
    const std::string source = "local P = ...\nP.on('message', function(ev)\n" + body + "\nend)";
    Worker worker(Load{"test", 1, {{"init.lua", source}}, "{}", {}, {"bot"}}, [](const Log&) {}, {}, [this](const ToGateway& question) -> ToWorker {
      asked = std::get<AvatarAsk>(question);
      return answer;
    });
    const auto loaded = worker.load();
    if (const auto* const failed = std::get_if<LoadFailed>(&loaded)) return failed->error;
    Message said{"bot", "juliet@example.org", "hello", TrustLevel::tofu, 7, "0f", true, "2", omegate::from_ms(123)};
    const auto result = worker.handle({"in-7", EventKind::message, payload(said)});
    if (const auto* const failed = std::get_if<Failed>(&result)) return failed->error;
    return std::get<Send>(std::get<Done>(result).effects.at(0)).text;
  }

  AvatarAsk asked;
  AvatarSeen answer;
};

TEST_F(Avatars, AreAskedForByTheAccountOfTheEvent) {
  answer = {"0a", File{"h1", "avatar.png", "image/png", 7, "here", ""}, "", false};
  EXPECT_EQ(run("local a = P.avatar(ev.from, {room = 'team@example.org', known = '0b'})\n"
                "ev:reply(table.concat({a.id, a.file.handle, a.file.name, a.file.media_type, a.file.state, a.file.size}, ' '))"),
            "0a h1 avatar.png image/png here 7");
  EXPECT_EQ(asked.jid, "juliet@example.org");
  EXPECT_EQ(asked.account, "bot");
  EXPECT_EQ(asked.room, "team@example.org");
  EXPECT_EQ(asked.known, "0b");
}

TEST_F(Avatars, ThatAreKnownHaveNoFile) {
  answer.id = "0b";
  EXPECT_EQ(run("local a, why = P.avatar(ev.from, {known = '0b', account = 'cat'}) ev:reply(a.id .. tostring(a.file) .. tostring(why))"), "0bnilnil");
  EXPECT_EQ(asked.account, "cat");
  EXPECT_EQ(asked.room, "");
}

TEST_F(Avatars, ThatAreNotShownAreToldFromThoseThatNobodyKnows) {
  EXPECT_EQ(run("local a, why = P.avatar('bob@example.org') ev:reply(tostring(a) .. tostring(why))"), "nilnil");
  answer.reason = "not now";
  EXPECT_EQ(run("local a, why = P.avatar('bob@example.org') ev:reply(tostring(a) .. why)"), "nilnot now");
}

TEST_F(Avatars, MistakesAreErrorsOfTheirLine) {
  answer.refused = true;
  answer.reason = "the manifest does not grant asking for pictures: avatars";
  EXPECT_THAT(run("P.avatar(ev.from)"), HasSubstr("does not grant asking for pictures"));
  EXPECT_THAT(run("P.avatar(ev.from, {rom = 'x'})"), HasSubstr("rom"));
  EXPECT_THAT(run("P.avatar()"), HasSubstr("bad argument #1"));
}

}  // namespace
