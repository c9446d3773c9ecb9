// Programs from a chat, with the plugin `command` and real programs: for verified admins who said yes, once, and nothing of
// the chat reaches a shell.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "bridge/core/omemo/fingerprint.hpp"
#include "tests/flow/world/rig.hpp"
#include "test_places.hpp"

namespace omegate::flow {
namespace {

using testing::HasSubstr;

struct ProgramFlow : testing::Test {
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {omemo::Version::omemo2}};
  gateway::test::TempDir folder;

  ProgramFlow() {
    config::PluginSettings command;
    command.name = "command";
    command.path = std::string(OMEGATE_SOURCE_DIR "/plugins/command");
    command.roles = {{"admin", {alice_jid}}};
    command.programs = {program("tick", {"/bin/sh", "-c", "echo run >> " + trace() + "; echo ticked"}),
                        program("echo", {"/bin/echo", "-n", "<{what}>"}, {*plugin::program_argument("what", "word")}),
                        program("fail", {"/bin/sh", "-c", "printf '\\033[31mno\\033[0m'; exit 4"}),
                        program("slow", {"/bin/sh", "-c", "echo run >> " + trace() + "; sleep 600"}),
                        program("hang", {"/bin/sleep", "600"})};
    command.programs.back().limit = 1s;
    rig.settings.plugins.push_back(command);
  }

  static plugin::Program program(const std::string& name, std::vector<std::string> words, std::vector<plugin::ProgramArgument> arguments = {}) {
    plugin::Program one{name, "", std::move(words)};
    one.arguments = std::move(arguments);
    return one;
  }
  std::string trace() const { return folder / "trace"; }
  int times_run() const {
    std::ifstream file(trace());
    return static_cast<int>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
  }

  /// A plugin beside it that may run the same, and checks nothing.
  void write_eager(const std::string& source) {
    std::filesystem::create_directory(std::filesystem::path(folder / "eager"));
    std::ofstream(folder / "eager/plugin.yaml") << "name: eager\nversion: '1.0'\napi: 1\ndescription: Wants too much.\ngrants: {send_to: [sender], run: ['*']}\n";
    std::ofstream(folder / "eager/init.lua") << "local P = ...\n" + source;
    config::PluginSettings eager = rig.settings.plugins.back();
    eager.name = "eager";
    eager.path = folder / "eager";
    rig.settings.plugins.push_back(eager);
  }

  void start(const std::string& level = "verified") {
    rig.start();
    alice.say("ping");
    hears("pong");
    if (level != "tofu") approve(level);
  }
  void approve(const std::string& level) {
    rig.ask("trust.approve", {{"jid", alice_jid}, {"which", omemo::fingerprint(alice.key(), omemo::FingerprintStyle::plain)}, {"level", level}});
  }

