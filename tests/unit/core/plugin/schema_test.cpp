#include "bridge/core/plugin/schema.hpp"

#include <gmock/gmock.h>

namespace {

using namespace omegate::plugin;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Field field(std::string name, FieldType type, bool required = false, std::string otherwise = {}) {
  return {std::move(name), type, required, std::move(otherwise), {}, {}, {}};
}

/// The webhook plugin's: hooks by name, each with a secret and a list of JIDs.
std::vector<Field> hooks_schema() {
  Field to = field("to", FieldType::list, true);
  to.of = {field("", FieldType::jid)};
  Field hook = field("", FieldType::record);
  hook.fields = {field("secret", FieldType::secret, true), field("account", FieldType::account), to,
                 field("loud", FieldType::boolean, false, "true")};
  Field hooks = field("hooks", FieldType::map, true);
  hooks.of = {hook};
  return {hooks, field("limit", FieldType::integer)};
}

std::vector<std::string> complaints(std::string_view config) {
  std::vector<std::string> texts;
  for (const auto& problem : check_config(hooks_schema(), config).problems) texts.push_back(to_text(problem));
  return texts;
}

TEST(CheckConfig, FillsInDefaultsAndCollectsNames) {
  const auto checked = check_config(
      hooks_schema(), R"({"hooks":{"alerts":{"secret":"token","account":"bot","to":["a@b.c","d@e.f"]}}})");
  EXPECT_THAT(checked.problems, IsEmpty());
  EXPECT_THAT(checked.json, HasSubstr(R"("loud":true)"));
  EXPECT_THAT(checked.jids, ElementsAre("a@b.c", "d@e.f"));
  EXPECT_THAT(checked.secrets, ElementsAre("token"));
  EXPECT_THAT(checked.accounts, ElementsAre("bot"));
}

TEST(CheckConfig, SaysWhereAndWhatWasExpected) {
  EXPECT_THAT(complaints(R"({"hooks":{"alerts":{"secret":"token","to":["bob"]}}})"),
              ElementsAre("hooks.alerts.to[0]: expected a bare JID like name@example.org, found \"bob\""));
}

TEST(CheckConfig, ReportsAllProblemsAtOnce) {
  EXPECT_THAT(complaints(R"({"hooks":{"a":{"to":"x@y"}},"limit":"ten","hook":{}})"),
              ElementsAre("hook: unknown setting; known are: hooks, limit",
                          "hooks.a.secret: is missing: expected the name of a secret",
                          "hooks.a.to: expected a list, found \"x@y\"",
                          "limit: expected a whole number, found \"ten\""));
}

TEST(CheckConfig, RefusesWhatIsNoObject) {
  EXPECT_THAT(complaints("[]"), ElementsAre("expected a map of settings"));
  EXPECT_THAT(complaints("{"), ElementsAre("expected a map of settings"));
}

TEST(CheckConfig, KnowsAJidFromASlip) {
  const std::vector<Field> schema{field("jid", FieldType::jid)};
  for (const char* good : {"a@b", "juliet@example.org"}) {
    EXPECT_THAT(check_config(schema, std::string(R"({"jid":")") + good + "\"}").problems, IsEmpty()) << good;
  }
  for (const char* bad : {"", "b", "@b", "a@", "a@b@c", "a@b/phone", "a b@c", "a@b, c@d"}) {
    EXPECT_EQ(check_config(schema, std::string(R"({"jid":")") + bad + "\"}").problems.size(), 1U) << bad;
  }
}

TEST(CheckConfig, DoesNotAskForTrustInRevokedKeys) {
  const std::vector<Field> schema{field("min_trust", FieldType::trust)};
  EXPECT_THAT(check_config(schema, R"({"min_trust":"verified"})").problems, IsEmpty());
  EXPECT_EQ(check_config(schema, R"({"min_trust":"revoked"})").problems.size(), 1U);
}

}  // namespace
