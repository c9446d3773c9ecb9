// The documents name commands that exist, and the manual page names them all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>

#include "bridge/app/verbs.hpp"
#include "tests/unit/app/cli/command_line.hpp"

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
  const std::vector<std::string> groups{"trust", "outbox", "inbox", "key"};
  const std::vector<std::string> verbs{"init",   "run",  "check", "send",   "keys",   "why",
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
                         testing::Values("README.md", "deploy/omegate.1", "config/omegate.yaml"));

TEST(ManualPage, NamesEveryCommand) {
  const std::string page = content("deploy/omegate.1");
  for (const auto& verb : omegate::app::verbs) {
    std::string words(verb.name);
    std::replace(words.begin(), words.end(), '.', ' ');
    EXPECT_THAT(page, HasSubstr("omegate " + words)) << "every verb has its paragraph";
  }
  for (const char* verb : {"init", "run", "check", "help", "key unlock", "restore"})
    EXPECT_THAT(page, HasSubstr(std::string("omegate ") + verb));
}

// A gateway that knows a verb which the command line cannot ask, or the other way round, is half a feature.
TEST(Verbs, EachHasItsPage) {
  for (const auto& verb : omegate::app::verbs) {
    std::vector<std::string> words{"help"};
    std::string word;
    std::istringstream name{std::string(verb.name)};
    while (std::getline(name, word, '.')) words.push_back(word);
    CommandLine line;
    EXPECT_EQ(line.run(words), 0) << verb.name;
  }
}

}  // namespace
