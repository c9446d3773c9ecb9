// Reloads while messages come: no event is lost, none is handled twice, none by an older version than the one before, and
// nothing stays behind. OMEGATE_RELOADS: how many (scripts/torture --reloads).
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "tests/flow/world/rig.hpp"
#include "test_places.hpp"

namespace omegate::flow {
namespace {

using gateway::Rehearsal;
using omemo::Version;
using SteadyClock = std::chrono::steady_clock;

constexpr int usual_reloads = 25;

/// Processes that are children of this one.
std::size_t children() {
  std::size_t count = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "children");
    for (int pid = 0; file >> pid;) ++count;
  }
  return count;
}

std::size_t descriptors() {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

struct ReloadFlow : testing::Test {
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::legacy}};
  gateway::test::TempDir folder;

  ReloadFlow() {
    config::PluginSettings parrot;
    parrot.name = "parrot";
    parrot.path = folder / "";
    rig.settings.plugins = {parrot};
    rig.settings.log.level = config::LogLevel::error;  // a reload takes that on, too
    version(0);
  }

  void version(int number) {
    const std::string name = std::to_string(number);
    std::ofstream(folder / "plugin.yaml") << "name: parrot\nversion: \"" << name << "\"\napi: 1\ndescription: Repeats.\ngrants: {send_to: [sender], kv: 1}\n";
    std::ofstream(folder / "init.lua") << "local P = ...\nlocal kept = P.kv 'kept'\nP.command('say <what>', 'Says it', function(cmd)\n"
                                          "  cmd:reply(cmd.args.what .. ' ' .. kept:add('count') .. ' by " << name << "')\nend)";
  }
  gateway::ReloadReport reload() { return rig.await(rig.gateway().reload(rig.settings)); }
};

// case 218
TEST_F(ReloadFlow, ReloadsUnderLoadLoseAndDoubleNothing) {
  const char* const wanted = std::getenv("OMEGATE_RELOADS");
  const int reloads = wanted != nullptr ? std::atoi(wanted) : usual_reloads;
  ASSERT_GT(reloads, 0) << "OMEGATE_RELOADS: expected a number from 1";
  rig.start();
  alice.say("say 0");
  rig.until("it answers", [&] { return !alice.heard().empty(); });
  const std::size_t processes = children(), open_files = descriptors();
  std::vector<std::chrono::microseconds> took;
  int said = 1;
  for (int number = 1; number <= reloads; ++number) {
    for (int i = 0; i < 3; ++i) alice.say("say " + std::to_string(said++));
    version(number);
    const auto before = SteadyClock::now();
    const auto report = reload();
    took.push_back(std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - before));
    ASSERT_TRUE(report.problems.empty()) << report.problems[0];
  }
  alice.say("say " + std::to_string(said++));
  rig.until("all are answered", [&] { return alice.heard().size() >= static_cast<std::size_t>(said); }, 120s);
  rig.until("nothing is left", [&] { return rig.inbox().empty(); });
  int last = 0;
  ASSERT_EQ(alice.heard().size(), static_cast<std::size_t>(said));
  for (int i = 0; i < said; ++i) {  // in order, each once, counted once, and by no older version than the one before
    int what = -1, count = -1, by = -1;
    ASSERT_EQ(std::sscanf(alice.heard()[static_cast<std::size_t>(i)].c_str(), "%d %d by %d", &what, &count, &by), 3) << alice.heard()[static_cast<std::size_t>(i)];
    ASSERT_EQ(what, i);
    ASSERT_EQ(count, i + 1);
    ASSERT_GE(by, last);
    last = by;
  }
  EXPECT_EQ(last, reloads);
  rig.until("old versions are gone", [&] { return children() == processes; });
  EXPECT_LE(descriptors(), open_files + 4);
  std::ranges::sort(took);
  std::printf("%d reloads, with %d messages: p50 %.1f ms, p99 %.1f ms\n", reloads, said, static_cast<double>(took[took.size() / 2].count()) / 1000,
              static_cast<double>(took[took.size() * 99 / 100].count()) / 1000);
}

/// The new version is told what the old one was told, although that has changed since; and nothing comes of it.
TEST_F(ReloadFlow, ARehearsalShowsWhatANewVersionWouldDoOtherwise) {
  rig.start();
  for (const char* const text : {"say one", "say two", "say three"}) alice.say(text);
  rig.until("all are answered", [&] { return alice.heard().size() == 3; });
  const auto rehearse = [&](std::size_t events) { return rig.await(rig.gateway().rehearse(rig.settings, events)); };

  auto report = rehearse(10);
  ASSERT_EQ(report.rehearsals.size(), 1u);
  EXPECT_EQ(report.rehearsals[0].first, "parrot");
  EXPECT_EQ(report.rehearsals[0].second.events, 3u);
  EXPECT_TRUE(report.rehearsals[0].second.differences.empty()) << report.rehearsals[0].second.differences[0].now;

  std::ofstream(folder / "init.lua") << "local P = ...\nlocal kept = P.kv 'kept'\nP.command('say <what>', 'Says it', function(cmd)\n"
                                        "  if cmd.args.what == 'two' then error('no two') end\n"
                                        "  cmd:reply(cmd.args.what .. ' ' .. kept:add('count') .. ' by 0')\nend)";
  report = rehearse(2);
  const Rehearsal& rehearsal = report.rehearsals[0].second;
  EXPECT_EQ(rehearsal.events, 2u);
  ASSERT_EQ(rehearsal.differences.size(), 1u);
  EXPECT_THAT(rehearsal.differences[0].before, testing::HasSubstr("two 2 by 0"));
  EXPECT_THAT(rehearsal.differences[0].now, testing::HasSubstr("failure: init.lua:4: no two"));
  EXPECT_EQ(rehearsal.differences[0].kind, "command");

  std::ofstream(folder / "init.lua") << "this is no Lua";
  report = rehearse(10);
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_THAT(report.problems[0], testing::HasSubstr("plugin parrot: does not load"));

  alice.say("say four");
  rig.until("the old one goes on", [&] { return alice.heard().size() == 4; });
  EXPECT_EQ(alice.heard().back(), "four 4 by 0") << "nothing was kept by any rehearsal";
}

// case 219
TEST_F(ReloadFlow, AVersionThatDoesNotLoadChangesNothing) {
  rig.start();
  for (const std::string broken : {"local P = ...\nerror('no')", "this is no Lua", "local P = ...\nP.kv 'a b'", "nothing()"}) {
    std::ofstream(folder / "init.lua") << broken;
    const auto report = reload();
    ASSERT_EQ(report.problems.size(), 1u) << broken;
    alice.say("say " + broken.substr(0, 5));
  }
  rig.until("the old one has answered all", [&] { return alice.heard().size() == 4; });
  for (const std::string& text : alice.heard()) EXPECT_TRUE(text.ends_with("by 0")) << text;
}

}  // namespace
}  // namespace omegate::flow
