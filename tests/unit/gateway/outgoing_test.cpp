#include "bridge/gateway/outgoing.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace omegate::gateway {
namespace {

using omemo::Version;

TEST(Outgoing, ComesBackAsItWasWritten) {
  const std::optional<trust::Level> levels[] = {std::nullopt, trust::Level::tofu, trust::Level::verified};
  const std::string texts[] = {
      "", "hello", "two\nlines", "quote \" and \\ and <xml>", "Grüße 🦊", std::string("nul\0in", 6)};
  for (const auto& level : levels) {
    for (const auto& text : texts) {
      const Outgoing back = decode_outgoing(encode(Outgoing{text, level, "webhook"}));
      EXPECT_EQ(back.text, text);
      EXPECT_EQ(back.min_trust, level);
      EXPECT_EQ(back.origin, "webhook");
    }
  }
}

TEST(Outgoing, WhatIsNoRowIsAnErrorAndNotAnEmptyMessage) {
  for (const char* bytes : {"", "{", "[]", "null", "\"text\"", "7"}) {
    EXPECT_ANY_THROW(decode_outgoing(as_bytes(bytes))) << bytes;
  }
}

TEST(Copies, ComeBackInTheirOrder) {
  const std::vector<Copy> copies{
      {"alice@example.net", omemo::DeviceId(1), Version::legacy, "aabb", true, ""},
      {"alice@example.net", omemo::DeviceId(0x7fff'ffff), Version::omemo2, "", false,
       "its key is not known yet"},
      {"bot@example.org", omemo::DeviceId(3), Version::omemo2, "ccdd", false, "revoked"}};
  const auto back = decode_copies(encode(copies));
  ASSERT_EQ(back.size(), copies.size());
  for (std::size_t i = 0; i < copies.size(); ++i) {
    EXPECT_EQ(back[i].jid, copies[i].jid);
    EXPECT_EQ(back[i].device, copies[i].device);
    EXPECT_EQ(back[i].version, copies[i].version);
    EXPECT_EQ(back[i].fingerprint, copies[i].fingerprint);
    EXPECT_EQ(back[i].included, copies[i].included);
    EXPECT_EQ(back[i].reason, copies[i].reason);
  }
}

TEST(Copies, NoNotesAreNoCopies) {
  EXPECT_TRUE(decode_copies({}).empty());
  EXPECT_TRUE(decode_copies(encode(std::vector<Copy>{})).empty());
}

}  // namespace
}  // namespace omegate::gateway
