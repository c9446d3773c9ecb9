#include "bridge/app/cli/keys_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "bridge/edge/qr/qr_png.hpp"
#include "tests/unit/app/cli/command_line.hpp"

namespace omegate::app::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* keys_answer = R"({"accounts": [{"account": "bot", "jid": "bot@example.org", "device": 1338402117,
  "fingerprint": "7a688b0b47c0856d05bba894d96a048777b2107ab558281bdf0e5493386ddd04", "ed25519": "00",
  "others": [{"device": 42, "fingerprint": "11112222333344445555666677778888999900001111222233334444aaaabbbb"}]}]})";

std::string content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(KeysPage, ShowsEveryKeyAsEachClientDoes) {
  CommandLine line;
  line.answer = keys_answer;
  const auto file = line.folder / "keys.html";
  ASSERT_EQ(line.ask({"keys", "--html", file.string()}), 0) << line.err.str();
  const std::string page = content(file);
  EXPECT_THAT(page, HasSubstr("7a688b0b 47c0856d 05bba894"));
  EXPECT_THAT(page, HasSubstr("7a688b0b-47c0856d-05bba894"));
  EXPECT_THAT(page, HasSubstr("7A688B0B 47C0856D 05BBA894"));
  EXPECT_THAT(page, HasSubstr("omemo-sid-1338402117=7a688b0b"));
  EXPECT_THAT(page, HasSubstr("omemo-sid-42=1111"));
  EXPECT_THAT(page, HasSubstr("Device 42, another client"));
  EXPECT_THAT(page, HasSubstr("<svg"));
  EXPECT_THAT(page, HasSubstr("As of 2026-09-21"));
}

TEST(KeysPage, LoadsNothingFromElsewhere) {
  CommandLine line;
  line.answer = keys_answer;
  const auto file = line.folder / "keys.html";
  line.ask({"keys", "--html", file.string()});
  const std::string page = content(file);
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
  EXPECT_THAT(page, Not(HasSubstr("@import")));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
}

TEST(KeysPage, LetsNoNameWriteMarkup) {
  const auto own = json::parse(R"({"jid": "a<b>&\"'@example.org", "device": 1,
    "fingerprint": "7a688b0b47c0856d05bba894d96a048777b2107ab558281bdf0e5493386ddd04"})").as_object();
  const std::string page = keys_page({own}, "2026-09-21");
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
  EXPECT_THAT(page, HasSubstr("a&lt;b&gt;&amp;&quot;&#39;@example.org"));
}

TEST(QrPng, IsAPictureOfTheRightSize) {
  const qr::QrCode code("xmpp:bot@example.org");
  const std::string png = qr::to_png(code, 4);
  ASSERT_TRUE(png.starts_with("\x89PNG\r\n\x1a\n"));
  const auto side = static_cast<unsigned>((code.size() + 2 * qr::quiet_zone) * 4);
  EXPECT_EQ(static_cast<unsigned char>(png[18]) * 256U + static_cast<unsigned char>(png[19]), side);
  EXPECT_THAT(png, HasSubstr("IDAT"));
  EXPECT_TRUE(png.ends_with(std::string("IEND\xae\x42\x60\x82", 8))) << "the checksum every PNG ends with";
}

}  // namespace
}  // namespace omegate::app::test
