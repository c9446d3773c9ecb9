#include "bridge/gateway/operator/operator_args.hpp"

#include <gtest/gtest.h>

namespace omegate::gateway {
namespace {

namespace json = boost::json;

json::object args(const char* text) { return json::parse(text).as_object(); }

/// What a person reads when `read` does not like the arguments; empty: it does.
template <class Read>
std::string complaint(const json::object& object, Read read) {
  try {
    read(OperatorArgs(object));
  } catch (const OperatorError& error) {
    return error.what();
  }
  return {};
}

TEST(OperatorArgs, ReadsWhatIsThere) {
  const json::object object =
      args(R"({"text": "hi", "n": 7, "yes": true, "jid": "Alice@Example.NET/phone"})");
  const OperatorArgs read(object);
  EXPECT_EQ(read.text("text"), "hi");
  EXPECT_EQ(read.needed("text"), "hi");
  EXPECT_EQ(read.number("n"), 7);
  EXPECT_TRUE(read.flag("yes"));
  EXPECT_EQ(read.jid("jid")->to_string(), "alice@example.net");  // bare and prepared
}

TEST(OperatorArgs, AbsentAndNullAreTheSame) {
  const json::object object = args(R"({"null": null})");
  const OperatorArgs read(object);
  for (const char* name : {"null", "absent"}) {
    EXPECT_EQ(read.text(name), std::nullopt);
    EXPECT_EQ(read.number(name), std::nullopt);
    EXPECT_EQ(read.jid(name), std::nullopt);
    EXPECT_FALSE(read.flag(name));
  }
}

TEST(OperatorArgs, NamesTheArgumentThatIsWrongAndWhatItShouldBe) {
  const json::object object = args(R"({"x": 1.5, "y": "text", "jid": "not an address@@", "deep": {}})");
  const auto says = [&](auto read, const char* word) {
    return complaint(object, read).find(word) != std::string::npos;
  };
  EXPECT_TRUE(says([](const OperatorArgs& a) { a.text("x"); }, "'x' must be a text"));
  EXPECT_TRUE(says([](const OperatorArgs& a) { a.needed("absent"); }, "'absent'"));
  EXPECT_TRUE(says([](const OperatorArgs& a) { a.number("x"); }, "'x' must be a whole number"));
  EXPECT_TRUE(says([](const OperatorArgs& a) { a.number("y"); }, "'y'"));
  EXPECT_TRUE(says([](const OperatorArgs& a) { a.needed_number("absent"); }, "'absent'"));
  EXPECT_TRUE(says([](const OperatorArgs& a) { a.jid("jid"); }, "an address like"));
  EXPECT_TRUE(says([](const OperatorArgs& a) { a.needed_jid("absent"); }, "'absent'"));
  EXPECT_TRUE(says([](const OperatorArgs& a) { a.text("deep"); }, "'deep'"));
}

TEST(OperatorArgs, AListHasABoundedNumberOfRows) {
  const auto limit = [](const char* text) {
    const json::object object = args(text);
    return OperatorArgs(object).limit();
  };
  EXPECT_EQ(limit("{}"), 100u);
  EXPECT_EQ(limit(R"({"limit": 1})"), 1u);
  EXPECT_EQ(limit(R"({"limit": 1000})"), 1000u);
  for (const char* bad :
       {R"({"limit": 0})", R"({"limit": -1})", R"({"limit": 1001})", R"({"limit": "10"})"}) {
    EXPECT_THROW(limit(bad), OperatorError) << bad;
  }
}

}  // namespace
}  // namespace omegate::gateway
