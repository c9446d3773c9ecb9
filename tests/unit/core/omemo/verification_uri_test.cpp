#include "bridge/core/omemo/verification_uri.hpp"

#include <gtest/gtest.h>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/omemo/fingerprint.hpp"

namespace omegate::omemo {
namespace {

const std::string digits(64, 'a');
const PublicKey key = parse_fingerprint(digits).value();

TEST(VerificationUri, EscapesTheAddressAndReadsItBack) {
  const DeviceFingerprint device{DeviceId(7), key};
  const std::string jid =
      "o'hara+tag;x?y=z%@b\xc3\xbc"
      "cher.example";
  const std::string uri = make_verification_uri(jid, {&device, 1});
  EXPECT_EQ(uri.find(';'), std::string::npos);
  const auto parsed = parse_verification_uri(uri).value();
  EXPECT_EQ(parsed.jid, jid);
  EXPECT_EQ(parsed.devices, std::vector{device});
}

TEST(VerificationUri, ReadsKeysWithoutADeviceAndTrustMessages) {
  const auto any = parse_verification_uri("XMPP:a@b.example?omemo=" + digits).value();
  EXPECT_EQ(any.any_device, std::vector{key});
  const auto trust = parse_verification_uri(
                         "xmpp:a@b.example?trust-message;encryption=urn%3Axmpp%3Aomemo%3A2;trust=" + digits +
                         ";distrust=" + std::string(64, 'b'))
                         .value();
  EXPECT_EQ(trust.action, "trust-message");
  EXPECT_EQ(trust.trust_ed, std::vector{key});
  EXPECT_EQ(trust.distrust_ed.size(), 1u);
}

TEST(VerificationUri, LeavesLettersDigitsAndPunctuationReadable) {
  EXPECT_EQ(make_verification_uri("azAZ09-._~@b", {}), "xmpp:azAZ09-._~@b");
  EXPECT_EQ(make_verification_uri("a b%", {}), "xmpp:a%20b%25");
}

TEST(VerificationUri, ReadsEscapesToTheLastCharacterAndKeepsWhatIsNone) {
  EXPECT_EQ(parse_verification_uri("xmpp:a%40b%2Eexampl%65").value().jid, "a@b.example");
  EXPECT_EQ(parse_verification_uri("xmpp:a%4").value().jid, "a%4");
  EXPECT_EQ(parse_verification_uri("xmpp:a%zz%").value().jid, "a%zz%");
  EXPECT_EQ(parse_verification_uri("xmpp:%410").value().jid, "A0");  // an escape has two digits
}

TEST(VerificationUri, ReadsShareLinksAuthorityFormsAndBareAddresses) {
  const auto link = parse_verification_uri("https://invite.example/i/a%40b.example?omemo-sid-5=" + digits).value();
  EXPECT_EQ(link.jid, "a@b.example");
  EXPECT_EQ(link.devices.size(), 1u);
  EXPECT_EQ(parse_verification_uri("ftp://invite.example/i/a@b.example").error(), Error::bad_uri);
  EXPECT_EQ(parse_verification_uri("xmpp://a@b.example").value().jid, "a@b.example");
  const auto bare = parse_verification_uri("xmpp:a@b.example#fragment").value();
  EXPECT_EQ(bare.jid, "a@b.example");
  EXPECT_TRUE(bare.devices.empty() && bare.action.empty());
}

TEST(VerificationUri, LeavesOutWhatItCannotUse) {
  const auto uri =
      parse_verification_uri("xmpp:a@b.example?omemo-sid-0=" + digits + ";omemo-sid-2147483648=" + digits +
                             ";omemo-sid--1=" + digits + ";omemo-sid-=" + digits + ";;omemo-sid-5=zz;x=y;" +
                             "OMEMO-SID-5=" + digits)
          .value();
  ASSERT_EQ(uri.devices.size(), 1u);
  EXPECT_EQ(uri.devices[0].device.value(), 5u);
}

TEST(VerificationUri, IsRefusedWithoutAnAddress) {
  for (const char* bad :
       {"", "xmpp:", "xmpp:?omemo-sid-1=00", "mailto:a@b.example", "https://b.example/", "a@b"}) {
    EXPECT_EQ(parse_verification_uri(bad).error(), Error::bad_uri) << bad;
  }
}

// case 129
TEST(Fingerprint, IsReadInEveryForm) {
  EXPECT_EQ(parse_fingerprint("05" + digits).value(), key);
  EXPECT_EQ(parse_fingerprint("AAAA:AAAA-" + digits.substr(8)).value(), key);
  EXPECT_EQ(parse_fingerprint(digits.substr(0, 8) + "\u00a0" + digits.substr(8)).value(), key) << "copied from a web page";
  for (const std::string& bad :
       {std::string(), digits.substr(1), digits + "a", "06" + digits, digits.substr(1) + "g"}) {
    EXPECT_EQ(parse_fingerprint(bad).error(), Error::bad_fingerprint) << bad;
  }
}

}  // namespace
}  // namespace omegate::omemo
