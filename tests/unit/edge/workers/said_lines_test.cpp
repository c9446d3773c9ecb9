#include "bridge/edge/workers/said_lines.hpp"

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace omegate::workers {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;

struct Said : testing::Test {
  Said() {
    lines.show_to([this](std::string line) { shown.push_back(std::move(line)); });
  }
  void says(std::size_t count, SaidLines::Time at) {
    for (std::size_t i = 0; i < count; ++i) lines.take("again\n", at);
  }

  SaidLines lines;
  std::vector<std::string> shown;
  const SaidLines::Time now = SaidLines::Time() + 1h;
};

TEST_F(Said, IsShownLineByLineHoweverItComes) {
  lines.take("one\ntw", now);
  EXPECT_THAT(shown, ElementsAre("one"));
  lines.take("o\n\n\nthr", now);
  lines.take("ee", now);
  EXPECT_THAT(shown, ElementsAre("one", "two"));
  EXPECT_EQ(lines.end(now), "one\ntwo\n\n\nthree");
  EXPECT_THAT(shown, ElementsAre("one", "two", "three")) << "the last line has no end";
}

TEST_F(Said, IsTextWhateverItsBytesAre) {
  lines.take("caf\xC3\n", now);
  EXPECT_THAT(shown, ElementsAre("caf\xEF\xBF\xBD"));
}

TEST_F(Said, IsCountedBeyondSoManyLines) {
  says(max_said_lines + 41, now);
  says(1, now + said_window - 1ms);
  EXPECT_EQ(shown.size(), max_said_lines);
  ASSERT_EQ(lines.tells_at(), now + said_window);
  lines.tell_left_out();
  EXPECT_EQ(shown.back(), "left out 42 lines: more than 100 within 10 s");
  EXPECT_EQ(lines.tells_at(), std::nullopt);
  lines.tell_left_out();
  EXPECT_EQ(shown.size(), max_said_lines + 1) << "it is said once";
}

TEST_F(Said, IsHeardAgainInTheNextWindow) {
  says(max_said_lines + 1, now);
  says(1, now + said_window);
  ASSERT_EQ(shown.size(), max_said_lines + 2);
  EXPECT_EQ(shown[max_said_lines], "left out 1 lines: more than 100 within 10 s");
  EXPECT_EQ(shown.back(), "again");
  EXPECT_EQ(lines.tells_at(), std::nullopt);
}

TEST_F(Said, WithoutEndsOfLinesTakesNoMemory) {
  for (int i = 0; i < 1000; ++i) lines.take(std::string(4096, 'x'), now);
  lines.take("the end\nnext", now);
  EXPECT_THAT(shown, ElementsAre(std::string(max_said_line, 'x')));
  const std::string last = lines.end(now);
  EXPECT_EQ(last.size(), max_last_words);
  EXPECT_THAT(last, EndsWith("xthe end\nnext"));
  EXPECT_EQ(shown.back(), "next");
}

TEST_F(Said, EndsWithTheCountOfWhatWasLeftOut) {
  says(max_said_lines + 7, now);
  lines.end(now);
  EXPECT_EQ(shown.back(), "left out 7 lines: more than 100 within 10 s");
}

TEST_F(Said, IsShownToNobodyIfNobodyIsThere) {
  lines.show_to({});
  says(1, now);
  EXPECT_EQ(lines.end(now), "again\n");
  EXPECT_THAT(shown, IsEmpty());
}

}  // namespace
}  // namespace omegate::workers
