// The verbs for authors of plugins, with the real worker program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/app/cli/command_line.hpp"
#include "test_places.hpp"

namespace omegate::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct PluginVerbs : testing::Test {
  PluginVerbs() { line.worker = OMEGATE_BINARY_DIR "/omegate-plugin-worker"; }

  std::string folder(const std::string& name) const { return (line.folder / name).string(); }
  void write(const std::string& file, const std::string& text) const {
    std::ofstream(line.folder / file) << text;
  }
  std::string errors() const { return line.err.str(); }

  test::CommandLine line;
};

TEST_F(PluginVerbs, ANewPluginLoadsAndItsTestPasses) {
  ASSERT_EQ(line.run({"plugin", "new", folder("dice")}), 0) << errors();
  EXPECT_EQ(line.run({"plugin", "check", folder("dice")}), 0) << errors();
  EXPECT_EQ(line.run({"plugin", "test", folder("dice")}), 0) << errors();
  EXPECT_THAT(line.out.str(),
              AllOf(HasSubstr("ok  Greets whoever writes and counts"), HasSubstr("3 played, 0 failed")));
}

TEST_F(PluginVerbs, ANewPluginHasWhatEditorsNeed) {
  ASSERT_EQ(line.run({"plugin", "new", folder("dice")}), 0) << errors();
  const auto content = [&](const std::string& file) {
    std::ifstream stream(line.folder / file);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  ASSERT_EQ(line.run({"plugin", "stubs"}), 0);
  EXPECT_THAT(line.out.str(), HasSubstr("function P.send(to, text, opts) end"));
  EXPECT_EQ(content("dice/types/omegate.lua"), line.out.str());
  EXPECT_THAT(content("dice/init.lua"), HasSubstr("---@type omegate.P\nlocal P = ...\n"));
  EXPECT_THAT(content("dice/.luarc.json"), HasSubstr("\"runtime.version\": \"Lua 5.4\""));
  ASSERT_EQ(line.run({"plugin", "reference"}), 0);
  EXPECT_THAT(line.out.str(), HasSubstr("# What plugins can call"));
}

TEST_F(PluginVerbs, ATestPlaysTopics) {
  ASSERT_EQ(line.run({"plugin", "new", folder("dice")}), 0);
  write("dice/plugin.yaml", "name: dice\nversion: \"1\"\napi: 1\ngrants: {publish: [orders], subscribe: [stock], send_to: [alice@example.org]}\n");
  write("dice/init.lua", R"(local P = ...
P.subscribe("stock", function(ev) P.publish("orders", { what = ev.data.what, pieces = 3 }) end)
)");
  const auto play = [&](const std::string& script) {
    write("dice/dice.chat", "== A\n" + script);
    const int code = line.run({"plugin", "test", folder("dice")});
    return code == 0 ? std::string("ok") : errors();
  };
  EXPECT_EQ(play("topic:stock> {\"what\": \"tea\"}\ntopic:orders< {\"pieces\": 3, \"what\": \"*\"}\n"), "ok");
  EXPECT_THAT(play("topic:stock> {\"what\": \"tea\"}\ntopic:orders< {\"pieces\": 4, \"what\": \"tea\"}\n"), HasSubstr("dice.chat:3: expected"));
  EXPECT_THAT(play("topic:stock> {\"what\": \"tea\"}\n"), HasSubstr("found a message to topic:orders"));
  EXPECT_THAT(play("topic:orders> {}\n"), HasSubstr("does not grant subscribing to \"orders\""));
  EXPECT_THAT(play("topic:stock> {\n"), HasSubstr("is JSON, and this is none"));
}

TEST_F(PluginVerbs, ATestPlaysPrograms) {
  ASSERT_EQ(line.run({"plugin", "new", folder("dice")}), 0);
  write("dice/plugin.yaml", "name: dice\nversion: \"1\"\napi: 1\ngrants: {send_to: [sender], run: ['*']}\n");
  write("dice/init.lua", R"(local P = ...
P.command("throw", "Asks", function(cmd) cmd:ask("Sure?", "sure") end)
P.on_answer("sure", function(ev) P.run("dice", { sides = "6" }) end)
P.on("ran", function(ev) ev:reply(ev.outcome .. " " .. ev.status .. " " .. ev.output) end)
)");
  const auto play = [&](const std::string& script) {
    write("dice/dice.chat", "== A\n" + script);
    const int code = line.run({"plugin", "test", folder("dice")});
    return code == 0 ? std::string("ok") : errors();
  };
  const std::string begin = "role admin: alice\nprogram dice <sides:integer>: Throws\nalice (verified)> throw\n< Sure?\n", yes = "alice (verified)> yes\n";
  EXPECT_EQ(play(begin + "run dice 6 -> 0 four\n" + yes + "< ended 0 four\n"), "ok");
  EXPECT_EQ(play(begin + "run dice * -> killed 9\n" + yes + "< killed 9*\n"), "ok");
  EXPECT_THAT(play(begin + yes), HasSubstr("nobody said how it ends: run dice 6"));
  EXPECT_THAT(play(begin + "run dice 8 -> 0\n"), HasSubstr("expected a program to run, found none: run dice 8"));
  EXPECT_THAT(play(begin + "run dice 6 -> 0\nalice> yes\n"), HasSubstr("the key that wants it is not verified")) << "the gateway judges it here, too";
  EXPECT_THAT(play("role admin: bob\nprogram dice <sides:integer>\nalice (verified)> throw\n< Sure?\n" + yes), HasSubstr("is not among the admin of roles"));
  EXPECT_THAT(play(begin + "run dice 6 -> soon\n"), HasSubstr("dice.chat:6: expected a run and its end"));
  EXPECT_THAT(play("program dice <sides>\n"), HasSubstr("dice.chat:2: expected an argument like"));
}

TEST_F(PluginVerbs, NewReplacesNothing) {
  ASSERT_EQ(line.run({"plugin", "new", folder("dice")}), 0);
  EXPECT_EQ(line.run({"plugin", "new", folder("dice")}), 2);
  EXPECT_THAT(errors(), HasSubstr("exists already"));
  EXPECT_EQ(line.run({"plugin", "new", folder("not a name")}), 2);
}

// case 202
TEST_F(PluginVerbs, TheShippedPluginsPassTheirTests) {
  EXPECT_EQ(line.run({"plugin", "test", "command", "forward", "matrix", "rss", "remind", "responder", "webhook"}), 0) << errors();
  EXPECT_THAT(line.out.str(), HasSubstr(" 0 failed"));
}

TEST_F(PluginVerbs, ATestSaysWhereItIsNotAsExpected) {
  ASSERT_EQ(line.run({"plugin", "new", folder("dice")}), 0);
  const auto fails_with = [&](const std::string& script) {
    write("dice/dice.chat", script);
    EXPECT_EQ(line.run({"plugin", "test", folder("dice")}), 1) << script;
    return errors();
  };
  EXPECT_THAT(fails_with("== A\nalice> hello\n< Goodbye\n"),
              HasSubstr("dice.chat:3: expected \"Goodbye\", found \"Hello alice, for the 1. time.\""));
  EXPECT_THAT(
      fails_with("== A\nalice> hello\n"),
      HasSubstr("dice.chat:2: expected nothing more before this, found a message to alice@example.org"));
  EXPECT_THAT(fails_with("== A\nalice> nonsense\n< x\n"),
              HasSubstr("dice.chat:3: expected to hear \"x\", found nothing"));
  EXPECT_THAT(fails_with("== A\nalice> hello\nbob< Hello*\n"),
              HasSubstr("expected a message to bob@example.org"));
  EXPECT_THAT(fails_with("== A\nconfig: {\"colour\": 1}\nalice> hello\n"),
              HasSubstr("colour: unknown setting"));
  EXPECT_THAT(fails_with("alice> hello\n"), HasSubstr("dice.chat:1: expected == and the name of a case"));
  EXPECT_THAT(fails_with("== A\n+ soon\n"), HasSubstr("dice.chat:2: expected a period"));
  EXPECT_THAT(fails_with("# nothing\n"), HasSubstr("there is no case"));
}

/// The block of plugins/README.md in this language that has this text.
std::string from_readme(const std::string& language, const std::string& text) {
  std::ifstream file(OMEGATE_SOURCE_DIR "/plugins/README.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const std::string open = "```" + language + "\n";
  for (auto start = page.find(open); start != page.npos; start = page.find(open, start)) {
    start += open.size();
    const std::string block = page.substr(start, page.find("```", start) - start);
    if (block.find(text) != block.npos) return block;
  }
  return {};
}

TEST_F(PluginVerbs, ATestAnswersForOtherServers) {
  std::filesystem::create_directory(line.folder / "silencer");
  write("silencer/plugin.yaml", "name: silencer\nversion: '1'\napi: 1\ndescription: Silences.\n"
                                "grants: {send_to: [sender], fetch: [alertmanager]}\n");
  write("silencer/init.lua", from_readme("lua", "P.fetch"));
  write("silencer/a.chat", from_readme("text", "fetch alertmanager"));
  EXPECT_EQ(line.run({"plugin", "test", folder("silencer")}), 0) << errors();
  const auto fails_with = [&](const std::string& script) {
    write("silencer/a.chat", script);
    EXPECT_EQ(line.run({"plugin", "test", folder("silencer")}), 1) << script;
    return errors();
  };
  EXPECT_THAT(fails_with("== A\nalice (verified)> silence X\n"),
              HasSubstr("nobody said what is answered to: fetch alertmanager POST /api/v2/silences {"));
  EXPECT_THAT(fails_with("== A\nfetch alertmanager GET /x -> 200 {}\n"),
              HasSubstr("expected a request, found none: fetch alertmanager GET /x"));
  EXPECT_THAT(fails_with("== A\nfetch alertmanager GET /x -> maybe\n"), HasSubstr("a.chat:2: expected a request and its answer"));
  EXPECT_EQ(line.run({"plugin", "show", folder("silencer")}), 0);
  EXPECT_THAT(line.out.str(), HasSubstr("may call the HTTP host alertmanager"));
}

TEST_F(PluginVerbs, ATestShowsTheTracebackOfAHandlerThatFails) {
  ASSERT_EQ(line.run({"plugin", "new", folder("dice")}), 0);
  write("dice/init.lua", "local P = ...\nP.command('boom', 'x', function(cmd)\n  local x = nil + 1\nend)\n");
  write("dice/dice.chat", "== A\nalice> boom\n");
  EXPECT_EQ(line.run({"plugin", "test", folder("dice")}), 1);
  EXPECT_THAT(errors(), AllOf(HasSubstr("init.lua:3: attempt to perform arithmetic"),
                              HasSubstr(">    3 |   local x = nil + 1")));
  write("dice/dice.chat", "== A\nalice> boom\n! *attempt to perform arithmetic*\n");
  EXPECT_EQ(line.run({"plugin", "test", folder("dice")}), 0) << errors();
}

TEST_F(PluginVerbs, ATestHearsWhatIsDoneToEarlierMessages) {
  std::filesystem::create_directory(line.folder / "all");
  write("all/plugin.yaml", "name: all\nversion: '1'\napi: 1\ndescription: All.\ngrants: {send_to: [sender], messages: true, kv: 1}\n");
  write("all/init.lua", R"(local P = ...
    local kept = P.kv "kept"
    P.command("deploy", "x", function(cmd)
      P.react(cmd, "👀")
      kept:put("last", cmd:reply("deploying"))
    end)
    P.command("finish", "x", function() P.edit(kept:get "last", "deployed") end)
    P.command("undo", "x", function() P.retract(kept:get "last") end)
    P.on("reaction", function(ev) P.edit(ev.about, table.concat(ev.reactions, "+") .. " by " .. ev.trust) end)
    P.hear("why", function(ev) ev:reply(ev.reply_to and ev.reply_to.own and "because" or "what?") end))");
  write("all/all.chat", R"(
== Said, reacted to, answered
alice> deploy
< (reaction) 👀
< deploying
alice (verified)> (reaction) 👍 🎉
< (edit) 👍+🎉 by verified
alice> (reply) why
< because
alice> why
< what?
== Said, changed, taken back
alice> deploy
< (reaction) 👀
< deploying
alice> finish
< (edit) deployed
alice> undo
< (retract)
)");
  EXPECT_EQ(line.run({"plugin", "test", folder("all")}), 0) << errors();
}

TEST_F(PluginVerbs, ATestCannotAnswerWhatNobodySaid) {
  ASSERT_EQ(line.run({"plugin", "new", folder("dice")}), 0);
  write("dice/dice.chat", "== A\nalice> (reply) hello\n");
  EXPECT_EQ(line.run({"plugin", "test", folder("dice")}), 1);
  EXPECT_THAT(errors(), HasSubstr("alice@example.org has heard nothing yet to speak of"));
}

TEST_F(PluginVerbs, ATestHasTrustTimersHooksAndLogs) {
  std::filesystem::create_directory(line.folder / "all");
  write("all/plugin.yaml",
        "name: all\nversion: '1'\napi: 1\ndescription: All.\ngrants: {send_to: ['*'], hooks: true, messages: "
        "true}\n");
  write("all/init.lua", R"(local P = ...
    P.on_timer("t", function(ev) ev:reply("ring") end)
    P.every("1h", { name = "tick" }, function() P.send("carol@example.org", "tick") end)
    P.command("later", "x", function(cmd) P.after("90m", "t") P.log.info("later then") end)
    P.command("secret", "x", { min_trust = "verified" }, function(cmd) cmd:reply("42") end)
    P.on_answer("q", function(ev) ev:reply(ev.timeout and "too late" or "so " .. ev.text) end)
    P.command("ask", "x", function(cmd) cmd:ask("What?", "q", nil, "20m") end)
    P.hook("/alert", { auth = "bearer:token" }, function(req) P.send("bob@example.org", req.json.text .. "\nline two") end))");
  write("all/all.chat", R"(
== Everything
secrets: token
now: 2026-02-28 23:30
alice> secret
alice (verified)> secret
< 42
alice> later
log: later*
+ 90m
carol< tick
alice< ring
alice> ask
< What?
alice> blue
< so blue
alice> ask
< What?
+ 20m
alice< too late
POST /alert {"text": "line one"}
bob< line one
| line two
)");
  EXPECT_EQ(line.run({"plugin", "test", folder("all")}), 0) << errors();
}

TEST_F(PluginVerbs, CheckSaysWhyAPluginDoesNotLoad) {
  ASSERT_EQ(line.run({"plugin", "new", folder("dice")}), 0);
  write("dice/init.lua", "local P = ...\nP.nonsense()\n");
  EXPECT_EQ(line.run({"plugin", "check", folder("dice")}), 1);
  EXPECT_THAT(errors(), HasSubstr("init.lua:2: P has no member 'nonsense'"));
  EXPECT_EQ(line.run({"plugin", "check", folder("nowhere")}), 2);
  EXPECT_THAT(errors(), HasSubstr("omegate plugin list"));
}

TEST_F(PluginVerbs, ListAndShowTellWhatAPluginIs) {
  EXPECT_EQ(line.run({"plugin", "list"}), 0);
  EXPECT_THAT(line.out.str(), AllOf(HasSubstr("remind"), HasSubstr("responder"), HasSubstr("webhook")));
  EXPECT_EQ(line.run({"plugin", "show", "remind"}), 0);
  EXPECT_THAT(line.out.str(),
              AllOf(HasSubstr("may send to whoever wrote to it"), HasSubstr("may keep up to 8 MiB"),
                    HasSubstr("zone: string, default \"UTC\"")));
}

TEST_F(PluginVerbs, ListAndShowTellWhatARunningPluginCosts) {
  line.answer = R"({"plugins": [
    {"name": "remind", "version": "0.9", "state": "running", "restarts": 2, "handled": 120, "failed": 3, "cpu_ms": 5400, "memory": 35651584, "detail": "no luck"},
    {"name": "own", "version": "7", "state": "quarantined", "restarts": 0, "handled": 0, "failed": 0}]})";
  ASSERT_EQ(line.ask({"plugin", "list"}), 0) << errors();
  EXPECT_EQ(line.asked.back().verb, "status");
  EXPECT_THAT(line.out.str(), testing::ContainsRegex("remind +0\\.9 +running +34 MiB +5 s +120 +3 "));
  EXPECT_THAT(line.out.str(), testing::ContainsRegex("own +7 +quarantined"));
  EXPECT_THAT(line.out.str(), HasSubstr("responder"));
  ASSERT_EQ(line.ask({"plugin", "show", "remind"}), 0) << errors();
  EXPECT_THAT(line.out.str(), AllOf(HasSubstr("running: version 0.9, 34 MiB of memory, 5 s of CPU, 120 events handled, 3 of them failed, 2 restarts"),
                                    HasSubstr("last trouble: no luck")));
  ASSERT_EQ(line.ask({"plugin", "show", "responder"}), 0);
  EXPECT_THAT(line.out.str(), Not(HasSubstr("handled")));
}

