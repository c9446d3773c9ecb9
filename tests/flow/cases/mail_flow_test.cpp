// What the mail side promises: yes only to what is stored, nothing twice, nothing for anybody else.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "test_places.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* mail_config = R"({"routes": [
  {"address": "alerts@example.org", "to": ["alice@example.net"]},
  {"address": "bot+*@example.org", "names": {"alice": "alice@example.net"}},
  {"address": "silent@example.org", "to": ["alice@example.net"], "drop": ["ordinary"]}]})";

config::PluginSettings mail_plugin() {
  config::PluginSettings settings;
  settings.name = "mail";
  settings.path = OMEGATE_SOURCE_DIR "/plugins/mail";
  settings.config_json = mail_config;
  return settings;
}

config::MailListenerSettings loopback(mail::Protocol protocol) {
  config::MailListenerSettings listener;
  listener.protocol = protocol;
  listener.address = "127.0.0.1";
  listener.loopback = true;
  return listener;
}

struct MailFlow : testing::Test {
  MailFlow() {
    rig.settings.plugins.push_back(mail_plugin());
    rig.settings.mail.incoming.host = "bot.example.org";
    rig.settings.mail.incoming.listen.push_back(loopback(mail::Protocol::lmtp));
    rig.settings.mail.incoming.listen.push_back(loopback(mail::Protocol::smtp));
  }

  asio::awaitable<std::string> converse(std::size_t listener, std::vector<std::string> lines) {
    asio::ip::tcp::socket socket(rig.io);
    const asio::ip::tcp::endpoint there(asio::ip::address_v4::loopback(), rig.gateway().mail_port(listener));
    co_await socket.async_connect(there, asio::use_awaitable);
    std::string heard, all;
    for (const std::string& line : lines) {
      heard += co_await reply(socket);
      co_await asio::async_write(socket, asio::buffer(line), asio::use_awaitable);
    }
    heard += co_await reply(socket);
    co_return heard;
  }

  /// One reply, of one line or several. Empty: the connection has ended.
  static asio::awaitable<std::string> reply(asio::ip::tcp::socket& socket) {
    std::string whole;
    for (;;) {
      std::string line;
      char c = 0;
      while (!line.ends_with("\r\n")) {
        const auto [failure, size] = co_await asio::async_read(socket, asio::buffer(&c, 1), asio::as_tuple(asio::use_awaitable));
        if (failure) co_return whole;
        line += c;
      }
      whole += line;
      if (line.size() > 3 && line[3] == ' ') co_return whole;
    }
  }

  std::string last_line(const std::string& heard) {
    const auto end = heard.rfind("\r\n", heard.size() - 3);
    return heard.substr(end == heard.npos ? 0 : end + 2);
  }

  /// What is answered to the message.
  std::string lmtp(const std::string& recipient, const std::string& message) {
    return last_line(rig.await(converse(0, {"LHLO mta\r\n", "MAIL FROM:<nas@home.example>\r\n", "RCPT TO:<" + recipient + ">\r\n", "DATA\r\n", message + "\r\n.\r\n"})));
  }

  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::legacy}};
  const std::string text = "From: The NAS <nas@home.example>\r\nSubject: Disk 3\r\nMessage-ID: <1@home>\r\n\r\nReplace it.\r\n";
};

TEST_F(MailFlow, AMailBecomesAnEncryptedMessage) {
  rig.start();
  EXPECT_THAT(lmtp("alerts@example.org", text), StartsWith("250 2.0.0"));
  rig.until("alice has read it", [&] {
    return alice.times_heard("✉️ Disk 3\nThe NAS <nas@home.example> (not proven)\n\nReplace it.") == 1;
  });
}

TEST_F(MailFlow, NobodyElsesMailIsTaken) {
  rig.start();
  for (const char* address : {"you@elsewhere.example", "alerts@elsewhere.example", "alerts%elsewhere.example@example.net"}) {
    const std::string heard = rig.await(converse(1, {"EHLO nas\r\n", "MAIL FROM:<alerts@example.org>\r\n", "RCPT TO:<" + std::string(address) + ">\r\n"}));
    EXPECT_THAT(last_line(heard), StartsWith("550 5.1.1")) << address;
  }
  EXPECT_THAT(rig.inbox(), IsEmpty());
}

TEST_F(MailFlow, WhoDidNotHearOurYesMayAskAgain) {
  rig.start();
  EXPECT_THAT(lmtp("alerts@example.org", text), HasSubstr("it is stored"));
  EXPECT_THAT(lmtp("alerts@example.org", text), HasSubstr("it is here already"));
  rig.restart();
  EXPECT_THAT(lmtp("alerts@example.org", text), HasSubstr("it is here already"));
  EXPECT_THAT(lmtp("alerts@example.org", text + "Now.\r\n"), HasSubstr("it is stored")) << "the id alone does not suppress another mail";
  EXPECT_THAT(lmtp("bot+alice@example.org", text), HasSubstr("it is stored")) << "for somebody else it is new";
  rig.until("alice has read all three", [&] {
    return alice.times_heard("✉️ Disk 3\nThe NAS <nas@home.example> (not proven)\n\nReplace it.\nNow.") == 1 &&
           alice.times_heard("✉️ Disk 3\nThe NAS <nas@home.example> (not proven)\n\nReplace it.") == 2;
  });
}

