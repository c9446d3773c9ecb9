// The folders that mail is fetched from, in the settings.
#include <gmock/gmock.h>

#include "tests/unit/edge/config/one_account.hpp"

namespace omegate::config {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

Settings parse(const std::string& imap) { return test::with_account("mail:\n  imap:\n" + imap); }
std::string fault(const std::string& imap) { return test::fault_with_account("mail:\n  imap:\n" + imap); }

constexpr const char* whole = R"(    host: mail.example.org
    user: bot@example.org
    secret: {file: imap.password}
)";

TEST(ImapSettings, HaveWhatIsUsual) {
  const auto folders = parse(whole).mail.imap;
  ASSERT_THAT(folders, SizeIs(1));
  EXPECT_EQ(folders[0].port, 993);
  EXPECT_EQ(folders[0].folder, "INBOX");
  EXPECT_EQ(folders[0].afterwards, mail::ImapAfter::leave);
  EXPECT_EQ(folders[0].secret.name, "/etc/omegate/imap.password");
  EXPECT_FALSE(folders[0].existing);
  EXPECT_EQ(folders[0].name(), "bot@example.org at mail.example.org INBOX");
  const auto other = parse(std::string(whole) + "    tls: starttls\n    afterwards: move\n    move_to: Read\n    existing: true\n    renewal: 120\n").mail.imap;
  EXPECT_EQ(other[0].port, 143);
  EXPECT_EQ(other[0].move_to, "Read");
  EXPECT_EQ(other[0].renewal.count(), 120);
}

TEST(ImapSettings, MayBeSeveral) {
  const std::string one = "    - host: mail.example.org\n      user: bot\n      address: bot@example.org\n      secret: {env: IMAP}\n";
  EXPECT_THAT(parse(one + one + "      folder: Ops\n").mail.imap, SizeIs(2));
  EXPECT_THAT(fault(one + one), HasSubstr("mail.imap[1]: this folder is read already"));
}

TEST(ImapSettings, AreNeverUnencrypted) {
  EXPECT_THAT(fault(std::string(whole) + "    tls: none\n"), HasSubstr("tls: expected one of implicit, starttls"));
}

TEST(ImapSettings, FaultsSayWhatIsExpected) {
  EXPECT_THAT(fault("    user: bot@example.org\n    secret: {env: X}\n"), HasSubstr("host: mail.example.org"));
  EXPECT_THAT(fault("    host: mail.example.org\n    secret: {env: X}\n"), HasSubstr("user"));
  EXPECT_THAT(fault("    host: mail.example.org\n    user: bot@example.org\n"), HasSubstr("secret: {file:"));
  EXPECT_THAT(fault("    host: mail.example.org\n    user: bot\n    secret: {env: X}\n"), HasSubstr("address: bot@example.org"));
  EXPECT_THAT(fault(std::string(whole) + "    folder: \"a\\r\\nb\"\n"), HasSubstr("the name of a folder"));
  EXPECT_THAT(fault(std::string(whole) + "    afterwards: move\n"), HasSubstr("move_to"));
  EXPECT_THAT(fault(std::string(whole) + "    move_to: Read\n"), HasSubstr("afterwards: move"));
  EXPECT_THAT(fault(std::string(whole) + "    afterwards: move\n    move_to: INBOX\n"), HasSubstr("another folder"));
  EXPECT_THAT(fault(std::string(whole) + "    renewal: 1800\n"), HasSubstr("renewal"));
}

// case 207
TEST(ImapSettings, APasswordIsNotRepeated) {
  const std::string text = fault("    host: mail.example.org\n    user: bot@example.org\n    secret: hunter2\n");
  EXPECT_THAT(text, HasSubstr("a secret does not stand in the config"));
  EXPECT_THAT(text, testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace omegate::config
