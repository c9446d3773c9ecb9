// Arguments of commands and fields of forms.
#include <gmock/gmock.h>

#include "bridge/worker/arguments.hpp"
#include "bridge/worker/form.hpp"

namespace {

using omegate::worker::Arguments;
using omegate::worker::match_arguments;
using omegate::worker::parse_form;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::Pair;

TEST(Arguments, HaveTheNamesOfTheUsage) {
  EXPECT_THAT(match_arguments("deploy <service> [<version>]", "web 1.2"),
              Optional(ElementsAre(Pair("service", "web"), Pair("version", "1.2"))));
  EXPECT_THAT(match_arguments("deploy <service> [<version>]", "web"),
              Optional(ElementsAre(Pair("service", "web"))));
  EXPECT_THAT(match_arguments("ping", ""), Optional(IsEmpty()));
}

TEST(Arguments, LeaveTheRestToTheLast) {
  EXPECT_THAT(match_arguments("echo <text>", "a  b\nc"), Optional(ElementsAre(Pair("text", "a  b\nc"))));
  EXPECT_THAT(match_arguments("to <who> <text>", "me   a b"),
              Optional(ElementsAre(Pair("who", "me"), Pair("text", "a b"))));
}

TEST(Arguments, AreMissedAndNotInvented) {
  EXPECT_EQ(match_arguments("deploy <service> [<version>]", ""), std::nullopt);
  EXPECT_EQ(match_arguments("to <who> <text>", "me"), std::nullopt);
  EXPECT_EQ(match_arguments("ping", "twice"), std::nullopt);
}

TEST(Form, IsDecoded) {
  EXPECT_THAT(parse_form("a=1&b=x+y%21&&c&d=&=e"),
              ElementsAre(Pair("a", "1"), Pair("b", "x y!"), Pair("c", ""), Pair("d", ""), Pair("", "e")));
  EXPECT_THAT(parse_form(""), IsEmpty());
}

TEST(Form, KeepsAPercentThatEscapesNothing) {
  EXPECT_THAT(parse_form("a=100%&b=%4&c=%zz&d=%2"),
              ElementsAre(Pair("a", "100%"), Pair("b", "%4"), Pair("c", "%zz"), Pair("d", "%2")));
}

}  // namespace
