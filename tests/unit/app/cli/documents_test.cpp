// The documents name commands that exist, and the manual page names them all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <regex>

#include "bridge/app/verbs.hpp"
#include "tests/unit/app/cli/command_line.hpp"
#include "test_places.hpp"

namespace {

using omegate::app::test::CommandLine;
using testing::HasSubstr;

std::string content(const std::string& file) {
  std::ifstream stream(OMEGATE_SOURCE_DIR "/" + file);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_FALSE(text.empty()) << file;
  return text;
}

class Documents : public testing::TestWithParam<const char*> {};

// "omegate trust approve JID" has a page for `trust approve`, whatever follows it.
TEST_P(Documents, NameOnlyCommandsThatExist) {
  const std::string text = content(GetParam());
  const std::regex command("omegate ([a-z]+)(?: ([a-z]+))?(?= |`|\n|\"|\\\\|$)");
  const std::vector<std::string> groups{"trust", "outbox", "inbox", "key", "plugin"};
  const std::vector<std::string> verbs{"init",   "run",  "check", "send",   "keys",   "why", "doctor",
                                       "status", "stop", "help",  "backup", "restore"};
  int found = 0;
  for (std::sregex_iterator it(text.begin(), text.end(), command), end; it != end; ++it) {
    const std::string verb = (*it)[1];
    const bool is_group = std::find(groups.begin(), groups.end(), verb) != groups.end();
    if (!is_group && std::find(verbs.begin(), verbs.end(), verb) == verbs.end())
      continue;  // prose, or another program
    std::vector<std::string> words{"help", verb};
    if (is_group && (*it)[2].matched) words.push_back((*it)[2]);
    CommandLine line;
    if (verb == "help") continue;
    EXPECT_EQ(line.run(words), 0) << it->str() << '\n' << line.err.str();
    ++found;
  }
  EXPECT_GT(found, 3);
}

INSTANTIATE_TEST_SUITE_P(All, Documents,
                         testing::Values("README.md", "config/omegate.yaml"));

// What manual pages and completions are made of.
TEST(Description, HasEveryCommandWithItsOptions) {
  CommandLine line;
  ASSERT_EQ(line.run({"help", "--describe"}), 0);
  const auto all = boost::json::parse(line.out.str()).as_object();
  const auto find = [](const boost::json::object& in, std::string_view name) -> const boost::json::object* {
    for (const auto& verb : in.at("verbs").as_array()) {
      if (verb.at("name").as_string() == name) return &verb.as_object();
    }
    return nullptr;
  };
  for (const auto& verb : omegate::app::verbs) {
    if (!verb.has_page) continue;
    std::string word;
    std::istringstream name{std::string(verb.name)};
    const boost::json::object* page = &all;
    while (page != nullptr && std::getline(name, word, '.')) page = find(*page, word);
    EXPECT_NE(page, nullptr) << verb.name;
  }
  for (const char* verb : {"init", "run", "check", "help", "restore"}) EXPECT_NE(find(all, verb), nullptr) << verb;
  const std::string trust = boost::json::serialize(*find(*find(all, "trust"), "list"));
  EXPECT_THAT(trust, HasSubstr(R"("choices":["undecided","tofu","trusted","verified","revoked"])")) << trust;
  EXPECT_THAT(trust, HasSubstr(R"("names":["--json"])"));
}

// A gateway that knows a verb which the command line cannot ask, or the other way round, is half a feature.
TEST(Verbs, EachHasItsPage) {
  for (const auto& verb : omegate::app::verbs) {
    if (!verb.has_page) continue;
    std::vector<std::string> words{"help"};
    std::string word;
    std::istringstream name{std::string(verb.name)};
    while (std::getline(name, word, '.')) words.push_back(word);
    CommandLine line;
    EXPECT_EQ(line.run(words), 0) << verb.name;
  }
}

}  // namespace
