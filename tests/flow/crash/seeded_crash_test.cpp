// Crash points drawn from a seed: at a named place the n-th time it is passed, or at any moment from outside; also in
// the life that repairs what the one before left, and in the first one of all. After each few, everything has
// arrived once.
//
// OMEGATE_POINTS: how many (scripts/torture --points); OMEGATE_SEED: repeats what was drawn. What the machine makes of
// the same seed differs a little: threads are not drawn.
#include <array>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <regex>
#include <set>

#include "tests/flow/crash/machine.hpp"
#include "test_places.hpp"

namespace omegate::flow {
namespace {

constexpr int points_of_a_test = 200;
constexpr int points_of_a_machine = 40;  // then a new one, of the other version
constexpr int longest_row = 2;           // crashes without a calm life: a message that always crashes us is parked
constexpr auto quiet_limit = 60s;

/// A place of bridge/edge/store/failpoint.hpp and how often it is passed in one life, about.
struct Place {
  const char* name;
  int passes;
};
constexpr std::array first_places{
    Place{"store.before_migration", 1}, Place{"store.before_epoch", 1},  Place{"store.after_epoch", 1},
    Place{"store.after_first_mark", 1}, Place{"store.after_anchored", 1}, Place{"store.before_commit", 10},
    Place{"store.after_commit", 10},
};
constexpr std::array places{
    Place{"store.before_commit", 22}, Place{"store.after_commit", 22}, Place{"store.after_mark", 22},
    Place{"store.before_commit", 8},  Place{"store.after_commit", 8},  Place{"store.before_epoch", 1},
    Place{"store.after_epoch", 1},    Place{"store.after_first_mark", 1}, Place{"gateway.received", 2},
    Place{"gateway.sealed", 2},
};

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// One machine, one contact, and the texts that are to arrive.
class Ordeal {
 public:
  Ordeal(Version version, std::mt19937_64& random) : machine_(version), random_(random) {}

  /// The first start, cut short once or not. Counts as one point.
  void come_to_life() {
    start_with_failpoint(first_places);
    machine_.until([&] { return !machine_.is_running() || machine_.xmpp.online(); }, quiet_limit);
    note_end();
    if (!machine_.is_running()) machine_.start();
    ASSERT_TRUE(machine_.until([&] { return machine_.xmpp.online(); }, quiet_limit)) << machine_.log();
    machine_.let_alice_in();
    machine_.stop();
  }

  void crash() {
    add_errand();
    if (random_() % 4 == 0) {
      kill_from_outside();
    } else {
      start_with_failpoint(places);
      machine_.until([&] { return !machine_.is_running() || is_quiet(); }, quiet_limit);
      note_end();
    }
    if (machine_.is_running()) machine_.stop();
    if (++in_a_row_ >= longest_row) recover();
  }

  /// A life nobody cuts short, after which each text has arrived once. What is said last comes behind what was
  /// repeated.
  void recover() {
    in_a_row_ = 0;
    machine_.start();
    ASSERT_TRUE(machine_.until([&] { return is_quiet(); }, quiet_limit)) << missing() << machine_.log();
    add_errand();
    ASSERT_TRUE(machine_.until([&] { return is_quiet(); }, quiet_limit)) << missing() << machine_.log();
    machine_.stop();
    ASSERT_EQ(machine_.xmpp.complaint(), "") << machine_.log();
    ASSERT_EQ(wire_watch_.reused(machine_.xmpp.said()), "");
    ASSERT_TRUE(machine_.alice->unreadable().empty()) << machine_.alice->unreadable().back();
    for (const std::string& text : expected_) ASSERT_EQ(machine_.alice->times_heard(text), 1u) << text;
  }

  const std::set<std::string>& hit() const { return hit_; }
  int killed() const { return killed_; }
  const std::string& last_point() const { return point_; }

 private:
  template <class Places>
  void start_with_failpoint(const Places& possible) {
    const Place& place = possible[random_() % possible.size()];
    point_ = place.name;
    failpoint_ = point_ + ":" + std::to_string(1 + random_() % static_cast<unsigned>(place.passes)) + ":kill";
    machine_.start(failpoint_);
  }

