// Effects about earlier messages: over the wire, and whether they are granted.
#include <gmock/gmock.h>

#include "bridge/core/plugin/frame.hpp"
#include "bridge/core/plugin/frame_reader.hpp"
#include "bridge/core/plugin/grants.hpp"

namespace {

using namespace omegate::plugin;
using testing::HasSubstr;

std::vector<Effect> through_the_wire(std::vector<Effect> effects) {
  FrameReader reader;
  reader.feed(encode(ToGateway(Done{"7", std::move(effects)})).value());
  return std::get<Done>(parse_to_gateway(reader.next().value().value()).value()).effects;
}

bool is_readable(const std::string& effect) {
  return parse_to_gateway(R"({"type":"done","id":"7","effects":[)" + effect + "]}").has_value();
}

TEST(MessageEffects, ComeThroughTheWire) {
  Send named{"bot", "a@b", "text", {}};
  named.name = "disk";
  named.update = true;
  Send answer{"bot", "a@b", "yes", {}};
  answer.answers = Target{"", "bot", "a@b", "", "m1", true};
  answer.quote = "really?";
  const std::vector<Effect> effects{
      named, answer, Change{Change::Kind::edit, Target{"in-1:0"}, "new"},
      Change{Change::Kind::retract, Target{"", "bot", "a@b", "disk"}},
      Change{Change::Kind::react, Target{"", "bot", "a@b", "", "m1"}, "", {"👍", "🎉"}, "said"}};
  EXPECT_EQ(through_the_wire(effects), effects);
}

TEST(MessageEffects, NameOneMessageInOneWay) {
  EXPECT_TRUE(is_readable(R"({"type":"retract","target":{"handle":"in-1:0"}})"));
  EXPECT_TRUE(is_readable(R"({"type":"retract","target":{"to":"a@b","id":"m1"}})"));
  EXPECT_FALSE(is_readable(R"({"type":"retract","target":{}})"));
  EXPECT_FALSE(is_readable(R"({"type":"retract","target":{"id":"m1"}})"));
  EXPECT_FALSE(is_readable(R"({"type":"retract","target":{"to":"a@b","id":"m1","name":"disk"}})"));
  EXPECT_FALSE(is_readable(R"({"type":"send","to":"a@b","text":"x","update":true})"));
  EXPECT_FALSE(
      is_readable(R"({"type":"edit","target":{"handle":")" + std::string(300, 'x') + R"("},"text":"y"})"));
}

struct Granted : testing::Test {
  Granted() {
    installed.manifest.grants.send_to_sender = true;
    installed.accounts = {"bot"};
  }
  std::optional<std::string> verdict(Effect effect) {
    std::vector<Effect> effects{std::move(effect)};
    return settle(effects, installed, Origin{"bot", "juliet@example.org"});
  }
  Installed installed;
};

TEST_F(Granted, IsSpeakingOfMessagesWithWhomThePluginMaySendTo) {
  EXPECT_FALSE(
      verdict(Change{Change::Kind::react, Target{"", "", "juliet@example.org", "", "m1"}, "", {"👍"}}));
  EXPECT_THAT(verdict(Change{Change::Kind::react, Target{"", "", "romeo@example.org", "", "m1"}, "", {"👍"}})
                  .value_or(""),
              HasSubstr("romeo@example.org"));
  EXPECT_THAT(
      verdict(Change{Change::Kind::retract, Target{"", "cat", "juliet@example.org", "disk"}}).value_or(""),
      HasSubstr("account \"cat\""));
  EXPECT_FALSE(verdict(Change{Change::Kind::edit, Target{"in-1:0"}, "new"}))
      << "what it sent it was allowed to send";
  EXPECT_TRUE(verdict(Change{Change::Kind::edit, Target{"in-1:0"}, ""}));
}

TEST(MessageEffects, OfNowComeThroughTheWire) {
  const std::vector<Effect> effects{Typing{"bot", "a@b", true}, Typing{"", "a@b", false}, Displayed{Target{"", "bot", "a@b", "", "m1"}}};
  EXPECT_EQ(through_the_wire(effects), effects);
  EXPECT_TRUE(is_readable(R"({"type":"typing","to":"a@b"})"));
  EXPECT_FALSE(is_readable(R"({"type":"typing","on":true})"));
  EXPECT_FALSE(is_readable(R"({"type":"typing","to":"a@b","on":"yes"})"));
  EXPECT_FALSE(is_readable(R"({"type":"displayed","target":{}})"));
}

TEST_F(Granted, IsSayingWhatIsOfNowToWhomThePluginMaySendTo) {
  EXPECT_FALSE(verdict(Typing{"", "juliet@example.org"}));
  EXPECT_THAT(verdict(Typing{"", "romeo@example.org"}).value_or(""), HasSubstr("romeo@example.org"));
  EXPECT_THAT(verdict(Typing{"cat", "juliet@example.org"}).value_or(""), HasSubstr("account \"cat\""));
  EXPECT_FALSE(verdict(Displayed{Target{"", "", "juliet@example.org", "", "m1"}}));
  EXPECT_THAT(verdict(Displayed{Target{"", "", "romeo@example.org", "", "m1"}}).value_or(""), HasSubstr("romeo@example.org"));
}

TEST(MessageEffects, WhatIsToBeTakenOutOfARoomComesThroughTheWire) {
  Target by_number{"", "bot", "team@rooms.example.org"};
  by_number.stanza_id = "r7";
  const std::vector<Effect> effects{Moderate{by_number, "spam"}, Moderate{Target{"", "bot", "team@rooms.example.org", "", "m1"}}};
  EXPECT_EQ(through_the_wire(effects), effects);
  EXPECT_TRUE(is_readable(R"({"type":"moderate","target":{"to":"a@b","stanza_id":"r7"}})"));
  EXPECT_FALSE(is_readable(R"({"type":"moderate","target":{"stanza_id":"r7"}})")) << "of which room?";
  EXPECT_FALSE(is_readable(R"({"type":"moderate","target":{"to":"a@b","id":"m1","stanza_id":"r7"}})"));
  EXPECT_FALSE(is_readable(R"({"type":"moderate","target":{"to":"a@b","id":"m1"},"reason":")" + std::string(501, 'x') + "\"}"));
}

