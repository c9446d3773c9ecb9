#include "bridge/core/plugin/command.hpp"

#include <gtest/gtest.h>

namespace {

using namespace omegate::plugin;

const Command commands[] = {
    {"ping", "ping", "", {}}, {"echo", "echo <text>", "", {}}, {"Ping", "Ping", "", {}}};

TEST(MatchCommand, TakesTheFirstWord) {
  for (const char* text : {"echo a b", "!echo a b", "/echo a b", "  ECHO\t a b \n", "Echo\na b"}) {
    const auto match = match_command(text, commands);
    ASSERT_TRUE(match) << text;
    EXPECT_EQ(match->index, 1U) << text;
    EXPECT_EQ(match->args, "a b") << text;
  }
}

TEST(MatchCommand, PrefersTheFirstRegistration) { EXPECT_EQ(match_command("Ping", commands)->index, 0U); }

TEST(MatchCommand, LeavesPlainMessagesAlone) {
  for (const char* text :
       {"", " ", "!", "hello", "pings", "!!ping", "! ping", "please ping", "ping!", "\xC5\xBFping"}) {
    EXPECT_FALSE(match_command(text, commands)) << text;
  }
}

TEST(CommandName, IsAShortWord) {
  for (const char* name : {"a", "7zip", "roll-2", "Who_am_I"}) EXPECT_TRUE(is_command_name(name)) << name;
  for (const char* name : {"", "-x", "a b", "!x", "caf\xc3\xa9", "abcdefghijklmnopqrstuvwxyz0123456"}) {
    EXPECT_FALSE(is_command_name(name)) << name;
  }
}

}  // namespace
