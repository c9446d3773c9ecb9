#include "bridge/core/crypto/encoding.hpp"

#include <gtest/gtest.h>

#include "bridge/core/crypto/error.hpp"

namespace omegate::crypto {
namespace {

TEST(Base64, AgreesWithTheRfc) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
    EXPECT_EQ(as_text(from_base64(encoded).value()), plain);
    std::string appended = "<";
    append_base64(appended, as_bytes(plain));
    EXPECT_EQ(appended, std::string("<") + encoded);
  }
}

TEST(Base64, BothWaysToEncodeAgree) {
  Bytes bytes;
  for (unsigned i = 0; i < 256; ++i) {
    bytes.push_back(static_cast<Byte>(i * 37));
    std::string appended;
    append_base64(appended, bytes);
    EXPECT_EQ(appended, to_base64(bytes));
  }
}

// case 91
TEST(Base64, ForgivesWhitespaceAndNothingElse) {
  EXPECT_EQ(as_text(from_base64(" Zm9v\r\n\tYmFy ").value()), "foobar");
  for (const char* bad : {"Zg", "Zg=", "Zg===", "Z===", "Zm9v!", "Zm-_",
                          "Zg==Zg==", "Zh==", "====", "Zm9v\xc2\xa0", "Zm\x9cv"}) {
    EXPECT_EQ(from_base64(bad).error(), Error::bad_encoding) << bad;
  }
}

TEST(Base64Url, HasNoPadding) { EXPECT_EQ(to_base64url(as_bytes("\xfb\xff\xfe?")), "-__-Pw"); }

TEST(Hex, ReadsBothCasesAndWholeBytesOnly) {
  EXPECT_EQ(to_hex(as_bytes("\x01\xab\xff")), "01abff");
  EXPECT_EQ(as_text(from_hex("01aBFf").value()), "\x01\xab\xff");
  EXPECT_TRUE(from_hex("").value().empty());
  for (const char* bad : {"0", "0g", "01 2", "0x01", "01:02"})
    EXPECT_EQ(from_hex(bad).error(), Error::bad_encoding);
}

}  // namespace
}  // namespace omegate::crypto
