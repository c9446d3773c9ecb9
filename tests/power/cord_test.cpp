// The power cord: a gateway's database is cut off at every sync and every promise, in all the ways a disk may lose
// what was not synced; opened again, each image keeps what had been promised by then.
//
// OMEGATE_IMAGES: how many images of each cut at most; OMEGATE_SEED: of what is drawn.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <optional>
#include <utility>

#include "tests/power/bot.hpp"
#include "tests/power/disk.hpp"
#include "tests/support/key_uses.hpp"
#include "test_places.hpp"

namespace omegate::power {
namespace {

using gateway::Received;
using gateway::test::noon;
using gateway::test::Party;
using gateway::test::TempDir;
using omemo::Version;

constexpr std::size_t images_of_a_cut = 20;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// Something somebody was told, and how a database shows that it is still true: what is wrong, or nothing.
struct Promise {
  std::size_t moment;
  std::function<std::string(Bot&)> fault;
};

/// What the bot did while the disk was watched.
struct Life {
  std::vector<Op> history;
  std::size_t settled = 0;  // before: the first start
  std::vector<Promise> promises;
  std::vector<std::pair<std::size_t, std::vector<std::string>>> shown;  // stanzas, and when
  std::vector<std::pair<std::size_t, Bytes>> anchors;                   // its contents
  std::optional<omemo::DeviceId> device;
  Version version{};

  void promise(std::size_t moment, std::function<std::string(Bot&)> fault) {
    promises.push_back({moment, std::move(fault)});
  }
};

Bytes content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

/// One gateway that sends and receives, stops and starts, on a disk that is recorded.
class Recording {
 public:
  explicit Recording(Version version) : version_(version) {}

  Life play() {
    bot_.open();
    bot_.settle();
    note_anchor();
    life_.settled = recorder_.moment();
    life_.device = bot_.self().device;
    life_.version = version_;
    promise_bundle();
    bot_.meet(alice_.device(), version_);
    for (int round = 0; round < 3; ++round) {
      send("alert " + std::to_string(round));
      hear("word " + std::to_string(round));
      if (round == 1) start_again();
      answer("question " + std::to_string(round), "answer " + std::to_string(round));
    }
    bot_.close();
    note_anchor();
    life_.history = recorder_.history();
    return std::move(life_);
  }

 private:
  void send(const std::string& text) {
    bot_.accept(text, text);
    promised([text](Bot& bot) { return is_there(bot, text) ? "" : "lost: " + text + ", which was accepted"; });
    const auto stanzas = bot_.seal();
    ASSERT_EQ(stanzas.size(), 1u);
    life_.shown.emplace_back(recorder_.moment(), stanzas);
    promised([text, stanzas](Bot& bot) {
      return sealed(bot, text) == stanzas ? "" : "lost: the ciphertext of " + text + ", which was shown";
    });
    alice_.hear(stanzas[0], bot_jid);
  }

  /// A plugin's answer is not waited for, only its seal is. Once that was shown the question must never be asked again.
  void answer(const std::string& question, const std::string& text) {
    hear_stanza(question);
    bot_.answer(question, text);
    const auto stanzas = bot_.seal();
    ASSERT_EQ(stanzas.size(), 1u);
    life_.shown.emplace_back(recorder_.moment(), stanzas);
    promised([question, text, stanzas](Bot& bot) -> std::string {
      if (bot.times_in_inbox(question) != 0) return "asked again: " + question + ", whose answer was shown";
      return sealed(bot, text) == stanzas ? "" : "lost: the ciphertext of " + text + ", which was shown";
    });
    alice_.hear(stanzas[0], bot_jid);
  }

  void hear(const std::string& text) {
    const auto stanza = hear_stanza(text);
    promised([text, stanza](Bot& bot) -> std::string {
      if (bot.times_in_inbox(text) != 1) return "lost: " + text + ", which was acknowledged";
      const bool again = bot.hear(stanza).kind != Received::Kind::duplicate || bot.times_in_inbox(text) != 1;
      return again ? "doubled: " + text : "";
    });
  }

