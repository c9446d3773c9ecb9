#include "bridge/edge/config/secret_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <concepts>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "bridge/edge/config/limits.hpp"
#include "bridge/edge/config/secret_command.hpp"

namespace {

using namespace omegate::config;
using testing::HasSubstr;
using Kind = SecretSource::Kind;
namespace fs = std::filesystem;

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(!Printable<SecretText>);
static_assert(!std::convertible_to<SecretText, std::string_view>);

class SecretSourceTest : public testing::Test {
 protected:
  SecretSourceTest() {
    std::string pattern = (fs::temp_directory_path() / "omegate-secret-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~SecretSourceTest() override { fs::remove_all(folder_); }

  SecretSource file(const std::string& content) {
    std::ofstream(folder_ / "secret") << content;
    return {Kind::file, (folder_ / "secret").string(), {}, ""};
  }

  fs::path folder_;
};

std::string failure(const SecretSource& source) {
  try {
    read_secret(source);
  } catch (const SecretError& error) {
    return error.what();
  }
  return "no failure";
}

SecretSource command(std::vector<std::string> words) {
  return {Kind::command, "", std::move(words), "c.yaml:3:9"};
}

TEST_F(SecretSourceTest, OneLineEndIsNotPartOfIt) {
  EXPECT_EQ(read_secret(file("pa ss\n")).reveal(), "pa ss");
  EXPECT_EQ(read_secret(file("pa ss\r\n")).reveal(), "pa ss");
  EXPECT_EQ(read_secret(file("pass\n\n")).reveal(), "pass\n");
  EXPECT_EQ(read_secret(file("pass")).reveal(), "pass");
}

TEST_F(SecretSourceTest, AnEmptyOneIsAMistake) {
  EXPECT_EQ(failure(file("\n")), (folder_ / "secret").string() + ": the secret is empty");
  EXPECT_EQ(failure(file("")), (folder_ / "secret").string() + ": the secret is empty");
}

// case 165
TEST_F(SecretSourceTest, AFileThatOthersMayReadIsWorthAWarning) {
  const auto source = file("pass\n");
  fs::permissions(source.name, fs::perms::owner_read | fs::perms::group_read);
  EXPECT_THAT(secret_warning(source), HasSubstr("others may read it; chmod 600"));
  fs::permissions(source.name, fs::perms::owner_read);
  EXPECT_EQ(secret_warning(source), "");
}

TEST_F(SecretSourceTest, WhatIsMissingIsNamedWithItsPlaceInTheConfig) {
  EXPECT_EQ(failure({Kind::file, "/nowhere/pw", {}, "c.yaml:3:9"}),
            "c.yaml:3:9: /nowhere/pw: cannot be read: No such file or directory");
  EXPECT_THAT(failure({Kind::environment, "OMEGATE_NOT_SET", {}, "c.yaml:3:9"}),
              HasSubstr("environment variable OMEGATE_NOT_SET: is not set"));
  EXPECT_THAT(failure({Kind::file, "/tmp", {}, ""}), HasSubstr("is a folder"));
}

TEST_F(SecretSourceTest, TooMuchIsNoSecret) {
  EXPECT_THAT(failure(file(std::string(max_secret_size + 1, 'x'))), HasSubstr("that is no secret"));
  EXPECT_THAT(failure({Kind::file, "/dev/zero", {}, ""}), HasSubstr("that is no secret"));
}

TEST_F(SecretSourceTest, ACredentialComesFromSystemdsFolder) {
  ::setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);
  file("from systemd\n");
  EXPECT_EQ(read_secret({Kind::credential, "secret", {}, ""}).reveal(), "from systemd");
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_THAT(failure({Kind::credential, "secret", {}, ""}), HasSubstr("LoadCredential=secret:"));
}

TEST(SecretCommand, GivesItsOutput) {
  EXPECT_EQ(read_secret(command({"printf", "%s\\n", "from a command"})).reveal(), "from a command");
}

TEST(SecretCommand, NoShellReadsIt) {
  EXPECT_EQ(read_secret(command({"printf", "%s", "$HOME; echo `id`"})).reveal(), "$HOME; echo `id`");
}

TEST(SecretCommand, FailuresNameTheProgramAndThePlace) {
  EXPECT_EQ(failure(command({"false"})), "c.yaml:3:9: command false: failed with exit code 1");
  EXPECT_THAT(failure(command({"/nowhere/program"})),
              HasSubstr("cannot be started: No such file or directory"));
  EXPECT_THAT(failure(command({"true"})), HasSubstr("the secret is empty"));
  EXPECT_THAT(failure(command({"cat", "/dev/zero"})), HasSubstr("that is no secret"));
}

// case 169
TEST(SecretCommand, ArgumentsDoNotAppearInErrors) {
  EXPECT_THAT(failure(command({"sh", "-c", "exit 3 # token"})), testing::Not(HasSubstr("token")));
}

TEST(SecretCommand, HasNothingToRead) {
  EXPECT_THAT(failure(command({"cat"})), HasSubstr("the secret is empty"));
}

TEST(SecretCommand, OneThatWaitsIsKilled) {
  EXPECT_THROW(run_secret_command({"sleep", "1000"}, std::chrono::milliseconds(1)), SecretError);
}

TEST(SecretText, ComparesByContent) {
  EXPECT_EQ(SecretText("a"), SecretText("a"));
  EXPECT_NE(SecretText("a"), SecretText("b"));
  EXPECT_NE(SecretText("a"), SecretText("ab"));
  EXPECT_EQ(SecretText(), SecretText(""));
}

TEST(SecretText, MovesAway) {
  SecretText first("abc");
  const SecretText second = std::move(first);
  EXPECT_EQ(second.reveal(), "abc");
}

}  // namespace
