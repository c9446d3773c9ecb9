// A plugin writes a mail: it goes out encrypted and with the login, once, whatever the server does meanwhile; and its plugin
// hears what became of it.
#include <algorithm>
#include <fstream>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/gateway/mail/mail_record.hpp"
#include "test_places.hpp"
#include "tests/flow/world/mail_server.hpp"
#include "tests/flow/world/rig.hpp"
#include "tests/support/scripted_server.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using Tls = config::SubmissionSettings::Tls;

struct MailOut : testing::Test {
  explicit MailOut(Tls tls = Tls::implicit) : server(rig.io.get_executor(), tls == Tls::implicit) {
    std::ofstream(folder / "password") << server.password << "\n";
    config::SubmissionSettings submission;
    submission.host = mail_host;  // which the rig's names find on this machine
    submission.tls = tls;
    submission.port = server.port();
    submission.user = "bot";
    submission.secret.name = folder / "password";
    submission.from = "bot@example.org";
    submission.ca_file = test::ScriptedServer::ca_file();
    rig.settings.mail.submission = submission;
    config::PluginSettings mailer;
    mailer.name = "mailer";
    mailer.path = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/mailer");
    mailer.config_json = R"({"write_to": ["*@example.net"]})";
    rig.settings.plugins.push_back(mailer);
  }
  ~MailOut() override { server.stop(); }

  void hears(const std::string& text) {
    rig.until("alice hears: " + text, [&] {
      for (const std::string& heard : alice.heard())
        if (heard.find(text) != heard.npos) return true;
      return false;
    });
  }
  std::size_t waiting() {
    return rig.store().run([](store::Tables& t) { return t.mails.list(100).size(); });
  }
  int attempts() {
    return rig.store().run([](store::Tables& t) {
      const auto mails = t.mails.list(1);
      return mails.empty() ? 0 : mails[0].attempts;
    });
  }
  std::string message_id_in(const std::string& content) {
    const auto at = content.find("Message-Id: ") + 12;
    return content.substr(at, content.find("\r\n", at) - at);
  }

  Rig rig;
  const gateway::test::TempDir folder;
  Contact alice{rig.xmpp, alice_jid, {Version::omemo2}};
  MailServer server;
};

struct MailOutStarttls : MailOut {
  MailOutStarttls() : MailOut(Tls::starttls) {}
};

TEST_F(MailOut, GoesOutEncryptedWithTheLoginAndInItsThread) {
  rig.start();
  alice.say("mail juliet@example.net The printer is on fire. Größe 3.");
  hears("sent <");
  ASSERT_THAT(server.taken, SizeIs(1));
  const auto& [from, to, content] = server.taken[0];
  EXPECT_THAT(from, HasSubstr("FROM:<bot@example.org>"));
  EXPECT_THAT(to, ElementsAre("juliet@example.net"));
  EXPECT_THAT(content, HasSubstr("From: bot@example.org\r\n"));
  EXPECT_THAT(content, HasSubstr("In-Reply-To: <question@example.net>\r\n"));
  EXPECT_THAT(content, HasSubstr("References: <question@example.net>\r\n"));
  EXPECT_THAT(content, HasSubstr("The printer is on fire. Gr=C3=B6=C3=9Fe 3."));
  hears("written " + message_id_in(content));
  hears("sent " + message_id_in(content) + " to juliet@example.net");
  EXPECT_EQ(waiting(), 0u);
  EXPECT_EQ(server.heard_in_the_clear, "");
}

TEST_F(MailOutStarttls, LogsInUnderTlsOnly) {
  rig.start();
  alice.say("mail juliet@example.net hello");
  hears("sent <");
  EXPECT_EQ(server.heard_in_the_clear, "EHLO example.org\r\nSTARTTLS\r\n");
  EXPECT_THAT(server.heard, HasSubstr("AUTH PLAIN"));
}

// case 195
TEST_F(MailOutStarttls, NothingIsToldToAServerWithoutStarttls) {
  server.offers_starttls = false;
  rig.start();
  alice.say("mail juliet@example.net hello");
  rig.until("it was tried", [&] { return attempts() == 1 && server.connections == 1; });
  rig.let_pass(50ms);
  EXPECT_EQ(server.heard_in_the_clear, "EHLO example.org\r\n");
  EXPECT_EQ(server.heard, "");
  EXPECT_EQ(waiting(), 1u) << "and it is kept";
  server.offers_starttls = true;
  rig.advance(1min);
  hears("sent <");
}