  std::string hear_stanza(const std::string& text) {
    if (!std::exchange(alice_knows_bot_, true)) {
      const auto device = bot_.device();
      alice_.run([&](store::Tables& t) {
        const std::vector<omemo::DeviceId> ids{device.device};
        t.devices.replace_list(alice_.self.account, bot_jid, version_, ids, noon);
      });
    }
    auto stanza = alice_.send(bot_jid, text).stanzas.at(0);
    EXPECT_EQ(bot_.hear(stanza).kind, Received::Kind::message);
    return stanza;
  }

  /// Folds the log into the database, which is another way of writing it.
  void start_again() {
    bot_.close();
    note_anchor();
    bot_.open();
    note_anchor();
  }

  void promise_bundle() {
    const auto device = bot_.device();
    promised([device](Bot& bot) -> std::string {
      const bool all = bot.run([&](store::Tables& t) {
        return t.prekeys.find_signed(bot.self().account, device.signed_prekey.id).has_value() &&
               std::all_of(device.prekeys.begin(), device.prekeys.end(), [&](const omemo::PreKey& key) {
                 return t.prekeys.find(bot.self().account, key.id).has_value();
               });
      });
      return all ? "" : "lost: a prekey that was published";
    });
  }

  void promised(std::function<std::string(Bot&)> fault) {
    life_.promise(recorder_.moment(), std::move(fault));
    note_anchor();
  }
  void note_anchor() { life_.anchors.emplace_back(recorder_.moment(), content_of(anchor_)); }

  static std::vector<store::OutboxRow> rows(Bot& bot, const std::string& id) {
    store::OutboxFilter filter;
    filter.message_id = id;
    return bot.run([&](store::Tables& t) { return t.outbox.list(filter); });
  }
  static bool is_there(Bot& bot, const std::string& id) { return rows(bot, id).size() == 1; }
  static std::vector<std::string> sealed(Bot& bot, const std::string& id) {
    std::vector<std::string> found;
    for (const auto& message : bot.run([&](store::Tables& t) { return t.outbox.unacked(bot.self().account); })) {
      if (message.message_id != id) continue;
      for (const Bytes& stanza : message.stanzas) found.emplace_back(as_text(stanza));
    }
    return found;
  }

  Version version_;
  TempDir disk_, beside_;
  std::string anchor_ = beside_ / "anchor";
  Party alice_{alice_jid};
  Recorder recorder_{std::filesystem::path(disk_ / "x").parent_path()};
  Bot bot_{std::filesystem::path(disk_ / "x").parent_path(), anchor_};
  Life life_;
  bool alice_knows_bot_ = false;
};

/// One image, plugged in again.
class Aftermath {
 public:
  Aftermath(const Life& life, std::size_t moment) : life_(life), moment_(moment) {}

  /// What is wrong; empty: nothing.
  std::string fault(const Image& image, std::mt19937_64& random) {
    TempDir disk, beside;
    const std::string folder = std::filesystem::path(disk / "x").parent_path();
    write_image(image, folder);
    const bool first_start = moment_ < life_.settled;
    const std::string anchor = first_start ? "" : put_anchor(beside / "anchor", random);
    try {
      Bot bot(folder, anchor);
      bot.open();
      bot.settle();
      return first_start ? "" : broken_promise(bot);
    } catch (const std::exception& failure) {
      return std::string("cannot go on: ") + failure.what();
    }
  }

 private:
  /// The anchor is written without a sync, so the cut may take back its last contents.
  std::string put_anchor(const std::string& path, std::mt19937_64& random) {
    std::vector<const Bytes*> possible;
    for (const auto& [moment, content] : life_.anchors) {
      if (moment <= moment_) possible.push_back(&content);
    }
    std::ofstream(path, std::ios::binary) << as_text(*possible.at(random() % possible.size()));
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path;
  }