TEST_F(PluginVerbs, ListNeedsNoGatewayUnlessOneIsNamed) {
  line.failure = std::make_exception_ptr(GatewayNotRunning("nobody listens on /run/c.sock"));
  EXPECT_NE(line.ask({"plugin", "list"}), 0);
  EXPECT_THAT(errors(), HasSubstr("nobody listens"));
  line.environment["OMEGATE_SOCKET"] = "/run/c.sock";
  EXPECT_EQ(line.run({"plugin", "list"}), 0) << errors();
  EXPECT_THAT(line.out.str(), HasSubstr("responder"));
}

TEST_F(PluginVerbs, ListSaysWhatItCouldNotLearnFromAGatewayThatDoesNotAnswer) {
  line.failure = std::make_exception_ptr(GatewaySilent("the gateway runs, and has not answered"));
  EXPECT_EQ(line.ask({"plugin", "list"}), 0);
  EXPECT_THAT(line.out.str(), HasSubstr("responder"));
  EXPECT_THAT(errors(), AllOf(HasSubstr("has not answered"), HasSubstr("which plugins run, and what they cost, is not known")));
  EXPECT_EQ(line.ask({"plugin", "show", "remind"}), 0);
  EXPECT_THAT(line.out.str(), HasSubstr("may keep up to 8 MiB"));
}

