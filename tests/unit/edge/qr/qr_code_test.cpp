#include "bridge/edge/qr/qr_code.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace {

using namespace omegate::qr;

const std::string uri =
    "xmpp:bot@example.org?omemo-sid-1=7a688b0b47c0856d05bba894d96a048777b2107ab558281bdf0e5493386ddd04";

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> found;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) found.push_back(line);
  return found;
}

/// Reads the half blocks back: true is ink.
bool ink(const std::string& line, int column, bool upper) {
  std::size_t at = 0;
  for (int i = 0; i < column; ++i) at += line[at] == ' ' ? 1 : 3;
  const auto block = line.substr(at, line[at] == ' ' ? 1 : 3);
  return block == "█" || block == (upper ? "▀" : "▄");
}

TEST(QrCode, HasTheThreeFinderPatterns) {
  const QrCode code(uri);
  for (const auto& [x, y] : {std::pair{0, 0}, std::pair{code.size() - 7, 0}, std::pair{0, code.size() - 7}}) {
    EXPECT_TRUE(code.is_dark(x, y));
    EXPECT_FALSE(code.is_dark(x + 1, y + 1));
    EXPECT_TRUE(code.is_dark(x + 3, y + 3));
  }
}

TEST(QrCode, TooLongATextIsSaidSo) { EXPECT_THROW(QrCode(std::string(5000, 'x')), std::length_error); }

TEST(QrCode, TheTerminalShowsEveryModuleWithItsQuietZone) {
  const QrCode code(uri);
  const auto shown = lines(to_terminal(code, false));
  ASSERT_EQ(static_cast<int>(shown.size()), (code.size() + 2 * quiet_zone + 1) / 2);
  for (int y = -quiet_zone; y < code.size() + quiet_zone; ++y)
    for (int x = -quiet_zone; x < code.size() + quiet_zone; ++x) {
      const int row = y + quiet_zone;
      const bool light = ink(shown.at(static_cast<std::size_t>(row / 2)), x + quiet_zone, row % 2 == 0);
      ASSERT_EQ(light, !code.is_dark(x, y)) << x << ' ' << y;  // ink is light on a dark terminal
    }
}

TEST(QrCode, ColoursAreResetOnEachLine) {
  for (const auto& line : lines(to_terminal(QrCode(uri), true))) EXPECT_TRUE(line.ends_with("\x1b[0m"));
}

TEST(QrCode, TheImageHasOneSquarePerDarkModule) {
  const QrCode code("a");
  const auto svg = to_svg(code);
  int dark = 0;
  for (int y = 0; y < code.size(); ++y)
    for (int x = 0; x < code.size(); ++x) dark += code.is_dark(x, y);
  EXPECT_EQ(std::count(svg.begin(), svg.end(), 'M'), dark);
  EXPECT_NE(svg.find("viewBox=\"0 0 29 29\""), std::string::npos);
}

}  // namespace