TEST_F(MailFlow, AReloadChangesRulesWithoutClosingAListener) {
  rig.start();
  const auto port = rig.gateway().mail_port(0);
  rig.settings.mail.incoming.listen[0].max_size = 1024;
  const auto report = rig.await(rig.gateway().reload(rig.settings));
  EXPECT_THAT(report.changes, testing::ElementsAre(HasSubstr("other rules")));
  EXPECT_THAT(report.later, IsEmpty());
  EXPECT_EQ(rig.gateway().mail_port(0), port);
  std::string lines = text;
  for (int i = 0; i < 30; ++i) lines += std::string(70, 'x') + "\r\n";
  EXPECT_THAT(lmtp("alerts@example.org", lines), StartsWith("552"));
  EXPECT_THAT(lmtp("alerts@example.org", text), HasSubstr("it is stored"));
}

TEST_F(MailFlow, AFullDiskIsNoYes) {
  rig.start();
  rig.stop();
  rig.max_pages = 200;
  rig.xmpp.acknowledges = false;  // nothing of what is written may be wiped
  rig.start();
  std::string heard;
  for (int i = 0; i < 200 && heard.find("452") == heard.npos; ++i) {
    heard = lmtp("alerts@example.org", "Subject: " + std::to_string(i) + "\r\n\r\n" + std::string(60'000, 'x') + "\r\n");
  }
  EXPECT_THAT(heard, StartsWith("452 4.3.1"));
}

/// Lines over which a pattern with two or three repetitions walks for most of a second each: the worker's deadline is 10 s.
TEST_F(MailFlow, AHostileMailDoesNotCostTheWorkersDeadline) {
  rig.start();
  const std::string lines[] = {std::string(480, ' ') + "x\r\n", std::string(480, '-') + "x\r\n", "----" + std::string(470, ' ') + "x\r\n"};
  std::string body;
  while (body.size() < 1'000'000)
    for (const std::string& line : lines) body += line;
  EXPECT_THAT(lmtp("alerts@example.org", text + body), StartsWith("250"));
  rig.until("alice has read it", [&] { return alice.heard().size() == 1; });
  EXPECT_THAT(alice.heard()[0], HasSubstr("[the text was longer]"));
  EXPECT_THAT(rig.inbox(), IsEmpty()) << "nothing of it failed";
}

TEST_F(MailFlow, AttachmentsAreKeptAndThrownAwayWithTheirMail) {
  rig.start();
  const std::string with_file =
      "Subject: scan\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee\r\n--b\r\n"
      "Content-Disposition: attachment; filename=../../a.pdf\r\nContent-Type: application/pdf\r\n\r\ncontent\r\n--b--\r\n";
  EXPECT_THAT(lmtp("alerts@example.org", with_file), HasSubstr("it is stored"));
  EXPECT_THAT(lmtp("alerts@example.org", with_file), HasSubstr("it is here already"));
  const auto files = rig.store().run([](store::Tables& tables) { return tables.files.list(10); });
  ASSERT_THAT(files, SizeIs(1)) << "the repetition left nothing";
  EXPECT_EQ(files[0].state, store::FileState::here);
  EXPECT_EQ(files[0].size, 7u);
  rig.until("the file waits for its upload", [&] { return rig.outbox().size() == 2; });

  rig.settings.files.max_total = 8;
  rig.restart();
  EXPECT_THAT(lmtp("alerts@example.org", "X: 1\r\n" + with_file), StartsWith("452 4.3.1")) << "no room for attachments";
  const auto after = rig.store().run([](store::Tables& tables) { return tables.files.list(10); });
  EXPECT_THAT(after, SizeIs(1));
}

// case 200
TEST_F(MailFlow, OurOwnMailIsDropped) {
  rig.start();
  EXPECT_THAT(lmtp("alerts@example.org", "X-Omegate-Loop: 1\r\n" + text), HasSubstr("it is ours"));
  std::string round = text;
  for (int i = 0; i < 101; ++i) round = "Received: from a by b; Mon, 5 Jan 2026 10:00:00 +0000\r\n" + round;
  EXPECT_THAT(lmtp("alerts@example.org", round), StartsWith("554 5.4.6"));
  EXPECT_THAT(lmtp("alerts@example.org", "Auto-Submitted: auto-replied\r\n" + text), HasSubstr("it is stored"));
  EXPECT_THAT(lmtp("alerts@example.org", "Subject: last\r\n\r\nlast\r\n"), HasSubstr("it is stored"));
  rig.until("alice has read the last", [&] { return alice.times_heard("✉️ last\nnas@home.example (not proven)\n\nlast") == 1; });
  EXPECT_THAT(rig.outbox(), SizeIs(1));
}

// case 199
TEST_F(MailFlow, AMailThatBreaksLimitsIsRefusedForGood) {
  rig.start();
  std::string nested;
  for (int i = 0; i < 1000; ++i) nested += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\r\n\r\n--b" + std::to_string(i) + "\r\n";
  EXPECT_THAT(lmtp("alerts@example.org", nested), StartsWith("554 5.6.0"));
  EXPECT_THAT(lmtp("alerts@example.org", text), HasSubstr("it is stored"));
}

// case 201
TEST_F(MailFlow, AMailIsNoCommandWhoeverItNames) {
  rig.start();
  EXPECT_THAT(lmtp("alerts@example.org", "From: alice@example.net\r\nSubject: !deploy web\r\n\r\n!deploy web\r\n"), HasSubstr("it is stored"));
  rig.until("alice has read it", [&] {
    return alice.times_heard("✉️ !deploy web\nalice@example.net (not proven)\n\n!deploy web") == 1;
  });
  EXPECT_THAT(rig.outbox(), SizeIs(1)) << "nobody answers, nothing was deployed";
}

TEST_F(MailFlow, AWrongPasswordIsNoEntry) {
  const std::string path = testing::TempDir() + "mail_password";
  std::ofstream(path) << "let me in\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  rig.settings.mail.incoming.listen[1].users.push_back({"nas", {config::SecretSource::Kind::file, path, {}, {}}});
  rig.start();
  const std::vector<std::string> mail{"MAIL FROM:<nas@home.example>\r\n", "RCPT TO:<alerts@example.org>\r\n", "DATA\r\n", text + ".\r\n"};
  const auto with = [&](const std::string& login) {
    std::vector<std::string> lines{"EHLO nas\r\n", "AUTH PLAIN " + login + "\r\n"};
    lines.insert(lines.end(), mail.begin(), mail.end());
    return rig.await(converse(1, lines));
  };
  EXPECT_THAT(last_line(rig.await(converse(1, {"EHLO nas\r\n", mail[0]}))), StartsWith("530 5.7.0"));
  EXPECT_THAT(with("AG5hcwBsZXQgbWUgaW4="), HasSubstr("it is stored"));
  EXPECT_THAT(last_line(rig.await(converse(1, {"EHLO nas\r\n", "AUTH PLAIN AG5hcwB3cm9uZw==\r\n"}))), StartsWith("535 5.7.8"));
  rig.until("alice has read it", [&] {
    return alice.times_heard("✉️ Disk 3\nThe NAS <nas@home.example> (handed in by nas)\n\nReplace it.") == 1;
  });
}

/// What a device says who has this password.
struct LoginFlow : MailFlow {
  LoginFlow() {
    const std::string path = testing::TempDir() + "login_password";
    std::ofstream(path) << "let me in\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    login.password = {config::SecretSource::Kind::file, path, {}, {}};
    rig.settings.plugins.back().config_json = R"({"routes": [{"address": "alerts@example.org", "to": ["alice@example.net"], "authentic": true}]})";
  }
  std::string hand_in(const std::string& author) {
    const std::string message = author + "Subject: Disk 3\r\n\r\nReplace it.\r\n.\r\n";
    return last_line(rig.await(converse(1, {"EHLO nas\r\n", "AUTH PLAIN AG5hcwBsZXQgbWUgaW4=\r\n", "MAIL FROM:<nas@home.example>\r\n",
                                            "RCPT TO:<alerts@example.org>\r\n", "DATA\r\n", message})));
  }
  void start() {
    rig.settings.mail.incoming.listen[1].users.push_back(login);
    rig.start();
  }

  config::MailUserSettings login{"nas", {}};
};

TEST_F(LoginFlow, ThatIsBoundToAnAddressProvesItsAuthorAndWritesAsNobodyElse) {
  login.senders = {"NAS@Home.example"};
  start();
  EXPECT_THAT(hand_in("From: The Boss <boss@home.example>\r\n"), StartsWith("550 5.7.1"));
  EXPECT_THAT(hand_in("From: nas@home.example, boss@home.example\r\n"), StartsWith("550 5.7.1"));
  EXPECT_THAT(hand_in(""), StartsWith("550 5.7.1"));
  EXPECT_THAT(hand_in("From: The NAS <nas@home.example>\r\n"), HasSubstr("it is stored"));
  rig.until("alice has read it", [&] {
    return alice.times_heard("✉️ Disk 3\nThe NAS <nas@home.example> ✔ login nas\n\nReplace it.") == 1;
  });
  EXPECT_THAT(rig.outbox(), SizeIs(1));
}

TEST_F(LoginFlow, ThatIsBoundToNobodyProvesNothing) {
  start();
  EXPECT_THAT(hand_in("From: The Boss <boss@home.example>\r\n"), HasSubstr("it is stored"));
  rig.until("the plugin has heard of it", [&] { return rig.inbox().empty(); });
  EXPECT_THAT(rig.outbox(), IsEmpty()) << "the route wants a proof";
}

}  // namespace
}  // namespace omegate::flow
