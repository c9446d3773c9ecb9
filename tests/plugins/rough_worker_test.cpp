// Workers that break the rules of the frames, and plugins that are swapped while they work: the gateway goes
// on.
#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <chrono>

#include "tests/plugins/host_bench.hpp"
#include "test_places.hpp"

namespace {

using namespace std::chrono_literals;
using namespace omegate;
namespace asio = boost::asio;
using gateway::Outcome;
using gateway::PluginTimes;
using test::HostBench;
using testing::HasSubstr;
using State = gateway::PluginStatus::State;

constexpr PluginTimes times{.load = 5s, .handler = 5s, .first_pause = 1ms, .longest_pause = 2ms};

/// What a program that is no worker of ours says on its channel, as shell.
struct RoughWorker {
  const char* name;
  const char* script;
  const char* reason;
};

class RoughWorkerTest : public testing::TestWithParam<RoughWorker> {};

// case 220
TEST_P(RoughWorkerTest, IsEndedAndExplainedAndTheGatewayGoesOn) {
  const test::TemporaryFolder folder;
  folder.write("worker", std::string("#!/bin/sh\n") + GetParam().script + "\n");
  std::filesystem::permissions(folder.path() / "worker", std::filesystem::perms::owner_all);
  HostBench rough("P.on('message', function() end)", folder.path() / "worker", times);
  const auto status = rough.run(rough.host.start());
  EXPECT_EQ(status.state, State::quarantined);
  EXPECT_THAT(status.last_error, HasSubstr(GetParam().reason));
  EXPECT_EQ(rough.says("hello").kind, Outcome::Kind::unavailable);
}

INSTANTIATE_TEST_SUITE_P(
    All, RoughWorkerTest,
    testing::Values(
        RoughWorker{"AGigabyte", R"(printf '\100\000\000\000{' >&3; exec sleep 60)", "longer than the limit"},
        RoughWorker{"Garbage", R"(printf '\000\000\000\004\377\376\375\374' >&3; exec sleep 60)",
                    "not a JSON object"},
        RoughWorker{"AnUnknownFrame", R"(printf '\000\000\000\017{"type":"fire"}' >&3; exec sleep 60)",
                    "not one this end accepts"},
        RoughWorker{"HalfAFrame", R"(printf '\000\000\000\100{"type":"rea' >&3; exit 3)",
                    "ended with code 3"},
        RoughWorker{"ASegmentationFault", "kill -SEGV $$", "signal 11"},
        RoughWorker{"TheWrongFrame",
                    R"(printf '\000\000\000\045{"type":"done","id":"1","effects":[]}' >&3; exec sleep 60)",
                    "not due"}),
    [](const auto& worker) { return worker.param.name; });

/// Version n answers with its number and counts nothing: whatever answers, answers once.
std::string version(int number) {
  return "P.on('message', function(ev) ev:reply('" + std::to_string(number) + " ' .. ev.text) end)";
}

// case 218
TEST(PluginReload, AHundredTimesUnderLoadLosesAndDoublesNothing) {
  constexpr int reloads = 100, events_between = 5;
  HostBench bench(version(0), std::filesystem::path(OMEGATE_BINARY_DIR) / "omegate-plugin-worker", times);
  ASSERT_EQ(bench.run(bench.host.start()).state, State::ready);
  int asked = 0;
  std::vector<int> answered;
  for (int round = 1; round <= reloads; ++round) {
    for (int i = 0; i < events_between; ++i, ++asked) {
      plugin::Message message;
      message.account = "bot";
      message.from = "juliet@example.org";
      message.text = std::to_string(asked);
      answered.push_back(0);
      asio::co_spawn(bench.executor,
                     bench.host.handle({std::to_string(asked), plugin::EventKind::message, payload(message)}),
                     [&answered, round, number = static_cast<std::size_t>(asked)](
                         const std::exception_ptr& thrown, const Outcome& outcome) {
                       ASSERT_FALSE(thrown);
                       ASSERT_EQ(outcome.kind, Outcome::Kind::done) << outcome.error;
                       const std::string text = std::get<plugin::Send>(outcome.effects.at(0)).text;
                       EXPECT_EQ(text, std::to_string(round - 1) + " " + std::to_string(number))
                           << "asked before the swap, answered by the version before it";
                       ++answered[number];
                     });
    }
    const auto status = bench.run(bench.host.reload(bench.installed(version(round))));
    ASSERT_EQ(status.state, State::ready);
    ASSERT_EQ(status.last_error, "");
  }
  EXPECT_THAT(answered, testing::Each(1));
  EXPECT_EQ(bench.run(bench.host.status()).handled, static_cast<std::uint64_t>(asked));
  EXPECT_EQ(bench.run(bench.host.status()).failures, 0U);
}

// More than can be with a worker at once.
// case 218
TEST(PluginReload, AllThatWaitedBeforeItIsAnsweredByTheOldVersion) {
  constexpr int events = 50;
  HostBench bench(version(0), std::filesystem::path(OMEGATE_BINARY_DIR) / "omegate-plugin-worker", times);
  ASSERT_EQ(bench.run(bench.host.start()).state, State::ready);
  std::vector<std::string> answers;
  const auto ask = [&](int number) {
    plugin::Message message;
    message.account = "bot";
    message.from = "juliet@example.org";
    message.text = std::to_string(number);
    asio::co_spawn(bench.executor, bench.host.handle({message.text, plugin::EventKind::message, payload(message)}),
                   [&answers](const std::exception_ptr&, const Outcome& outcome) {
                     answers.push_back(outcome.kind == Outcome::Kind::done ? std::get<plugin::Send>(outcome.effects.at(0)).text : outcome.error);
                   });
  };
  for (int i = 0; i < events; ++i) ask(i);
  ASSERT_EQ(bench.run(bench.host.reload(bench.installed(version(1)))).last_error, "");
  std::vector<std::string> expected;
  for (int i = 0; i < events; ++i) expected.push_back("0 " + std::to_string(i));
  EXPECT_EQ(answers, expected);
  ask(events);
  bench.executor.restart();
  while (answers.size() <= static_cast<std::size_t>(events)) bench.executor.run_one();
  EXPECT_EQ(answers.back(), "1 " + std::to_string(events));
}

}  // namespace