  bool has_heard(const std::string& start) {
    return std::ranges::any_of(alice.heard(), [&](const auto& text) { return text.starts_with(start); });
  }
  void hears(const std::string& start) {
    rig.until("the bot says: " + start, [&] { return has_heard(start); });
  }
  void runs(const std::string& line) {
    alice.say("run " + line);
    hears("Run " + line + "?");
    alice.say("yes");
  }
};

TEST_F(ProgramFlow, AVerifiedAdminWhoSaysYesHearsWhatItSaid) {
  start();
  alice.say("programs");
  hears("run tick\nrun echo <what:word>");
  runs("tick");
  hears("Running tick …");
  hears("tick: done\nticked");
  EXPECT_EQ(times_run(), 1);
  runs("echo hello");
  hears("echo hello: done\n<hello>");
  runs("fail");
  hears("fail: failed with exit code 4\nno");
  EXPECT_EQ(rig.store().run([](store::Tables& t) { return t.runs.count("command"); }), 0u);
}

// case 217
TEST_F(ProgramFlow, NobodyElseRunsAnything) {
  write_eager("P.command('eager', 'Runs', function(cmd) cmd:ask('Sure?', 'sure') end)\n"
              "P.on_answer('sure', function(ev) if ev.yes then P.run('tick', {}) ev:reply('eager ran') end end)");
  std::size_t refused = 0;
  const auto is_refused = [&](const std::string& why) {
    ++refused;
    alice.say("!eager");
    rig.until("a plugin that asks anybody does so", [&] { return alice.times_heard("Sure?") == refused; });
    alice.say("yes");
    rig.until("the gateway refuses it: " + why, [&] {
      const auto rows = rig.inbox();
      return !rows.empty() && rows[0].error.find(why) != std::string::npos;
    });
    rig.ask("inbox.drop", {{"id", rig.inbox()[0].event.id.value()}});
  };

  start("tofu");
  alice.say("run tick");
  alice.say("ping");
  rig.until("what comes behind is answered", [&] { return alice.times_heard("pong") == 2; });
  rig.until("both are handled", [&] { return rig.inbox().empty(); });
  // Its question would be for verified keys, so that nobody would hear it.
  EXPECT_EQ(rig.store().run([](store::Tables& t) { return t.timers.count("command"); }), 0u) << "it has asked";
  for (const auto& row : rig.outbox()) EXPECT_NE(row.state, store::MessageState::held) << row.reason;
  is_refused("the key that wants it is not verified");

  for (auto& plugin : rig.settings.plugins)
    if (!plugin.programs.empty()) plugin.roles = {{"admin", {"somebody@example.net"}}};
  rig.restart();
  approve("verified");
  alice.say("run tick");
  hears("You may not use run.");
  is_refused("is not among the admin of roles");
  EXPECT_FALSE(has_heard("Run tick?"));
  EXPECT_FALSE(has_heard("eager ran"));
  EXPECT_EQ(rig.store().run([](store::Tables& t) { return t.runs.count("eager"); }), 0u);
  EXPECT_EQ(times_run(), 0);
}

TEST_F(ProgramFlow, ANoAndASilenceRunNothing) {
  start();
  alice.say("run tick");
  hears("Run tick?");
  alice.say("no");
  hears("tick: not run.");
  alice.say("run tick");
  rig.until("it asks again", [&] { return alice.times_heard("Run tick? (yes or no)") == 2; });
  rig.advance(3min);
  hears("tick: nobody said yes");
  EXPECT_EQ(times_run(), 0);
}

// case 217
TEST_F(ProgramFlow, WordsOfAChatAreWordsAndNothingElse) {
  write_eager("P.command('eager <what>', 'Runs', function(cmd) cmd:ask('Sure of ' .. cmd.args.what .. '?', 'sure', cmd.args.what, '2m') end)\n"
              "P.on_answer('sure', function(ev) if ev.yes then P.run('echo', { what = ev.state }) ev:reply('eager ran') end end)");
  start();
  std::size_t refused = 0;
  for (const std::string words : {"$(id)", "`id`", "--version", "a;id", "../../etc/passwd", "a|b"}) {
    alice.say("!run echo " + words);
    ++refused;
    rig.until("the plugin does not even ask", [&] { return alice.times_heard("Usage: run echo <what:word>") == refused; });
    alice.say("!eager " + words);  // with its sign it is no answer to the question before
    rig.until("another one asks", [&] { return alice.times_heard("Sure of " + words + "?") == 1; });
    alice.say("yes");
    rig.until("the gateway refuses it", [&] {
      const auto rows = rig.inbox();
      return !rows.empty() && rows[0].error.find("what: expected a word") != std::string::npos;
    });
    rig.ask("inbox.drop", {{"id", rig.inbox()[0].event.id.value()}});
  }
  EXPECT_FALSE(has_heard("Run echo"));
  EXPECT_FALSE(has_heard("Running echo"));
  EXPECT_FALSE(has_heard("eager ran"));
  alice.say("!run tick now");
  hears("Usage: run tick");
  alice.say("!run rm");
  hears("There is no program rm");
}

TEST_F(ProgramFlow, OneThatTakesTooLongIsKilled) {
  start();
  runs("hang");
  hears("hang: took too long and was killed");
}

/// The gateway ends in the middle of it, in whatever way: nobody runs it again.
// case 134
TEST_F(ProgramFlow, OneThatWasInterruptedIsToldOfAndNotRunAgain) {
  start();
  runs("slow");
  rig.until("it runs", [&] { return times_run() == 1; });
  rig.restart();
  hears("slow: may have run: the gateway was interrupted. It is not run again.");
  rig.restart();
  alice.say("ping");
  rig.until("all is well", [&] { return alice.times_heard("pong") == 2; });
  EXPECT_EQ(times_run(), 1);
  EXPECT_EQ(std::ranges::count_if(alice.heard(), [](const auto& text) { return text.starts_with("slow: may have run"); }), 1);
}

// case 217
TEST_F(ProgramFlow, APluginThatWantsARunOutOfItselfIsRefused) {
  write_eager("P.command('eager', 'Runs', function(cmd) P.run('tick', {}) cmd:reply('eager ran') end)");
  start();
  alice.say("eager");
  rig.until("it has failed", [&] { return !rig.inbox().empty() && !rig.inbox()[0].error.empty(); });
  EXPECT_THAT(rig.inbox()[0].error, HasSubstr("answered a question"));
  EXPECT_EQ(times_run(), 0);
  EXPECT_FALSE(has_heard("eager ran"));
}

}  // namespace
}  // namespace omegate::flow
