// The mail server in the settings.
#include <gmock/gmock.h>

#include "tests/unit/edge/config/one_account.hpp"

namespace omegate::config {
namespace {

using testing::HasSubstr;

Settings parse(const std::string& submission) { return test::with_account("mail:\n  submission:\n" + submission); }
std::string fault(const std::string& submission) { return test::fault_with_account("mail:\n  submission:\n" + submission); }

constexpr const char* whole = R"(    host: mail.example.org
    user: bot
    secret: {file: mail.password}
    from: bot@example.org
)";

TEST(Submission, HasTheUsualPortOfItsKind) {
  const auto implicit = parse(whole).mail.submission.value();
  EXPECT_EQ(implicit.host, "mail.example.org");
  EXPECT_EQ(implicit.port, 465);
  EXPECT_EQ(implicit.secret.name, "/etc/omegate/mail.password");
  EXPECT_EQ(implicit.from, "bot@example.org");
  const auto starttls = parse(std::string(whole) + "    tls: starttls\n    from_name: The bot\n").mail.submission.value();
  EXPECT_EQ(starttls.port, 587);
  EXPECT_EQ(starttls.tls, SubmissionSettings::Tls::starttls);
  EXPECT_EQ(parse(std::string(whole) + "    port: 2465\n").mail.submission->port, 2465);
  EXPECT_EQ(parse("    host: localhost\n    from: bot@example.org\n").mail.submission->user, "");
}

TEST(Submission, IsNeverUnencrypted) {
  EXPECT_THAT(fault(std::string(whole) + "    tls: none\n"), HasSubstr("mail.submission.tls: expected one of implicit, starttls"));
}

TEST(Submission, FaultsSayWhatIsExpected) {
  EXPECT_THAT(fault("    host: mail.example.org\n"), HasSubstr("from"));
  EXPECT_THAT(fault("    from: bot@example.org\n"), HasSubstr("host: mail.example.org"));
  EXPECT_THAT(fault("    host: mail.example.org\n    from: bot@example.org\n    user: bot\n"), HasSubstr("secret"));
  EXPECT_THAT(fault("    host: mail.example.org\n    from: bot@example.org\n    secret: {file: x}\n"), HasSubstr("user"));
  EXPECT_THAT(fault("    host: \"mail.example.org:465\\r\\n\"\n    from: bot@example.org\n"), HasSubstr("the name of a host"));
  EXPECT_THAT(fault("    host: mail.example.org\n    from: \"The bot <bot@example.org>\"\n"), HasSubstr("a mail address like"));
  EXPECT_THAT(fault(std::string(whole) + "    from_name: \"x\\r\\nBcc: y\"\n"), HasSubstr("on one line"));
  EXPECT_THAT(fault(std::string(whole) + "    pasword: x\n"), HasSubstr("pasword"));
}

// case 207
TEST(Submission, APasswordInTheSettingsIsNotRepeated) {
  const std::string text = fault("    host: mail.example.org\n    from: bot@example.org\n    user: bot\n    secret: hunter2\n");
  EXPECT_THAT(text, HasSubstr("a secret does not stand in the config"));
  EXPECT_THAT(text, testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace omegate::config