  std::string broken_promise(Bot& bot) {
    if (bot.self().device != *life_.device) return "lost: the device";
    const bool rekeying = bot.run([](store::Tables& t) { return t.lineage.rekeying_due().has_value(); });
    if (rekeying) return "the power cut is taken for an old copy";
    if (bot.run([](store::Tables& t) { return t.ledger.verify().fault.has_value(); })) return "the ledger is broken";
    for (const Promise& promise : life_.promises) {
      if (promise.moment > moment_) continue;
      if (std::string fault = promise.fault(bot); !fault.empty()) return fault;
    }
    return reused_key(bot);
  }

  /// Whatever is due now, and one message more, must not use a key that was shown.
  std::string reused_key(Bot& bot) {
    const bool has_met = bot.run([&](store::Tables& t) {
      return !t.devices.all(bot.self().account, alice_jid, life_.version).empty();
    });
    if (!has_met) return {};
    test::KeyUses uses;
    for (const auto& [moment, stanzas] : life_.shown) {
      if (moment > moment_) continue;
      for (const std::string& stanza : stanzas) uses.uses_again(parsed(stanza));
    }
    bot.run([](store::Tables& t) { t.outbox.resume(5, noon); });
    bot.accept("one more", "one more");
    for (bool last = false; !last;) {
      const auto stanzas = bot.seal();
      for (const std::string& stanza : stanzas) {
        if (uses.uses_again(parsed(stanza))) return "used twice: a message key";
      }
      last = bot.run([&](store::Tables& t) {
        const auto due = t.outbox.next_due(bot.self().account);
        return !due || *due > noon;
      });
    }
    return {};
  }

  const Life& life_;
  std::size_t moment_;
};

class Cord : public testing::TestWithParam<Version> {};
INSTANTIATE_TEST_SUITE_P(Versions, Cord, testing::Values(Version::legacy, Version::omemo2),
                         [](const auto& version) { return std::string(omemo::name(version.param)); });

// case 138
TEST_P(Cord, PulledAnywhereLosesNothingThatWasPromised) {
  const std::uint64_t seed = number_from("OMEGATE_SEED", std::random_device()());
  const std::size_t limit = number_from("OMEGATE_IMAGES", images_of_a_cut);
  std::mt19937_64 random(seed);
  const Life life = Recording(GetParam()).play();
  std::set<std::size_t> moments{life.settled};
  for (const Promise& promise : life.promises) moments.insert(promise.moment);
  std::size_t checked = 0;
  const auto all = cuts(life.history, moments);
  for (const std::size_t moment : all) {
    const Disk disk(life.history, moment);
    for (const Image& image : disk.images(limit, random)) {
      const std::string fault = Aftermath(life, moment).fault(image, random);
      ASSERT_EQ(fault, "") << "cut after " << moment << " of " << life.history.size() << " writes, "
                           << disk.unsynced() << " of them unsynced; OMEGATE_SEED=" << seed;
      ++checked;
    }
  }
  std::printf("%zu images of %zu cuts, seed %llu\n", checked, all.size(), static_cast<unsigned long long>(seed));
  EXPECT_GT(checked, 2 * all.size());
}

/// The same sources, but for the one line in the store that makes a commit wait for the disk.
// case 139
TEST(CordControl, NoticesACommitThatDoesNotWaitForTheDisk) {
  const std::string program = std::string(OMEGATE_BINARY_DIR "/tests/power_unsynced");
  TempDir folder;
  const std::string told = folder / "told";
  const int code = std::system((program + " '--gtest_filter=*Cord.Pulled*' > " + told + " 2>&1").c_str());
  EXPECT_NE(code, 0);
  const Bytes bytes = content_of(told);
  EXPECT_THAT(std::string(as_text(bytes)), testing::HasSubstr("lost: "));
}

}  // namespace
}  // namespace omegate::power