// case 195
TEST_F(MailOutStarttls, WhatIsInjectedBehindStarttlsEndsIt) {
  server.interfere = [](const std::string& verb, const std::string&) -> std::string {
    return verb == "STAR" ? "220 go ahead\r\n250 injected\r\n" : "";
  };
  rig.start();
  alice.say("mail juliet@example.net hello");
  rig.until("it was tried", [&] { return attempts() == 1 && server.connections == 1; });
  rig.let_pass(50ms);
  EXPECT_EQ(server.heard, "");
  EXPECT_THAT(server.heard_in_the_clear, Not(HasSubstr("AUTH")));
}

// case 196
TEST_F(MailOut, WhatTheServerDidNotTakeComesAgainWithTheSameMessageId) {
  std::vector<std::string> ids;
  std::vector<std::string> faults = {"451 4.3.0 later\r\n", "421 4.3.2 going down\r\n", "cut", "452 4.3.1 full\r\n"};
  server.interfere = [&](const std::string& verb, const std::string& line) -> std::string {
    if (verb != ".") return "";
    ids.push_back(message_id_in(line));
    if (faults.empty()) return "";
    const std::string fault = faults.front();
    faults.erase(faults.begin());
    return fault;
  };
  rig.start();
  alice.say("mail juliet@example.net hello");
  rig.until("it was tried", [&] { return ids.size() == 1; });
  for (int i = 0; i < 100 && server.taken.empty(); ++i) {
    rig.let_pass(20ms);
    rig.advance(30min);
  }
  hears("sent <");
  EXPECT_THAT(ids, SizeIs(5));
  EXPECT_THAT(server.taken, SizeIs(1));
  for (const std::string& id : ids) EXPECT_EQ(id, ids[0]);
  EXPECT_EQ(waiting(), 0u);
}

// case 196
TEST_F(MailOut, WhatIsRefusedForGoodIsToldAndNotTriedAgain) {
  server.interfere = [](const std::string& verb, const std::string& line) -> std::string {
    if (verb == "RCPT" && line.find("nobody") != line.npos) return "550 5.1.1 no such user\r\n";
    if (verb == "RCPT" && line.find("busy") != line.npos) return "450 4.2.1 come back\r\n";
    return "";
  };
  rig.start();
  alice.say(R"(mail ["juliet@example.net","nobody@example.net","busy@example.net"] hello)");
  hears("failed nobody@example.net: 550 5.1.1 no such user");
  ASSERT_THAT(server.taken, SizeIs(1));
  EXPECT_EQ(waiting(), 1u) << "for the one who is busy";
  server.interfere = nullptr;
  rig.advance(1h);
  hears("sent <");
  ASSERT_THAT(server.taken, SizeIs(2));
  EXPECT_THAT(server.taken[1].to, ElementsAre("busy@example.net"));
  EXPECT_EQ(message_id_in(server.taken[1].content), message_id_in(server.taken[0].content));
  EXPECT_THAT(server.taken[1].content, HasSubstr("To: juliet@example.net, nobody@example.net")) << "its header is the same";
}

TEST_F(MailOut, SeveralGoOverOneConnection) {
  server.interfere = [](const std::string& verb, const std::string&) -> std::string { return verb == "EHLO" ? "421 4.3.2 not now\r\n" : ""; };
  rig.start();
  for (int i = 0; i < 5; ++i) alice.say("mail juliet@example.net number " + std::to_string(i));
  rig.until("all wait, and one of them was tried", [&] {
    const auto mails = rig.store().run([](store::Tables& t) { return t.mails.list(10); });
    return mails.size() == 5 && std::ranges::any_of(mails, [](const store::StoredMail& mail) { return !mail.reason.empty(); });
  });
  server.interfere = nullptr;
  const int before = server.connections;
  rig.advance(1h);
  rig.until("all are gone", [&] { return waiting() == 0; });
  EXPECT_THAT(server.taken, SizeIs(5));
  EXPECT_EQ(server.connections, before + 1);
  rig.until("it says goodbye", [&] { return server.heard.ends_with("QUIT\r\n"); });
}

// case 196
TEST_F(MailOut, AServerThatGrowsTiredBetweenTwoMailsIsAskedAtOnce) {
  server.interfere = [](const std::string& verb, const std::string&) -> std::string { return verb == "EHLO" ? "421 4.3.2 not now\r\n" : ""; };
  rig.start();
  for (int i = 0; i < 3; ++i) alice.say("mail juliet@example.net number " + std::to_string(i));
  rig.until("all wait", [&] { return waiting() == 3; });
  int mails = 0;
  server.interfere = [&](const std::string& verb, const std::string&) -> std::string {
    return verb == "MAIL" && ++mails % 2 == 0 ? "421 4.7.0 one a connection\r\n" : "";
  };
  rig.advance(1h);
  rig.until("all are gone, without another pause", [&] { return waiting() == 0; });
  EXPECT_THAT(server.taken, SizeIs(3));
}

