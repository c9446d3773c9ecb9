#include "bridge/gateway/log/log.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "bridge/gateway/log/one_line.hpp"

namespace {

using namespace omegate::gateway;
using omegate::config::LogFormat;

TEST(Log, ALineIsAnEventAndItsFields) {
  EXPECT_EQ(format_log_line(LogFormat::text, "outbox.held",
                            {{"to", "alice@example.org"}, {"row", 17}, {"ok", false}}),
            "outbox.held to=alice@example.org row=17 ok=false");
  EXPECT_EQ(format_log_line(LogFormat::json, "outbox.held",
                            {{"to", "alice@example.org"}, {"row", 17}, {"ok", false}}),
            R"("event":"outbox.held","to":"alice@example.org","row":17,"ok":false)");
}

TEST(Log, WhatCouldBeMistakenForAnotherFieldIsQuoted) {
  EXPECT_EQ(format_log_line(LogFormat::text, "e", {{"k", "a b=c"}, {"empty", ""}, {"q", "\""}}),
            R"(e k="a b=c" empty="" q="\"")");
}

// Whoever chooses a name or a path must not write lines into the log, nor move the terminal that shows it.
// case 70, 170
TEST(Log, OneFactIsOneLineWhateverAPeerSends) {
  const std::string evil =
      "x\r\n2026 info paid amount=1\x1b[2J\xe2\x80\xae"
      "drow\xff\xc2\x85\xe2\x80\xa8";
  for (const auto format : {LogFormat::text, LogFormat::json}) {
    const auto line = format_log_line(format, "e", {{"nick", evil}});
    EXPECT_EQ(line.find_first_of("\r\n\x1b\xff\x85"), std::string::npos) << line;
    EXPECT_EQ(line.find("\xe2\x80\xae"), std::string::npos) << line;
    EXPECT_EQ(line.find("\xe2\x80\xa8"), std::string::npos) << line;
  }
}

// case 170
TEST(Log, JsonLinesAreJson) {
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
  const auto line = "{" + format_log_line(LogFormat::json, "e", {{"k", every_byte + "\U000e0041 ✓ é"}}) + "}";
  boost::system::error_code error;
  boost::json::parse(line, error);
  EXPECT_FALSE(error) << line;
}

TEST(OneLine, KeepsWhatPeopleWrite) { EXPECT_EQ(one_line("Grüße, 世界 🔕 {\"a\"}"), "Grüße, 世界 🔕 {\"a\"}"); }

// case 70
TEST(OneLine, ShowsWhatCannotBeSeen) {
  EXPECT_EQ(one_line(std::string_view("a\tb\0c\x7f", 6)), "a\\tb\\x00c\\x7f");
  EXPECT_EQ(one_line("\u200b\u2066\ufeff"), "\\u200b\\u2066\\ufeff");
}

// case 170
TEST(OneLine, ShowsBytesThatAreNoText) {
  EXPECT_EQ(one_line("\xc0\xaf"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(one_line("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // surrogate
  EXPECT_EQ(one_line("\xe4\xb8"), "\\xe4\\xb8");           // cut
}

// `journalctl -p warning` shows what it should.
TEST(Log, EachLineOfTheJournalBeginsWithItsPriority) {
  setenv("JOURNAL_STREAM", "8:1", 1);
  for (const auto format : {LogFormat::text, LogFormat::json}) {
    omegate::config::LogSettings settings;
    settings.format = format;
    testing::internal::CaptureStderr();
    set_up_log(settings);
    log_error("store.full");
    log_warning("account.lost");
    log_info("gateway.ready");
    const std::string said = testing::internal::GetCapturedStderr();
    for (const char* begin : {"<3>", "\n<4>", "\n<6>"}) EXPECT_NE(said.find(begin), std::string::npos) << said;
  }
  unsetenv("JOURNAL_STREAM");
  set_up_log({});
}

}  // namespace
