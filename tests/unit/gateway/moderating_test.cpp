#include "bridge/gateway/rooms/moderating.hpp"

#include <gmock/gmock.h>

#include "bridge/gateway/rooms/moderated.hpp"
#include "tests/support/party.hpp"

namespace omegate::gateway {
namespace {

using namespace std::chrono_literals;
using test::noon;
using test::Party;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::string team = "team@rooms.example.org", hall = "hall@rooms.example.org";

struct Moderating : testing::Test {
  Party bot{"bot@example.org"};

  static WantedModeration spam(const std::string& room, const std::string& id) { return {room, id, "spam", "guard", noon + 24h}; }
  bool want(const WantedModeration& wanted) {
    return bot.run([&](store::Tables& t) { return want_moderation(t, bot.self.account, wanted); });
  }
  std::vector<WantedModeration> waiting() {
    return bot.run([&](store::Tables& t) { return wanted_moderations(t, bot.self.account); });
  }
};

TEST_F(Moderating, WhatIsWantedWaitsOnceAndInOrder) {
  EXPECT_TRUE(want(spam(team, "r1")));
  EXPECT_TRUE(want(spam(hall, "r1")));
  EXPECT_TRUE(want(spam(team, "r1"))) << "the same handler, run again";
  EXPECT_THAT(waiting(), ElementsAre(spam(team, "r1"), spam(hall, "r1")));
}

TEST_F(Moderating, WhatOneRoomHasDoneIsNotDoneInAnother) {
  want(spam(team, "r1"));
  want(spam(hall, "r1"));
  bot.run([&](store::Tables& t) { forget_moderation(t, bot.self.account, team, "r1"); });
  EXPECT_THAT(waiting(), ElementsAre(spam(hall, "r1")));
  bot.run([&](store::Tables& t) { forget_moderation(t, bot.self.account, hall, "r1"); });
  EXPECT_THAT(waiting(), IsEmpty());
}

TEST_F(Moderating, ARoomThatDoesNotAnswerDoesNotFillTheDatabase) {
  for (std::size_t i = 0; i < max_wanted_moderations; ++i) ASSERT_TRUE(want(spam(team, std::to_string(i))));
  EXPECT_FALSE(want(spam(team, "one more")));
  EXPECT_TRUE(want(spam(team, "0"))) << "that one waits already";
  EXPECT_THAT(waiting(), SizeIs(max_wanted_moderations));
}

/// Another moderator was quicker, or our answer got lost.
TEST_F(Moderating, WhatTheRoomSaysIsDoneIsNotAskedForAgain) {
  want(spam(team, "r1"));
  want(spam(team, "r2"));
  const Reader reader{bot.self, {{"guard"}, {"guard"}, {}}};
  const xmpp::Moderation word{xmpp::Jid::parse(team).value(), "r1", std::nullopt, ""};
  bot.run([&](store::Tables& t) { take_moderation(t, reader, word, noon); });
  EXPECT_THAT(waiting(), ElementsAre(spam(team, "r2")));
}

}  // namespace
}  // namespace omegate::gateway
