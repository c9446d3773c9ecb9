#include "bridge/gateway/outgoing.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace omegate::gateway {
namespace {

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

}  // namespace
}  // namespace omegate::gateway
