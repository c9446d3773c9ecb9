#include "bridge/core/plugin/utf8.hpp"

#include <gmock/gmock.h>

namespace omegate::plugin {
namespace {

TEST(Utf8, WhatIsUtf8StaysAsItIs) {
  for (const char* text : {"", "plain", "Gr\u00f6\u00dfe \u20ac", "\U0001F534 down"}) EXPECT_EQ(to_utf8(text), text);
}

TEST(Utf8, OldSendersAreReadByTheirOwnLetters) {
  EXPECT_EQ(to_utf8("Gr\xF6\xDF" "e \xFC" "berschritten"), "Gr\u00f6\u00dfe \u00fcberschritten");
  EXPECT_EQ(to_utf8("5 \x80, \x84quoted\x93\n"), "5 \u20ac, \u201equoted\u201c\n");
  EXPECT_EQ(to_utf8("\x81"), "\uFFFD") << "Windows-1252 has no such letter";
}

TEST(Utf8, WhatIsUtf8WithADefectIsNotTakenForSomethingElse) {
  EXPECT_EQ(to_utf8("Gr\xC3\xB6\xDF" "e"), "Gr\u00f6\uFFFDe") << "one byte was lost";
  EXPECT_EQ(to_utf8(std::string_view("\x89PNG\0\x1A", 6)), std::string("\uFFFDPNG\0\x1A", 8)) << "a file";
}

}  // namespace
}  // namespace omegate::plugin
