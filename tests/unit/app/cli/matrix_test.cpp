#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "tests/unit/app/cli/command_line.hpp"

namespace omegate::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct MatrixVerbs : testing::Test {
  std::string folder() const { return (line.folder / "matrix").string(); }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(folder() + "/" + name).rdbuf();
    return text.str();
  }
  test::CommandLine line;
};

// case 207
TEST_F(MatrixVerbs, ARegistrationHasFreshTokensThatOnlyItsOwnerReads) {
  ASSERT_EQ(line.run({"matrix", "registration", folder(), "--server", "example.org", "--bot", "bridge"}), 0) << line.err.str();
  std::string as_token = read("as_token"), hs_token = read("hs_token");
  ASSERT_EQ(as_token.size(), 44u);
  EXPECT_NE(as_token, hs_token);
  as_token.pop_back();
  hs_token.pop_back();
  EXPECT_THAT(read("registration.yaml"),
              AllOf(HasSubstr("as_token: \"" + as_token + "\""), HasSubstr("hs_token: \"" + hs_token + "\""), HasSubstr("sender_localpart: \"bridge\""),
                    HasSubstr("receive_ephemeral: true\n"), HasSubstr("de.sorunome.msc2409.push_ephemeral: true\n"),
                    HasSubstr("regex: '^@bridge:example\\.org$'"), HasSubstr("regex: '^@_xmpp_.*:example\\.org$'"),
                    HasSubstr("regex: '^#_xmpp_.*:example\\.org$'")));
  for (const char* name : {"as_token", "hs_token", "registration.yaml"}) {
    struct stat status {};
    ASSERT_EQ(::stat((folder() + "/" + name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << name;
  }
  EXPECT_THAT(line.out.str(), AllOf(Not(HasSubstr(as_token)), Not(HasSubstr(hs_token))));
}

TEST_F(MatrixVerbs, NothingThatIsThereIsReplaced) {
  ASSERT_EQ(line.run({"matrix", "registration", folder(), "--server", "example.org"}), 0) << line.err.str();
  const std::string before = read("registration.yaml") + read("as_token") + read("hs_token");
  EXPECT_EQ(line.run({"matrix", "registration", folder(), "--server", "example.org"}), 2);
  EXPECT_THAT(line.err.str(), HasSubstr("exists already; nothing was written"));
  EXPECT_EQ(read("registration.yaml") + read("as_token") + read("hs_token"), before);
}

TEST_F(MatrixVerbs, WhatCouldMeanMoreInTheFileIsRefused) {
  for (const auto& [option, value] : {std::pair("--server", "a.org$|.*"), std::pair("--bot", "a b"), std::pair("--id", "x\nurl: y"),
                                      std::pair("--url", "ftp://x"), std::pair("--url", "http://x\" as_token: \"")})
    EXPECT_EQ(line.run({"matrix", "registration", folder(), "--server", "example.org", option, value}), 2) << value;
  EXPECT_TRUE(read("registration.yaml").empty());
}

}  // namespace
}  // namespace omegate::app