  void kill_from_outside() {
    point_ = failpoint_ = "from outside";
    machine_.start();
    machine_.until([] { return false; }, std::chrono::milliseconds(random_() % 600));
    machine_.kill_now();
    ++killed_;
  }

  void note_end() {
    if (machine_.is_running() || !machine_.was_killed()) return;
    ++killed_;
    hit_.insert(point_);
  }

  void add_errand() {
    const std::string number = std::to_string(++errands_);
    if (machine_.is_accepted() && random_() % 4 != 0) {
      expected_.push_back("alert" + number);
      machine_.post(expected_.back());
    }
    if (random_() % 4 != 0) {
      expected_.push_back("word" + number);
      machine_.alice->say("echo " + expected_.back());
    }
  }

  bool is_quiet() { return machine_.is_accepted() && missing().empty() && machine_.xmpp.unacknowledged() == 0; }
  std::string missing() const {
    for (const std::string& text : expected_) {
      if (machine_.alice->times_heard(text) == 0) return text + " has not arrived\n";
    }
    return {};
  }

  Machine machine_;
  std::mt19937_64& random_;
  WireWatch wire_watch_;
  std::vector<std::string> expected_;
  std::set<std::string> hit_;
  std::string point_, failpoint_;
  int errands_ = 0, in_a_row_ = 0, killed_ = 0;
};

// case 134, 135, 150
TEST(SeededCrashes, LoseNothingAndDoubleNothing) {
  const auto points = static_cast<int>(number_from("OMEGATE_POINTS", points_of_a_test));
  const std::uint64_t seed = number_from("OMEGATE_SEED", std::random_device()());
  std::printf("%d crash points, OMEGATE_SEED=%llu\n", points, static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  std::set<std::string> hit;
  int done = 0, killed = 0;
  for (int machine = 0; done < points; ++machine) {
    Ordeal ordeal(machine % 2 == 0 ? Version::legacy : Version::omemo2, random);
    ordeal.come_to_life();
    for (int i = 1; i < points_of_a_machine && done + i < points && !HasFatalFailure(); ++i) ordeal.crash();
    if (!HasFatalFailure()) ordeal.recover();
    done += points_of_a_machine;
    killed += ordeal.killed();
    hit.insert(ordeal.hit().begin(), ordeal.hit().end());
    std::printf("%d of %d points, %d lives cut short\n", std::min(done, points), points, killed);
    std::fflush(stdout);
    ASSERT_FALSE(HasFailure()) << "machine " << machine << ", after " << ordeal.last_point()
                               << ", OMEGATE_SEED=" << seed;
  }
  EXPECT_GT(killed, points / 2) << "most points are reached";
  if (points < points_of_a_test) return;
  for (const Place& place : places) EXPECT_TRUE(hit.contains(place.name)) << "never killed at " << place.name;
}

/// A place that nobody draws is a place where nobody has looked; a new one is to be put into a table above.
TEST(SeededCrashes, KnowEveryFailpointThereIs) {
  std::set<std::string> known{"restore.database_moved", "restore.log_moved",           // no gateway runs then: not drawn here
                             "store.migration_step",                                  // tests/power/upgrade_test.cpp
                             "gateway.program_begun", "gateway.program_ended"};       // killed_run_test.cpp
  std::set<std::string> there;
  for (const Place& place : places) known.insert(place.name);
  for (const Place& place : first_places) known.insert(place.name);
  const std::regex call(R"re(failpoint\("([a-z_.]+)"\))re");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(OMEGATE_SOURCE_DIR "/bridge")) {
    if (entry.path().extension() != ".cpp") continue;
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    for (std::sregex_iterator match(text.begin(), text.end(), call), end; match != end; ++match)
      there.insert((*match)[1]);
  }
  EXPECT_EQ(known, there);
}

}  // namespace
}  // namespace omegate::flow
