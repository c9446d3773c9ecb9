// What a test of a plugin (`*.chat`) can say, played with real processes. Most of it is shown by other conversations: here is
// what they do not need, and what is said of a script that goes wrong.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "bridge/edge/config/manifest.hpp"
#include "bridge/gateway/plugins/plugin_script.hpp"
#include "test_places.hpp"
#include "tests/support/party.hpp"

namespace omegate::gateway {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* manifest = R"(name: example
version: "1.0"
api: 1
grants:
  send_to: ["*"]
  messages: true
  http: [/example/in/]
  kv: 1
)";

/// "ok", or what is wrong with the first case that is not as expected.
std::string played(const std::string& source, const std::string& chat) {
  const gateway::test::TempDir folder;
  std::ofstream(folder / "plugin.yaml") << manifest;
  std::ofstream(folder / "init.lua") << "local P = ...\n" << source;
  const auto make_stage = [&](const ScriptCase& script) {
    plugin::Installed installed;
    installed.folder = fs::path(folder / "init.lua").parent_path();
    installed.manifest = config::read_manifest(installed.folder / "plugin.yaml");
    installed.config = plugin::check_config(installed.manifest.config, script.config);
    installed.accounts = {"bot"};
    installed.secrets = script.secrets;
    auto stage = std::make_unique<PluginStage>(std::move(installed), OMEGATE_BINARY_DIR "/omegate-plugin-worker", script.start);
    if (const auto error = stage->load(); !error.empty()) throw std::runtime_error("does not load: " + error);
    return stage;
  };
  try {
    for (const ScriptCase& script : parse_script("== a case\n" + chat, "a.chat"))
      if (const auto wrong = play(script, "a.chat", make_stage)) return *wrong;
  } catch (const std::exception& failure) {
    return failure.what();
  }
  return "ok";
}

// What a plugin keeps in variables only is lost in life, too: a test can show it.
TEST(Stage, RestartsThePluginAndKeepsWhatItKept) {
  constexpr const char* source = R"(local kept, heard = P.kv "kept", 0
    P.on_timer("later", function(ev) ev:reply("later " .. ev.state) end)
    P.on_answer("who", function(ev) ev:reply("hello " .. ev.text) end)
    P.command("count", "Counts", function(cmd) heard = heard + 1 cmd:reply(("%d of %d"):format(heard, kept:add("all"))) end)
    P.command("begin", "Begins", function(cmd) P.after("5m", "later", "on") cmd:ask("Who?", "who") end))";
  EXPECT_EQ(played(source, R"(alice> count
< 1 of 1
alice> count
< 2 of 2
restart
alice> count
< 1 of 3
alice> begin
< Who?
restart
alice> Bob
< hello Bob
restart
+ 5m
< later on
)"),
            "ok");
}

TEST(Stage, LetsPeopleReactToTheirOwnMessages) {
  constexpr const char* source = R"(local texts = P.kv "texts"
    P.on("message", function(ev)
      texts:put(ev.message_id, ev.text)
      if ev.reply_to then ev:reply("to " .. texts:get(ev.reply_to.id)) end
    end)
    P.on("reaction", function(ev) ev:reply(table.concat(ev.added) .. " " .. texts:get(ev.about.id, "to mine")) end))";
  EXPECT_EQ(played(source, R"(alice> Good morning
alice> (reaction to own) 👍
< 👍 Good morning
alice> (reaction) 🎉
< 🎉 to mine
alice> (reply to own) and good night
< to Good morning
)"),
            "ok");
  EXPECT_THAT(played(source, "alice> (reply) hello\n"), StartsWith("a.chat:2: alice@example.org has heard nothing yet"));
  EXPECT_THAT(played(source, "# nothing\nbob> (reaction to own) 👍\n"), StartsWith("a.chat:3: bob@example.org has said nothing yet"));
}

TEST(Stage, TakesADeliveryOnce) {
  constexpr const char* source = R"(P.http("PUT /example/in/{day}", { auth = "bearer:token", once = "day", each = "all", id = "id" },
      function(ev) P.send("alice@example.org", ev.params.day .. " " .. ev.json.id) end))";
  EXPECT_EQ(played(source, R"(secrets: token
PUT /example/in/monday {"all": [{"id": "a"}]}
alice< monday a
PUT /example/in/monday {"all": [{"id": "a"}]}
PUT /example/in/tuesday {"all": [{"id": "a"}, {"id": "b"}]}
alice< tuesday b
)"),
            "ok");
  constexpr const char* whole = R"(P.http("PUT /example/in/{day}", { auth = "bearer:token", once = "day" },
      function(ev) P.send("alice@example.org", ev.params.day .. " " .. ev.json.count) end))";
  EXPECT_EQ(played(whole, R"(secrets: token
PUT /example/in/monday {"count": 1}
alice< monday 1
PUT /example/in/monday {"count": 1}
PUT /example/in/monday {"count": 2}
alice< monday 2
)"),
            "ok")
      << "with another body it is another delivery";
}

TEST(Stage, AsksSomebodyWhoHasSaidNothing) {
  constexpr const char* source = R"(P.on_answer("plan", function(ev)
      P.send("team@example.org", ev.from .. " " .. (ev.timeout and "is silent" or ev.lost and "was asked again" or ev.text))
    end)
    P.every("1h", function() P.ask("alice@example.org", "What now?", "plan", nil, "90m") end))";
  EXPECT_EQ(played(source, R"(+ 1h
alice< What now?
bob> nothing
alice> tests
team< alice@example.org tests
alice> and more
+ 1h
alice< What now?
+ 1h
alice< What now?
team< alice@example.org was asked again
restart
alice> tests again
team< alice@example.org tests again
)"),
            "ok");
}

TEST(Stage, SaysWhichZoneThereIsNot) {
  EXPECT_THAT(played(R"(P.cron("0 9 * * *", { zone = "Mars/Olympus" }, function() end))", "+ 1h\n"),
              HasSubstr("there is no time zone 'Mars/Olympus'"));
}

TEST(Stage, SaysWhatALineCanBe) {
  EXPECT_THAT(played("", "again\n"), testing::AllOf(StartsWith("a.chat:2: expected: "), HasSubstr("restart"), HasSubstr("topic:"), HasSubstr("config:")));
}

}  // namespace
}  // namespace omegate::gateway
