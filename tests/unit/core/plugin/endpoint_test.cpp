#include "bridge/core/plugin/endpoint.hpp"

#include <gmock/gmock.h>

#include "bridge/core/plugin/limits.hpp"

namespace omegate::plugin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(Endpoint, APatternHasSegmentsAndNamesSomeOfThem) {
  EXPECT_FALSE(fault_of_endpoint("/_matrix/app/v1/transactions/{txn}"));
  EXPECT_FALSE(fault_of_endpoint("/shop/{a}/{b}"));
  for (const char* pattern : {"", "/", "/one", "one/two", "/{a}/b", "/a//b", "/a/b/", "/a/{}", "/a/{b c}", "/a/../b", "/a/%62", "/a/{b}/{b}",
                              "/hooks/x", "/health/x", "/v1/x", "/v2/x", "/metrics/x", "/1/2/3/4/5/6/7/8/9/10/11/12/13"})
    EXPECT_TRUE(fault_of_endpoint(pattern)) << pattern;
}

TEST(Endpoint, TakesTheNamedPartsOutOfAPath) {
  const std::string pattern = "/_matrix/app/v1/transactions/{txn}";
  const auto parts = match_endpoint(pattern, "/_matrix/app/v1/transactions/a%2Fb%20c");
  ASSERT_TRUE(parts);
  EXPECT_THAT(*parts, ElementsAre(Pair("txn", "a/b c")));
  for (const char* path : {"/_matrix/app/v1/transactions", "/_matrix/app/v1/transactions/", "/_matrix/app/v1/transactions/1/2", "/_matrix/app/v1/other/1",
                           "/_matrix/app/v1/transactions/%4", "/_matrix/app/v1/transactions/%zz", "", "_matrix/app/v1/transactions/1"})
    EXPECT_FALSE(match_endpoint(pattern, path)) << path;
  EXPECT_FALSE(match_endpoint(pattern, "/_matrix/app/v1/transactions/" + std::string(max_endpoint_part + 1, 'x')));
}

// case 205
TEST(Endpoint, FindsTheItemsOfAListWhateverStandsInThem) {
  const auto items = items_of(R"( {"a": [1, {"events": [9]}], "events" : [ {"x": "]}\"\\"}, [[[[]]]] ,7, "," ,{}], "b": null} )", "events");
  ASSERT_TRUE(items);
  EXPECT_THAT(*items, ElementsAre(R"({"x": "]}\"\\"})", "[[[[]]]] ", "7", "\",\" ", "{}"));
  EXPECT_THAT(items_of(R"({"events": []})", "events").value(), IsEmpty());
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(items_of("{\"events\": [" + deep + ", 1]}", "events").value().size(), 2u);
}

TEST(Endpoint, FindsNoItemsInWhatIsCutOffOrHasNone) {
  for (const char* text : {"", "[]", "7", "{}", R"({"other": []})", R"({"events": {}})", R"({"events": 7})", R"({"events": [1, 2)", R"({"events": [1 2, "x)",
                           R"({"events": [{"a": "]}])", R"({"events" [1]})", R"({"events": [1],)", R"({"events": [,]})"})
    EXPECT_FALSE(items_of(text, "events")) << text;
}

}  // namespace
}  // namespace omegate::plugin