TEST_F(PluginVerbs, InTheConsoleOneTalksAndTimeGoesBy) {
  line.in.str("remind me in 2 hours to look\n+ 3h\nbob> reminders\nreminders\n");
  EXPECT_EQ(line.run({"plugin", "dev", "remind"}), 0) << errors();
  EXPECT_THAT(line.out.str(),
              AllOf(HasSubstr("(loaded)"), HasSubstr("< On Monday, 21 September 2026 at 16:13, number 1."),
                    HasSubstr("< Reminder: look"), HasSubstr("bob@example.org< Nothing.")));
}

TEST_F(PluginVerbs, InTheConsoleOneHasRolesAndProgramsAsInTests) {
  ASSERT_EQ(line.run({"plugin", "new", folder("dice")}), 0);
  write("dice/plugin.yaml", "name: dice\nversion: \"1\"\napi: 1\ngrants: {send_to: [sender], messages: true, run: ['*'], kv: 1}\n");
  write("dice/init.lua", R"(local P = ...
local kept = P.kv "kept"
P.command("throw", "Asks", { role = "admin" }, function(cmd) kept:put("thrown", (kept:get "thrown" or 0) + 1) cmd:ask("Sure?", "sure") end)
P.on_answer("sure", function(ev) P.run("dice", { sides = "6" }) end)
P.on("ran", function(ev) ev:reply(ev.outcome .. " " .. ev.status .. " " .. ev.output .. " #" .. kept:get "thrown") end)
P.on("message", function(ev) ev:reply("you said " .. ev.text) end)
)");
  line.in.str(
      "throw\n"
      "role admin: you\n"
      "program dice <sides:integer>: Throws\n"
      "run dice 6 -> 0 four\n"
      "throw\nyes\n"
      "throw\nyes\n"
      "bob (verified)> throw\n"
      "role of a die: to roll\nprogram me a die\n"
      "role admin:\n"
      "throw\n"
      "program dice <sides>\n");
  EXPECT_EQ(line.run({"plugin", "dev", folder("dice")}), 0) << errors();
  const std::string out = line.out.str();
  EXPECT_THAT(out, AllOf(HasSubstr("< Sure?"), HasSubstr("bob@example.org< You may not use throw."), HasSubstr("< ended 0 four #1"), HasSubstr("< you said role of a die: to roll"),
                         HasSubstr("< you said program me a die")));
  const auto asked = [&] {
    int times = 0;
    for (auto at = out.find("Sure?"); at != out.npos; at = out.find("Sure?", at + 1)) ++times;
    return times;
  };
  EXPECT_EQ(asked(), 2) << "neither before the role was given, nor after it was taken, nor for anybody else:\n" << out;
  EXPECT_THAT(errors(), AllOf(HasSubstr("nobody said how it ends: run dice 6"), HasSubstr("expected an argument like")));
}

TEST_F(PluginVerbs, InTheConsoleMistakesHaveTheirLine) {
  ASSERT_EQ(line.run({"plugin", "new", folder("dice")}), 0);
  write("dice/init.lua", "local P = ...\nP.command('boom', 'x', function(cmd)\n  error('oops')\nend)\n");
  line.in.str("boom\n+ never\n");
  EXPECT_EQ(line.run({"plugin", "dev", folder("dice")}), 0);
  EXPECT_THAT(errors(),
              AllOf(HasSubstr("init.lua:3: oops"), HasSubstr(">    3 |"), HasSubstr("expected a period")));
}

}  // namespace
}  // namespace omegate::app