TEST_F(Granted, IsTakingBackWhatOthersSayOnlyWhereTheManifestHasIt) {
  const Moderate here{Target{"", "", "juliet@example.org", "", "m1"}}, elsewhere{Target{"", "", "romeo@example.org", "", "m1"}};
  EXPECT_THAT(verdict(here).value_or(""), HasSubstr("moderate"));
  installed.manifest.grants.moderate = true;
  EXPECT_FALSE(verdict(here));
  EXPECT_THAT(verdict(elsewhere).value_or(""), HasSubstr("romeo@example.org")) << "in a room that it may not speak in it moderates nobody";
}

TEST(SaidEvents, KeepEverythingWhenTheirTrustIsJudgedAgain) {
  MessageNews news{Message{"bot", "juliet@example.org", "new", TrustLevel::tofu}};
  news.message.fingerprint = "0f";
  news.message.version = "2";
  news.message.stanza_id = "r7";
  news.about = Reference{"m1", true, "in-1:0", "disk"};
  news.added = {"👍"};
  const std::string judged = with_trust(payload(news), TrustLevel::verified).value();
  EXPECT_EQ(parse_message(judged)->trust, TrustLevel::verified);
  for (const char* kept : {"in-1:0", "disk", "👍", "\"new\"", "\"r7\""}) EXPECT_THAT(judged, HasSubstr(kept));
  EXPECT_TRUE(is_said(EventKind::edit));
  EXPECT_FALSE(is_said(EventKind::hook));
}

}  // namespace