// case 196
TEST_F(MailOut, ARefusalInTheMiddleOfAMailIsForGood) {
  server.refuses_content = "552 5.3.4 too large\r\n";
  rig.start();
  const auto begun = rig.ask("file.begin", {{"name", "large.bin"}, {"size", 3'000'000}});
  const std::string token(begun.at("token").as_string());
  const auto piece = begun.at("piece").to_number<std::int64_t>();
  for (std::int64_t left = 3'000'000; left > 0; left -= piece)
    rig.ask("file.append", {{"token", token}, {"data", crypto::to_base64(Bytes(static_cast<std::size_t>(std::min(left, piece)), 'x'))}});
  const std::string handle(rig.ask("file.end", {{"token", token}}).at("handle").as_string());
  alice.say("attach " + handle);
  hears("failed juliet@example.net: 552 5.3.4 too large");
  EXPECT_EQ(waiting(), 0u);
}

TEST_F(MailOut, AnOperatorSeesWhatWaitsHasItTriedOrDropsIt) {
  server.interfere = [](const std::string& verb, const std::string&) -> std::string { return verb == "RCPT" ? "450 4.2.1 greylisted\r\n" : ""; };
  rig.start();
  alice.say("mail juliet@example.net hello");
  alice.say("mail romeo@example.net hello");
  rig.until("both were tried", [&] {
    return rig.store().run([](store::Tables& t) {
      const auto mails = t.mails.list(10);
      return mails.size() == 2 && !mails[0].reason.empty() && !mails[1].reason.empty();
    });
  });
  const auto rows = rig.ask("mail.list", {}).at("rows").as_array();
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].at("to").as_array()[0].as_string(), "juliet@example.net");
  EXPECT_EQ(rows[0].at("reason").as_string(), "450 4.2.1 greylisted");
  EXPECT_EQ(rows[0].at("attempts").as_int64(), 1);
  EXPECT_GT(rows[0].at("due_ms").as_int64(), to_ms(rig.now.load()));
  const auto first = rows[0].at("id").as_int64(), second = rows[1].at("id").as_int64();
  rig.ask("mail.drop", {{"id", second}});
  hears("failed romeo@example.net: the operator dropped it");
  server.interfere = nullptr;
  rig.ask("mail.retry", {{"id", first}});
  hears("sent <");
  ASSERT_THAT(server.taken, SizeIs(1));
  EXPECT_EQ(rig.ask("mail.list", {}).at("rows").as_array().size(), 0u);
}

TEST_F(MailOut, WhatIsBeingHandedOverIsNeitherTriedTwiceNorDropped) {
  bool holds = false;
  server.interfere = [&](const std::string& verb, const std::string&) -> std::string {
    if (verb != "RCPT") return "";
    holds = true;
    return "250-wait\r\n";  // and the last line of it never comes
  };
  rig.start();
  alice.say("mail juliet@example.net hello");
  rig.until("it is half way", [&] { return holds; });
  const auto id = rig.ask("mail.list", {}).at("rows").at(0).at("id").as_int64();
  const json::value row = rig.ask("mail.retry", {{"id", id}});
  EXPECT_TRUE(row.at("sending").as_bool());
  EXPECT_GT(row.at("due_ms").as_int64(), to_ms(rig.now.load())) << "due at once, it would go out a second time";
  EXPECT_THROW(rig.ask("mail.drop", {{"id", id}}), gateway::OperatorError);
  EXPECT_EQ(waiting(), 1u);
}

TEST_F(MailOut, AFileComesAlongAndStaysUntilThen) {
  server.interfere = [](const std::string& verb, const std::string&) -> std::string { return verb == "RCPT" ? "450 4.2.1 later\r\n" : ""; };
  rig.start();
  const auto begun = rig.ask("file.begin", {{"name", "Übersicht.csv"}, {"size", 4}});
  const std::string token(begun.at("token").as_string());
  rig.ask("file.append", {{"token", token}, {"data", "YSxiCg=="}});
  const std::string handle(rig.ask("file.end", {{"token", token}}).at("handle").as_string());
  alice.say("attach " + handle);
  rig.until("it was tried", [&] { return attempts() == 1; });
  const std::size_t expired = rig.store().run([&](store::Tables& t) {
    std::size_t rows = 0;
    t.files.expire(rig.now.load() + std::chrono::days(100), 10, rows);
    return rows;
  });
  EXPECT_EQ(expired, 0u) << "a mail waits to carry it";
  server.interfere = nullptr;
  rig.let_pass(20ms);
  rig.advance(1h);
  hears("sent <");
  ASSERT_THAT(server.taken, SizeIs(1));
  EXPECT_THAT(server.taken[0].content, HasSubstr("Content-Disposition: attachment; filename*="));
  EXPECT_THAT(server.taken[0].content, HasSubstr("\r\n\r\nYSxiCg==\r\n"));
  EXPECT_THAT(server.taken[0].content, Not(HasSubstr("Auto-Submitted")));
  alice.say("attach " + std::string(32, '0'));
  rig.until("its event has failed", [&] { return rig.inbox().size() == 1 && !rig.inbox()[0].error.empty(); });
  EXPECT_THAT(rig.inbox()[0].error, HasSubstr("is not here"));
}

