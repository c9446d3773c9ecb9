// What people see of a bot, in the settings.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "bridge/core/xmpp/limits.hpp"
#include "bridge/edge/config/load.hpp"

namespace omegate::config {
namespace {

using testing::HasSubstr;

struct FaceSettings : testing::Test {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / ("omegate_face_" + std::to_string(getpid()));

  FaceSettings() { std::filesystem::create_directories(folder); }
  ~FaceSettings() override { std::filesystem::remove_all(folder); }

  void write(const std::string& name, const std::string& content) { std::ofstream(folder / name, std::ios::binary) << content; }

  AccountSettings parse(const std::string& face, bool check_files = true) {
    const std::string text = "data_dir: /var/lib/omegate\nkey: {credential: master.key}\naccounts:\n  bot:\n    jid: bot@example.org\n"
                             "    password: {env: PASSWORD}\n" + face;
    return parse_settings(text, folder / "omegate.yaml", {folder, check_files}).accounts.at(0);
  }
  std::string fault(const std::string& face) {
    try {
      parse(face);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "no fault";
  }
};

const std::string png = "\x89PNG\r\n\x1a\n and so on";

TEST_F(FaceSettings, APictureIsReadFromTheFolderOfTheSettings) {
  write("bot.png", png);
  const auto account = parse("    avatar: bot.png\n    nickname: Ops bot\n");
  ASSERT_TRUE(account.avatar);
  EXPECT_EQ(account.avatar->media_type, "image/png");
  EXPECT_EQ(as_text(account.avatar->bytes), png);
  EXPECT_EQ(account.nickname, "Ops bot");
  EXPECT_FALSE(parse("").avatar);
}

TEST_F(FaceSettings, AReloadSeesAnotherPictureUnderTheSameName) {
  write("bot.jpg", "\xff\xd8\xff one");
  const auto before = parse("    avatar: bot.jpg\n");
  write("bot.jpg", "\xff\xd8\xff two");
  EXPECT_NE(before.avatar, parse("    avatar: bot.jpg\n").avatar);
}

TEST_F(FaceSettings, WhatIsNoPictureOfThatSizeIsRefusedWithAWayOut) {
  write("bot.svg", "<svg/>");
  EXPECT_THAT(fault("    avatar: bot.svg\n"), HasSubstr("accounts.bot.avatar: expected a picture, PNG or JPEG"));
  write("bot.gif", "GIF89a");
  EXPECT_THAT(fault("    avatar: bot.gif\n"), HasSubstr("convert it"));
  write("large.png", png + std::string(xmpp::max_own_avatar, 'x'));
  EXPECT_THAT(fault("    avatar: large.png\n"), HasSubstr("make it smaller"));
  EXPECT_THAT(fault("    avatar: nothing.png\n"), HasSubstr("there is no"));
  EXPECT_THAT(fault("    avatar: .\n"), HasSubstr("cannot be read"));
  EXPECT_THAT(fault("    avatar: /dev/zero\n"), HasSubstr("cannot be read"));
  write("empty.png", "");
  EXPECT_THAT(fault("    avatar: empty.png\n"), HasSubstr("none of them"));
}

TEST_F(FaceSettings, AClientOfTheSocketsNeedsNotReadIt) {
  EXPECT_FALSE(parse("    avatar: nothing.png\n", false).avatar);
}

TEST_F(FaceSettings, ANameHasOneLineAndAnEnd) {
  EXPECT_THAT(fault("    nickname: \"a\\nb\"\n"), HasSubstr("one line"));
  EXPECT_THAT(fault("    nickname: " + std::string(65, 'x') + "\n"), HasSubstr("one line of at most 64 bytes"));
}

}  // namespace
}  // namespace omegate::config
