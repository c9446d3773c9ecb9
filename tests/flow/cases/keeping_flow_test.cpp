// What plugins keep: it is there after a restart, belongs to the event that wrote it, ends, is bounded.
#include "tests/flow/world/rig.hpp"
#include "test_places.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::HasSubstr;

struct KeepingFlow : testing::Test {
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::legacy}};

  KeepingFlow() {
    config::PluginSettings keeper;
    keeper.name = "keeper";
    keeper.path = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/keeper");
    rig.settings.plugins.push_back(keeper);
  }

  void hears(const std::string& text) {
    rig.until("the keeper says: " + text, [&] { return alice.times_heard(text) == 1; });
  }
  std::string error_of_the_oldest() {
    rig.until("the attempt has failed", [&] {
      const auto rows = rig.inbox();
      return !rows.empty() && rows[0].event.plugin == "keeper" && !rows[0].error.empty();
    });
    return rig.inbox()[0].error;
  }
};

TEST_F(KeepingFlow, WhatWasKeptIsThereAfterARestart) {
  rig.start();
  alice.say("count");
  hears("number 1");
  rig.restart();
  alice.say("count");
  hears("number 2");
}

TEST_F(KeepingFlow, EachOfManyMessagesSeesWhatTheOneBeforeItKept) {
  rig.start();
  for (int i = 0; i < 40; ++i) alice.say(i % 2 == 0 ? "count" : "look");
  hears("number 20");
  for (int i = 1; i <= 20; ++i) EXPECT_EQ(alice.times_heard("number " + std::to_string(i)), 1u) << i;
}

TEST_F(KeepingFlow, AFailedHandlerHasKeptNothing) {
  rig.start();
  alice.say("wreck");
  EXPECT_THAT(error_of_the_oldest(), HasSubstr("after keeping"));
  rig.ask("inbox.drop", {{"id", rig.inbox()[0].event.id.value()}});
  alice.say("count");
  hears("number 1");
}

TEST_F(KeepingFlow, AValueEndsWithItsTime) {
  rig.start();
  alice.say("hold 60");
  hears("held");
  alice.say("look");
  hears("it is here");
  rig.advance(61s);
  alice.say("look");
  hears("it is gone");
}

TEST_F(KeepingFlow, WhoKeepsTooMuchKeepsNothingOfThatEvent) {
  rig.start();
  alice.say("fill a");
  hears("filled a");
  alice.say("fill b");
  EXPECT_THAT(error_of_the_oldest(), HasSubstr("more than it may: 1 MiB"));
  EXPECT_EQ(alice.times_heard("filled b"), 0u);
  EXPECT_EQ(rig.store().run([](store::Tables& t) { return t.kv.usage("keeper").keys; }), 10u);
}

TEST_F(KeepingFlow, AHandlerRunsAgainWhenWhatItReadWasChangedMeanwhile) {
  rig.start();
  alice.say("ponder");
  rig.until("it thinks", [&] { return !rig.inbox().empty() && rig.inbox().back().event.plugin == "keeper"; });
  rig.let_pass(100ms);  // it has read by then, and thinks until we say so
  rig.store().run([](store::Tables& t) {
    t.kv.put("keeper", "kept/thought", as_bytes("\"news\""));
    t.kv.put("keeper", "kept/enough", as_bytes("true"));
  });
  hears("thought: news");
  EXPECT_EQ(alice.times_heard("thought: nothing"), 0u);
  rig.store().run(
      [](store::Tables& t) { EXPECT_EQ(t.kv.get("keeper", "kept/thought")->value, to_bytes("\"news!\"")); });
}

}  // namespace
}  // namespace omegate::flow
