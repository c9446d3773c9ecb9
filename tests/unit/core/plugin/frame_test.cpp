#include "bridge/core/plugin/frame.hpp"

#include <gmock/gmock.h>

#include "bridge/core/plugin/error.hpp"
#include "bridge/core/plugin/frame_reader.hpp"
#include "bridge/core/plugin/limits.hpp"

namespace {

using namespace omegate::plugin;
using testing::ElementsAre;
using testing::HasSubstr;

std::string text_of(const std::string& frame) {
  FrameReader reader;
  reader.feed(frame);
  return reader.next().value().value();
}

template <class Frame>
Frame through_the_wire(const ToWorker& frame) {
  return std::get<Frame>(parse_to_worker(text_of(encode(frame).value())).value());
}

template <class Frame>
Frame through_the_wire(const ToGateway& frame) {
  return std::get<Frame>(parse_to_gateway(text_of(encode(frame).value())).value());
}

TEST(Frame, IsALengthAndAnObject) {
  EXPECT_EQ(encode(ToWorker(Stop{})).value(), std::string("\0\0\0\x0f{\"type\":\"stop\"}", 19));
}

TEST(Frame, CarriesFiles) {
  Send send{"bot", "a@b", "", {}};
  send.files = {"h1", "h2"};
  const auto done = through_the_wire<Done>(ToGateway(Done{"in-1", {send}}));
  EXPECT_EQ(std::get<Send>(done.effects.at(0)), send);
  send.files.resize(max_files + 1, "h");
  EXPECT_FALSE(parse_to_gateway(text_of(encode(ToGateway(Done{"in-1", {send}})).value())));
  EXPECT_EQ(through_the_wire<FileAsk>(ToGateway(FileAsk{"h1"})).handle, "h1");
  EXPECT_EQ(through_the_wire<FileText>(ToWorker(FileText{"text", {}})).text, "text");
  EXPECT_EQ(through_the_wire<FileText>(ToWorker(FileText{std::nullopt, "why"})).reason, "why");
  EXPECT_FALSE(through_the_wire<FileText>(ToWorker(FileText{std::nullopt, "why"})).text);
}

TEST(Frame, CarriesQuestionsForPictures) {
  const auto asked = through_the_wire<AvatarAsk>(ToGateway(AvatarAsk{"a@example.org", "bot", "team@example.org", "0a"}));
  EXPECT_EQ(asked.jid, "a@example.org");
  EXPECT_EQ(asked.account, "bot");
  EXPECT_EQ(asked.room, "team@example.org");
  EXPECT_EQ(asked.known, "0a");
  EXPECT_EQ(through_the_wire<AvatarAsk>(ToGateway(AvatarAsk{"a@example.org"})).room, "");
  EXPECT_FALSE(parse_to_gateway(text_of(encode(ToGateway(AvatarAsk{std::string(max_avatar_ask + 1, 'a')})).value())));

  const File picture{"h1", "avatar.png", "image/png", 7, "here", ""};
  const auto seen = through_the_wire<AvatarSeen>(ToWorker(AvatarSeen{"0a", picture, "why", true}));
  EXPECT_EQ(seen.id, "0a");
  EXPECT_EQ(seen.file, picture);
  EXPECT_EQ(seen.reason, "why");
  EXPECT_TRUE(seen.refused);
  EXPECT_FALSE(through_the_wire<AvatarSeen>(ToWorker(AvatarSeen{})).file);
}

TEST(Frame, CarriesALoad) {
  const auto load = through_the_wire<Load>(ToWorker(
      Load{"dice", 1, {{"init.lua", "local P = ...\n"}}, R"({"sides":6})", {"token"}, {"bot", "cat"}}));
  EXPECT_EQ(load.plugin, "dice");
  EXPECT_EQ(load.sources.at("init.lua"), "local P = ...\n");
  EXPECT_EQ(load.config, R"({"sides":6})");
  EXPECT_THAT(load.secrets, ElementsAre("token"));
  EXPECT_THAT(load.accounts, ElementsAre("bot", "cat"));
}

TEST(Frame, CarriesAnEvent) {
  const auto event = through_the_wire<Event>(ToWorker(Event{"7", EventKind::hook, R"({"body":"x"})"}));
  EXPECT_EQ(event.id, "7");
  EXPECT_EQ(event.kind, EventKind::hook);
  EXPECT_EQ(event.payload, R"({"body":"x"})");
}

TEST(Frame, CarriesRegistrations) {
  const auto ready =
      through_the_wire<Ready>(ToGateway(Ready{{{"/alerts", "token", {"POST"}}},
                                              {{"roll", "roll [<sides>]", "Rolls", TrustLevel::tofu}},
                                              {EventKind::message, EventKind::key}}));
  EXPECT_THAT(ready.hooks, ElementsAre(Hook{"/alerts", "token", {"POST"}}));
  ASSERT_EQ(ready.commands.size(), 1U);
  EXPECT_EQ(ready.commands[0].usage, "roll [<sides>]");
  EXPECT_EQ(ready.commands[0].min_trust, TrustLevel::tofu);
  EXPECT_THAT(ready.subscriptions, ElementsAre(EventKind::message, EventKind::key));
}

TEST(Frame, CarriesEffectsInTheirOrder) {
  const Send plain{"", "juliet@example.org", "one", std::nullopt};
  const Send strict{"bot", "romeo@example.org", "two", TrustLevel::verified};
  const auto done = through_the_wire<Done>(ToGateway(Done{"7", {plain, strict}}));
  EXPECT_EQ(done.id, "7");
  EXPECT_THAT(done.effects, ElementsAre(Effect(plain), Effect(strict)));
}

TEST(Frame, CarriesWhatAPluginKeeps) {
  const KvPut put{"s/k", R"({"a":1})", std::chrono::seconds(60)};
  const auto done = through_the_wire<Done>(ToGateway(Done{"7", {put, KvDelete{"s/old"}}, {{"s/k", "17"}}}));
  EXPECT_THAT(done.effects, ElementsAre(Effect(put), Effect(KvDelete{"s/old"})));
  EXPECT_THAT(done.reads, ElementsAre(KvRead{"s/k", "17"}));
  EXPECT_EQ(through_the_wire<KvGet>(ToGateway(KvGet{"s/k"})).key, "s/k");
  const auto keys = through_the_wire<KvKeys>(ToGateway(KvKeys{"s/", "s/a", 1'000'000}));
  EXPECT_EQ(keys.prefix + keys.after, "s/s/a");
  EXPECT_EQ(keys.limit, max_kv_page);
  EXPECT_EQ(through_the_wire<KvValue>(ToWorker(KvValue{"1", "17"})).value, "1");
  EXPECT_FALSE(through_the_wire<KvValue>(ToWorker(KvValue{std::nullopt, "0"})).value);
  const auto page = through_the_wire<KvPage>(ToWorker(KvPage{{"a", "b"}, true}));
  EXPECT_THAT(page.keys, ElementsAre("a", "b"));
  EXPECT_TRUE(page.more);
}

TEST(Frame, RefusesKeysAndValuesBeyondTheLimits) {
  const auto refused = [](Effect effect) {
    return parse_to_gateway(text_of(encode(ToGateway(Done{"7", {std::move(effect)}})).value())).has_error();
  };
  EXPECT_FALSE(refused(KvPut{"k", std::string(max_kv_value, '1')}));
  EXPECT_TRUE(refused(KvPut{"k", std::string(max_kv_value + 1, '1')}));
  EXPECT_TRUE(refused(KvPut{std::string(max_kv_key + 1, 'k'), "1"}));
  EXPECT_TRUE(refused(KvPut{"", "1"}));
  EXPECT_TRUE(refused(KvPut{"k", "1", std::chrono::seconds(0)}));
  EXPECT_TRUE(refused(KvPut{"k", "1", max_kv_life + std::chrono::seconds(1)}));
  EXPECT_TRUE(refused(KvDelete{""}));
  EXPECT_TRUE(parse_to_gateway(R"({"type":"kv_keys","limit":0})").has_error());
}

TEST(Frame, CarriesFailures) {
  const auto failed = through_the_wire<Failed>(ToGateway(Failed{"7", "init.lua:1: no", "trace", true}));
  EXPECT_EQ(failed.error, "init.lua:1: no");
  EXPECT_EQ(failed.traceback, "trace");
  EXPECT_TRUE(failed.expected);
  EXPECT_EQ(through_the_wire<LoadFailed>(ToGateway(LoadFailed{"why", "where"})).traceback, "where");
  EXPECT_EQ(through_the_wire<Log>(ToGateway(Log{Log::Level::warn, "hm"})).level, Log::Level::warn);
}

TEST(Frame, IsUtf8WhateverAPluginSends) {
  const auto done =
      through_the_wire<Done>(ToGateway(Done{"7", {Send{"", "a@b", "caf\xe9 \xed\xa0\x80", {}}}}));
  EXPECT_EQ(std::get<Send>(done.effects[0]).text, "caf\xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Frame, CutsReports) {
  const auto failed =
      through_the_wire<Failed>(ToGateway(Failed{"7", std::string(1'000'000, 'x'), {}, false}));
  EXPECT_EQ(failed.error.size(), max_report_size);
}

TEST(Frame, RefusesAConfigurationThatIsNoObject) {
  EXPECT_EQ(encode(ToWorker(Load{"p", 1, {}, "[1]", {}, {}})).error(), Error::frame_not_json);
  EXPECT_EQ(encode(ToWorker(Event{"7", EventKind::key, "{"})).error(), Error::frame_not_json);
}

TEST(Frame, RefusesWhatIsTooLarge) {
  const Event event{"7", EventKind::hook, R"({"body":")" + std::string(max_frame_size, 'x') + R"("})"};
  EXPECT_EQ(encode(ToWorker(event)).error(), Error::frame_too_large);
}

// case 220
TEST(Frame, RefusesNonsenseFromAWorker) {
  const std::pair<std::string_view, Error> cases[] = {
      {"", Error::frame_not_json},
      {"[]", Error::frame_not_json},
      {"{\"type\":\"done\",\"id\":\"\xff\"}", Error::frame_not_json},
      {R"({"id":"7"})", Error::missing_member},
      {R"({"type":7})", Error::wrong_member},
      {R"({"type":"load"})", Error::unknown_frame},
      {R"({"type":"done"})", Error::missing_member},
      {R"({"type":"done","id":7})", Error::wrong_member},
      {R"({"type":"done","id":"7","effects":{}})", Error::wrong_member},
      {R"({"type":"done","id":"7","effects":["send"]})", Error::wrong_member},
      {R"({"type":"done","id":"7","effects":[{"type":"exec","to":"a","text":"b"}]})", Error::wrong_member},
      {R"({"type":"done","id":"7","effects":[{"type":"send","to":"a"}]})", Error::missing_member},
      {R"({"type":"done","id":"7","effects":[{"type":"send","to":"a","text":"b","min_trust":"all"}]})",
       Error::wrong_member},
      {R"({"type":"ready","commands":[{"name":"x"}]})", Error::missing_member},
      {R"({"type":"ready","subscriptions":["everything"]})", Error::wrong_member},
  };
  for (const auto& [text, error] : cases) EXPECT_EQ(parse_to_gateway(text).error(), error) << text;
}

TEST(Frame, RefusesABombOfNesting) {
  const std::string bomb = R"({"type":"done","id":"7","effects":)" + std::string(100'000, '[');
  EXPECT_EQ(parse_to_gateway(bomb).error(), Error::frame_not_json);
}

TEST(Frame, IgnoresMembersItDoesNotKnow) {
  EXPECT_EQ(std::get<Done>(parse_to_gateway(R"({"type":"done","id":"7","colour":"red"})").value()).id, "7");
}

TEST(FrameReader, TakesFramesFromSingleBytes) {
  const std::string bytes = encode(ToWorker(Stop{})).value() + encode(ToGateway(Done{"7", {}})).value();
  FrameReader reader;
  std::vector<std::string> frames;
  for (const char byte : bytes) {
    reader.feed({&byte, 1});
    while (const auto frame = reader.next().value()) frames.push_back(*frame);
  }
  EXPECT_THAT(frames, ElementsAre(R"({"type":"stop"})", HasSubstr("done")));
}

TEST(FrameReader, TakesManyFramesFromOneRead) {
  FrameReader reader;
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += encode(ToWorker(Stop{})).value();
  reader.feed(bytes);
  int count = 0;
  while (reader.next().value()) ++count;
  EXPECT_EQ(count, 1000);
}

// case 220
TEST(FrameReader, RefusesALengthBeyondTheLimitBeforeItsBytesArrive) {
  FrameReader reader;
  reader.feed("\x40");
  EXPECT_FALSE(reader.next().value());
  reader.feed(std::string("\0\0\0", 3));
  EXPECT_EQ(reader.next().error(), Error::frame_too_large);
}

TEST(FrameReader, AllowsExactlyTheLimit) {
  FrameReader reader(3);
  reader.feed(std::string("\0\0\0\3abc\0\0\0\4", 11));
  EXPECT_EQ(reader.next().value(), "abc");
  EXPECT_EQ(reader.next().error(), Error::frame_too_large);
}

}  // namespace