TEST_F(MailOut, IsGivenUpAfterDaysAndItsPluginHearsWhy) {
  server.interfere = [](const std::string& verb, const std::string&) -> std::string { return verb == "RCPT" ? "450 4.2.1 greylisted\r\n" : ""; };
  rig.start();
  alice.say("mail juliet@example.net hello");
  rig.until("it was tried", [&] { return attempts() == 1; });
  for (int i = 0; i < 300 && waiting() > 0; ++i) {
    rig.let_pass(10ms);
    rig.advance(1h);
  }
  hears("failed juliet@example.net: given up after ");
  EXPECT_EQ(waiting(), 0u);
  EXPECT_THAT(server.taken, SizeIs(0));
}

TEST_F(MailOut, WaitsOverARestartAndASilentServer) {
  server.interfere = [](const std::string&, const std::string&) { return std::string("421 4.3.2 not now\r\n"); };
  rig.start();
  alice.say("mail juliet@example.net hello");
  rig.until("it was tried", [&] { return attempts() == 1; });
  rig.stop();
  server.interfere = nullptr;
  rig.advance(1min);
  rig.start();
  hears("sent <");
  EXPECT_THAT(server.taken, SizeIs(1));
}

// case 207
TEST_F(MailOut, ThePasswordIsInNoReasonAndNoLog) {
  server.password = "another one";
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  rig.start();
  alice.say("mail juliet@example.net hello");
  const auto reason = [&] {
    return rig.store().run([](store::Tables& t) {
      const auto mails = t.mails.list(10);
      return mails.empty() ? std::string() : mails[0].reason;
    });
  };
  rig.until("it was refused", [&] { return !reason().empty(); });
  const std::string log = testing::internal::GetCapturedStderr() + testing::internal::GetCapturedStdout();
  const auto mails = rig.store().run([](store::Tables& t) { return t.mails.list(10); });
  ASSERT_THAT(mails, SizeIs(1));
  EXPECT_THAT(mails[0].reason, HasSubstr("refuses the login of bot (535 5.7.8)"));
  for (const std::string secret : {"correct horse", "AGJvdABjb3JyZWN0IGhvcnNl"}) {
    EXPECT_THAT(mails[0].reason, Not(HasSubstr(secret)));
    EXPECT_THAT(log, Not(HasSubstr(secret)));
  }
}

TEST_F(MailOut, AServerThatIsSomebodyElseIsToldNothing) {
  rig.settings.mail.submission->host = "other.example.org";
  rig.start();
  alice.say("mail juliet@example.net hello");
  rig.until("it was tried", [&] { return attempts() == 1 && server.connections == 1; });
  rig.let_pass(50ms);
  EXPECT_EQ(server.heard, "");
  EXPECT_EQ(waiting(), 1u);
}

// case 193
TEST_F(MailOut, ALineBreakInASubjectIsNoHeader) {
  rig.start();
  alice.say("inject x");
  rig.until("its event is parked", [&] {
    const auto rows = rig.inbox();
    return rows.size() == 1 && rows[0].parked;
  });
  EXPECT_THAT(rig.inbox()[0].error, HasSubstr("the subject has a line break"));
  alice.say("mail juliet@example.net after it");
  hears("sent <");
  ASSERT_THAT(server.taken, SizeIs(1));
  EXPECT_THAT(server.heard, Not(HasSubstr("eve@")));
}

// case 217
TEST_F(MailOut, GoesToNobodyWhomTheOperatorDidNotName) {
  rig.start();
  alice.say("mail eve@example.com hello");
  rig.until("its event has failed", [&] { return rig.inbox().size() == 1 && !rig.inbox()[0].error.empty(); });
  EXPECT_THAT(rig.inbox()[0].error, HasSubstr("grants writing mails to eve@example.com"));
  EXPECT_EQ(waiting(), 0u);
}

}  // namespace
}  // namespace omegate::flow
