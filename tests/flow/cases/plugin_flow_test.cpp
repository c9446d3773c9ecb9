// A plugin that fails: its event comes back, waits longer each time, is parked in the end; others go on.
#include <algorithm>
#include <fstream>

#include "tests/flow/world/rig.hpp"
#include "test_places.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::HasSubstr;
using testing::SizeIs;

struct PluginFlow : testing::Test {
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::legacy}};

  PluginFlow() {
    config::PluginSettings stubborn;
    stubborn.name = "stubborn";
    stubborn.path = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/stubborn");
    rig.settings.plugins.push_back(stubborn);
    rig.pace.plugin.handler = 400ms;
  }

  /// Its row in the inbox, the oldest if others wait behind it; the other plugins are done with theirs.
  std::optional<store::InboxRow> failing() {
    const auto rows = rig.inbox();
    const bool only_its_own =
        std::all_of(rows.begin(), rows.end(), [](const auto& row) { return row.event.plugin == "stubborn"; });
    if (rows.empty() || !only_its_own) return std::nullopt;
    return rows[0];
  }
  void until_failed_once() {
    rig.until("the attempt has failed", [&] { return failing() && !failing()->error.empty(); });
  }
};

// case 209, 222
TEST_F(PluginFlow, AHangingHandlerIsKilledAndTheOthersDoNotWaitForIt) {
  rig.start();
  alice.say("hang");
  alice.say("ping");
  rig.until("the responder answers meanwhile", [&] { return alice.times_heard("pong") == 1; });
  until_failed_once();
  EXPECT_THAT(failing()->error, HasSubstr("no answer within"));
  alice.say("ping");
  rig.until("the responder still answers", [&] { return alice.times_heard("pong") == 2; });
}

// case 210
TEST_F(PluginFlow, AHandlerThatEatsTheMemoryEndsAloneAndIsStartedAgain) {
  rig.start();
  alice.say("swell");
  rig.until("the attempt has failed", [&] { return failing() && !failing()->error.empty(); });
  rig.ask("inbox.drop", {{"id", failing()->event.id.value()}});
  alice.say("fine");
  rig.until("it is back", [&] { return alice.times_heard("still here") == 1; });
}

// case 214
TEST_F(PluginFlow, WhatAFailedHandlerSaidIsNotSent) {
  rig.start();
  alice.say("half done");
  until_failed_once();
  EXPECT_THAT(failing()->error, HasSubstr("after the reply"));
  EXPECT_EQ(alice.times_heard("done"), 0u);
  EXPECT_TRUE(rig.outbox().empty());
}

// case 214
TEST_F(PluginFlow, AnEventThatFailsEachTimeIsParkedAndCanBeReplayed) {
  rig.start();
  alice.say("boom");
  until_failed_once();
  int attempts = 1;
  while (!failing()->parked) {
    rig.advance(2h);
    rig.until("the next attempt is made, or it was the last one", [&] {
      const auto row = failing();
      return row && (row->parked || row->event.attempts > attempts);
    });
    attempts = failing()->event.attempts;
    ASSERT_LE(attempts, 7);
  }
  EXPECT_EQ(attempts, 7);
  EXPECT_THAT(failing()->error, HasSubstr("this plugin is broken"));
  alice.say("fine");  // a parked row lets the next one pass
  rig.until("the next event is handled", [&] { return alice.times_heard("still here") == 1; });
  rig.ask("inbox.replay", {{"id", rig.inbox()[0].event.id.value()}});
  rig.until("it is tried again", [&] { return failing() && !failing()->parked; });
}

/// What `alice` was told, of it what begins so.
std::vector<std::string> answers(const Contact& alice, std::string_view start) {
  std::vector<std::string> found;
  std::ranges::copy_if(alice.heard(), std::back_inserter(found), [&](const auto& text) { return text.starts_with(start); });
  return found;
}

