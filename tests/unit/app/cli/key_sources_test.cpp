#include "bridge/app/cli/key_sources.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/omemo/verification_uri.hpp"
#include "tests/unit/app/cli/command_line.hpp"

namespace omegate::app::test {
namespace {

using omemo::FingerprintStyle;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* digits = "7a688b0b47c0856d05bba894d96a048777b2107ab558281bdf0e5493386ddd04";
constexpr const char* other_digits = "11112222333344445555666677778888999900001111222233334444aaaabbbb";

omemo::PublicKey key(const std::string& text = digits) { return omemo::parse_fingerprint(text).value(); }

TEST(KeySources, ReadTheFormsOfAllClients) {
  for (const auto style : {FingerprintStyle::plain, FingerprintStyle::conversations, FingerprintStyle::profanity,
                           FingerprintStyle::gajim, FingerprintStyle::dino}) {
    const std::string shown = omemo::fingerprint(key(), style);
    EXPECT_THAT(keys_in_text(shown), ElementsAre(NamedKey{"", key()})) << shown;
    EXPECT_THAT(keys_in_text(shown + "\n" + omemo::fingerprint(key(other_digits), style) + "\n"),
                ElementsAre(NamedKey{"", key()}, NamedKey{"", key(other_digits)}))
        << shown;
  }
}

TEST(KeySources, SkipADeviceIdInFront) {
  const std::string grouped = omemo::fingerprint(key(), FingerprintStyle::profanity);
  EXPECT_THAT(keys_in_text("12345678: " + grouped), ElementsAre(NamedKey{"", key()}));
  EXPECT_THAT(keys_in_text("  1338402117: " + grouped + " (trusted)"), ElementsAre(NamedKey{"", key()}));
  EXPECT_THAT(keys_in_text("device 42 " + grouped), ElementsAre(NamedKey{"", key()}));
}

TEST(KeySources, AnAddressNamesTheOwnerOfWhatFollows) {
  const std::string list = "# keys of the team\nalice@example.net\n" + std::string(digits) + "\nbob@example.net: " +
                           other_digits + "\n";
  EXPECT_THAT(keys_in_text(list),
              ElementsAre(NamedKey{"alice@example.net", key()}, NamedKey{"bob@example.net", key(other_digits)}));
}

TEST(KeySources, ReadAUri) {
  const omemo::DeviceFingerprint device{omemo::make_device_id(42).value(), key()};
  const std::string uri = omemo::make_verification_uri("alice@example.net", std::span(&device, 1));
  EXPECT_THAT(keys_in_text(uri + "\n"), ElementsAre(NamedKey{"alice@example.net", key()}));
}

TEST(KeySources, TakeNothingThatIsShorterLongerOrOtherHex) {
  EXPECT_TRUE(keys_in_text(std::string(digits).substr(1)).empty());
  EXPECT_TRUE(keys_in_text(std::string(digits) + "ab").empty());
  EXPECT_TRUE(keys_in_text("").empty());
  EXPECT_TRUE(keys_in_text("deadbeef\n\n").empty());
  EXPECT_TRUE(keys_in_text(std::string(10'000, '\n')).empty());
}

TEST(TrustImport, DecidesAboutEachKeyOfAList) {
  CommandLine line;
  line.in.str(std::string(digits) + "\n" + other_digits + "\n");
  line.answer = R"({"keys": [], "released": 1})";
  EXPECT_EQ(line.ask({"trust", "import", "-", "--jid", "alice@example.net"}), 0) << line.err.str();
  ASSERT_EQ(line.asked.size(), 2u);
  EXPECT_EQ(line.asked[0].verb, "trust.approve");
  EXPECT_EQ(line.asked[0].args.at("which").as_string(), digits);
  EXPECT_EQ(line.asked[0].args.at("level").as_string(), "trusted");
  EXPECT_THAT(line.out.str(), HasSubstr("2 key(s) imported; 2 held message(s) go out now"));
}

TEST(TrustImport, OfAScannedUriVerifies) {
  CommandLine line;
  const std::string uri = "xmpp:alice@example.net?omemo-sid-42=" + std::string(digits);
  EXPECT_EQ(line.ask({"trust", "import", uri}), 0) << line.err.str();
  ASSERT_EQ(line.asked.size(), 1u);
  EXPECT_EQ(line.asked[0].args.at("level").as_string(), "verified");
  EXPECT_EQ(line.asked[0].args.at("jid").as_string(), "alice@example.net");
}

TEST(TrustImport, AsksWhoseKeysTheyAreBeforeAnythingIsDecided) {
  CommandLine line;
  line.in.str("alice@example.net\n" + std::string(digits) + "\n");
  EXPECT_EQ(line.ask({"trust", "import", "-", "--jid", "bob@example.net"}), 2);
  EXPECT_TRUE(line.asked.empty());
  line.in.clear();
  line.in.str(digits);
  EXPECT_EQ(line.ask({"trust", "import", "-"}), 2);
  EXPECT_THAT(line.err.str(), HasSubstr("--jid"));
  EXPECT_TRUE(line.asked.empty());
}

TEST(TrustImport, SaysWhenThereIsNoKey) {
  CommandLine line;
  line.in.str("hello");
  EXPECT_EQ(line.ask({"trust", "import", "-"}), 2);
  EXPECT_THAT(line.err.str(), HasSubstr("64 hex digits"));
}

}  // namespace
}  // namespace omegate::app::test
