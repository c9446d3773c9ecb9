// A plugin's process ends by SIGKILL at each place of a handler: what the handler wanted happens once, or not at all and then
// once. Messages, kept values and timers are one set.
#include <signal.h>

#include <fstream>
#include <random>

#include "tests/flow/world/rig.hpp"
#include "test_places.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;

struct MortalFlow : testing::Test {
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::legacy}};
  gateway::test::TempDir folder;

  MortalFlow() {
    namespace fs = std::filesystem;
    const fs::path source(OMEGATE_SOURCE_DIR);
    for (const fs::path& file : {source / "tests/flow/plugins/mortal/plugin.yaml", source / "tests/flow/plugins/mortal/plugin.py", source / "docs/examples/python/frames.py"})
      fs::copy_file(file, fs::path(folder / file.filename().string()));
    config::PluginSettings mortal;
    mortal.name = "mortal";
    mortal.path = folder / "";
    rig.settings.plugins.push_back(mortal);
    config::PluginSettings keeper;
    keeper.name = "keeper";
    keeper.path = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/keeper");
    keepers.push_back(keeper);
  }

  void die_at(const std::string& place) {
    rig.store().run([&](store::Tables& t) {
      if (place.empty())
        t.kv.erase("mortal", "die");
      else
        t.kv.put("mortal", "die", as_bytes("\"" + place + "\""), std::nullopt);
    });
  }
  std::string error_of_the_oldest() {
    const auto rows = rig.inbox();
    return rows.empty() ? "" : rows[0].error;
  }

  std::vector<config::PluginSettings> keepers;
};

// case 220
TEST_F(MortalFlow, AHandlersEffectsHappenOnceWhereverItsProcessIsKilled) {
  rig.start();
  int number = 0;
  for (const std::string place : {"before anything", "in the middle", "in a length", "in a frame"}) {
    die_at(place);
    alice.say("count");
    rig.until("it dies " + place, [&] { return error_of_the_oldest().find("killed by signal 9") != std::string::npos; });
    EXPECT_EQ(alice.times_heard("mortal " + std::to_string(number + 1)), 0u) << place;
    EXPECT_EQ(rig.store().run([](store::Tables& t) { return t.timers.count("mortal"); }), 0u) << place;
    die_at("");
    rig.advance(10min);
    const std::string next = std::to_string(++number);
    rig.until("it is done now, after it died " + place, [&] { return alice.times_heard("mortal " + next) == 1; });
    rig.advance(2min);
    rig.until("what was for later has come", [&] { return alice.times_heard("later " + next) == 1; });
  }
  for (int i = 1; i <= number; ++i) {
    EXPECT_EQ(alice.times_heard("mortal " + std::to_string(i)), 1u);
    EXPECT_EQ(alice.times_heard("later " + std::to_string(i)), 1u);
  }
}

// case 220
TEST_F(MortalFlow, AnAnswerThatWasWrittenCountsThoughItsProcessIsDead) {
  rig.start();
  die_at("behind the answer");
  for (int i = 1; i <= 5; ++i) {
    alice.say("count");
    rig.until("it counts", [&] { return alice.times_heard("mortal " + std::to_string(i)) == 1; });
  }
  rig.until("nothing is left", [&] { return rig.inbox().empty(); });
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(alice.times_heard("mortal " + std::to_string(i)), 1u);
  EXPECT_EQ(rig.store().run([](store::Tables& t) { return t.timers.count("mortal"); }), 5u);
}

/// Processes of plugins that are children of this one.
std::vector<pid_t> workers() {
  std::vector<pid_t> found;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream children(task.path() / "children");
    for (pid_t pid = 0; children >> pid;) {
      std::ifstream name("/proc/" + std::to_string(pid) + "/comm");
      std::string comm;
      std::getline(name, comm);
      if (comm.starts_with("omegate-plugin")) found.push_back(pid);
    }
  }
  return found;
}

/// Killed from outside, at any moment.
// case 220
TEST_F(MortalFlow, NothingIsLostOrDoubledWhileWorkersAreKilledAtAnyMoment) {
  rig.settings.plugins = keepers;
  rig.start();
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  constexpr int rounds = 20, burst = 5;
  int said = 0, killed = 0;
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < burst; ++i, ++said) alice.say("count");
    rig.let_pass(std::chrono::milliseconds(random() % 12));
    for (const pid_t pid : workers()) killed += kill(pid, SIGKILL) == 0 ? 1 : 0;
    rig.until("what was said is done", [&] {
      if (rig.inbox().empty()) return true;
      rig.advance(31s);  // an event that was cut short waits so long, and twice as long the next time
      rig.let_pass(2ms);
      return false;
    });
  }
  rig.until("all are answered", [&] { return alice.times_heard("number " + std::to_string(said)) == 1; });
  for (int i = 1; i <= said; ++i) ASSERT_EQ(alice.times_heard("number " + std::to_string(i)), 1u) << i;
  EXPECT_GT(killed, rounds / 2);
}

}  // namespace
}  // namespace omegate::flow