TEST_F(PluginFlow, ManyMessagesOfOnePersonAreAnsweredOnceEachAndInTheirOrder) {
  rig.start();
  std::vector<std::string> expected;
  for (int i = 0; i < 100; ++i) {
    alice.say("tell " + std::to_string(i));
    expected.push_back("you said " + std::to_string(i));
  }
  rig.until("all are answered", [&] { return answers(alice, "you said").size() >= expected.size(); });
  EXPECT_EQ(answers(alice, "you said"), expected);
  rig.until("nothing is left", [&] { return rig.inbox().empty(); });
}

TEST_F(PluginFlow, WhatWasSaidBehindAFailureWaitsForItAndWhatWasSaidBeforeDoesNot) {
  rig.start();
  alice.say("fine");
  alice.say("boom");
  alice.say("fine");
  alice.say("fine");
  until_failed_once();
  rig.until("the first one is answered", [&] { return alice.times_heard("still here") == 1; });
  EXPECT_EQ(rig.inbox().size(), 3u);
  rig.ask("inbox.drop", {{"id", failing()->event.id.value()}});
  rig.until("the others follow", [&] { return alice.times_heard("still here") == 3; });
  EXPECT_TRUE(rig.inbox().empty());
}

// What is wrong with a message is found when it is committed, together with those of later events; they wait for it.
TEST_F(PluginFlow, WhatWasSaidBehindARefusedMessageWaitsForIt) {
  rig.start();
  alice.say("nap");  // meanwhile the others come, and are handled together
  alice.say("lend");
  alice.say("fine");
  until_failed_once();
  EXPECT_THAT(failing()->error, HasSubstr("no-such-file"));
  rig.until("what was said before is answered", [&] { return alice.times_heard("awake") == 1; });
  rig.let_pass(50ms);
  EXPECT_EQ(rig.inbox().size(), 2u);
  EXPECT_EQ(alice.times_heard("still here"), 0u);
  rig.ask("inbox.drop", {{"id", failing()->event.id.value()}});
  rig.until("the next one follows", [&] { return alice.times_heard("still here") == 1; });
}

TEST_F(PluginFlow, AnEventIsNotLostWhenTheGatewayStopsInTheMiddleOfIt) {
  rig.start();
  alice.say("hang");
  rig.until("the attempt is under way", [&] { return failing() && failing()->event.attempts == 1; });
  rig.stop();
  rig.settings.plugins.pop_back();
  rig.start();
  ASSERT_THAT(rig.inbox(), SizeIs(1));
  EXPECT_EQ(rig.inbox()[0].event.attempts, 0) << "the plugin is not to blame";
  EXPECT_LE(rig.inbox()[0].due, rig.now.load());
}

TEST(QuarantinedPlugin, ItsEventsWaitWithoutLosingAttemptsUntilItRunsAgain) {
  const gateway::test::TempDir folder;
  const auto write = [&](const std::string& source) { std::ofstream(folder / "init.lua") << source; };
  std::ofstream(folder / "plugin.yaml") << "name: broken\nversion: '1.0'\napi: 1\ndescription: Broken.\n"
                                           "grants: {send_to: [sender]}\n";
  write("this is no Lua");
  Rig rig;
  Contact alice(rig.xmpp, alice_jid, {Version::legacy});
  config::PluginSettings broken;
  broken.name = "broken";
  broken.path = folder / "";
  rig.settings.plugins.push_back(broken);
  rig.start();
  alice.say("mend");
  alice.say("ping");
  rig.until("others work", [&] { return alice.times_heard("pong") == 1; });
  rig.until("only its own are left", [&] { return rig.inbox().size() == 2; });
  for (int i = 0; i < 10; ++i) {
    rig.advance(2h);
    rig.let_pass(20ms);  // twice as long as it waits before it looks at its plugin
  }
  ASSERT_THAT(rig.inbox(), SizeIs(2));
  EXPECT_EQ(rig.inbox()[0].event.attempts, 0);
  EXPECT_FALSE(rig.inbox()[0].parked);

  write("local P = ...\nP.command('mend', 'Works', function(cmd) cmd:reply('mended') end)");
  rig.restart();
  rig.until("its events are handled",
            [&] { return alice.times_heard("mended") == 1 && rig.inbox().empty(); });
}

}  // namespace
}  // namespace omegate::flow
