// Mail that is fetched: each once, whatever becomes of us, of the server and of its numbers meanwhile.
#include <algorithm>
#include <fstream>

#include "bridge/gateway/mail/mailbox_position.hpp"
#include "test_places.hpp"
#include "tests/flow/world/imap_server.hpp"
#include "tests/flow/world/rig.hpp"
#include "tests/support/scripted_server.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::string mail_about(const std::string& subject, const std::string& to = "bot@example.org") {
  std::string id = subject;
  std::ranges::replace(id, ' ', '.');
  return "Return-Path: <nas@home.example>\r\nDelivered-To: " + to + "\r\nFrom: NAS <nas@home.example>\r\nSubject: " + subject +
         "\r\nMessage-ID: <" + id + "@home>\r\n\r\nReplace it.\r\n";
}

struct ImapFlow : testing::Test {
  ImapFlow() {
    std::ofstream(folder / "password") << "correct horse\n";
    config::PluginSettings plugin;
    plugin.name = "mail";
    plugin.path = OMEGATE_SOURCE_DIR "/plugins/mail";
    plugin.config_json = R"({"routes": [{"address": "bot@example.org", "to": ["alice@example.net"]},
                                        {"address": "bot+*@example.org", "to": ["alice@example.net"]}]})";
    rig.settings.plugins.push_back(plugin);
    rig.settings.mail.imap.push_back(settings());
  }
  ~ImapFlow() override { server.stop(); }

  config::ImapSettings settings() {
    config::ImapSettings imap;
    imap.host = imap_host;
    imap.port = server.port();
    imap.user = "bot@example.org";
    imap.secret.name = folder / "password";
    imap.ca_file = test::ScriptedServer::ca_file();
    return imap;
  }
  config::ImapSettings& imap() { return rig.settings.mail.imap[0]; }

  std::size_t read(const std::string& subject) { return alice.times_heard("✉️ " + subject + "\nNAS <nas@home.example> (not proven)\n\nReplace it."); }
  void hears(const std::string& subject) {
    rig.until("alice reads " + subject, [&] { return read(subject) == 1; });
  }
  void rests() {
    rig.until("it waits for mail", [&] { return server.idling == 1; });
  }
  gateway::ReloadReport reload() { return rig.await(rig.gateway().reload(rig.settings)); }
  std::uint32_t position() {
    return rig.store().run([&](store::Tables& tables) {
      const auto found = gateway::load_position(tables, imap().name());
      return found ? found->uid : 0;
    });
  }

  Rig rig;
  const gateway::test::TempDir folder;
  Contact alice{rig.xmpp, alice_jid, {Version::omemo2}};
  ImapServer server{rig.io.get_executor()};
};

TEST_F(ImapFlow, WhatArrivesIsReadAtOnceAndWhatLayThereIsNot) {
  server.deliver(mail_about("old"));
  rig.start();
  rests();
  server.deliver(mail_about("one"));
  hears("one");
  server.deliver(mail_about("two", "bot+ops@example.org"));
  hears("two");
  EXPECT_EQ(read("old"), 0u);
  EXPECT_EQ(server.connections, 1);
  EXPECT_THAT(server.heard, Not(HasSubstr("STORE"))) << "and nothing is changed there";
}

TEST_F(ImapFlow, WhatLayThereIsReadIfTheOperatorWantsAndMarked) {
  imap().existing = true;
  imap().afterwards = mail::ImapAfter::seen;
  server.deliver(mail_about("old"));
  rig.start();
  hears("old");
  rig.until("it is marked", [&] { return server.folder[0].seen; });
}

TEST_F(ImapFlow, WhatWasReadIsMoved) {
  imap().afterwards = mail::ImapAfter::move;
  imap().move_to = "Read";
  rig.start();
  rests();
  server.deliver(mail_about("one"));
  hears("one");
  rig.until("it is moved", [&] { return server.moved.size() == 1; });
  EXPECT_THAT(server.folder, IsEmpty());
}

TEST_F(ImapFlow, WhatComesWhileWeAreAwayIsReadOnce) {
  rig.start();
  rests();
  server.deliver(mail_about("one"));
  hears("one");
  rig.stop();
  for (int i = 0; i < 5; ++i) server.deliver(mail_about("away " + std::to_string(i)));
  rig.start();
  for (int i = 0; i < 5; ++i) hears("away " + std::to_string(i));
  rig.restart();
  rests();
  server.drop();
  rests();
  server.deliver(mail_about("last"));
  hears("last");
  EXPECT_EQ(read("one"), 1u);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(read("away " + std::to_string(i)), 1u);
}

// case 198
TEST_F(ImapFlow, AnotherUidvalidityDoublesNothingAndLosesNothing) {
  server.deliver(mail_about("old"));
  server.folder[0].date = "01-Jul-2024 00:00:00 +0000";
  rig.now = WallTime(std::chrono::sys_days(std::chrono::year(2024) / 8 / 1));
  rig.start();
  rests();
  for (const char* subject : {"one", "two"}) server.deliver(mail_about(subject));
  hears("two");
  rig.stop();
  server.renumber();
  server.deliver(mail_about("three"));
  rig.start();
  hears("three");
  rests();
  for (const char* subject : {"one", "two", "three"}) EXPECT_EQ(read(subject), 1u) << subject;
  EXPECT_EQ(read("old"), 0u);
}

TEST_F(ImapFlow, ServersThatDoNotTellAreAsked) {
  server.capabilities = "IMAP4rev1 SASL-IR AUTH=PLAIN";
  imap().poll = std::chrono::seconds(1);
  rig.start();
  rig.until("it has asked", [&] { return server.heard.find("NOOP") != std::string::npos; });
  server.deliver(mail_about("one"));
  hears("one");
}

TEST_F(ImapFlow, TheWishToBeToldIsRenewed) {
  imap().renewal = std::chrono::seconds(1);
  rig.start();
  rests();
  rig.until("it has been renewed", [&] { return server.heard.find("DONE") != std::string::npos; });
  rests();
  EXPECT_EQ(server.connections, 1);
}

TEST_F(ImapFlow, WhatIsTooLargeOrForNobodyIsPassedOver) {
  imap().max_size = 2000;
  rig.start();
  rests();
  server.deliver("X-Pad: " + std::string(900, 'x') + "\r\nX-Pad: " + std::string(900, 'x') + "\r\nX-Pad: " + std::string(900, 'x') + "\r\n" +
                 mail_about("large"));  // what would be read of it is what is read of the others
  server.deliver(mail_about("elsewhere", "other@example.org"));
  server.deliver(mail_about("one"));
  hears("one");
  rig.until("all are done", [&] { return position() == 3; });
  EXPECT_EQ(read("elsewhere"), 1u) << "the header names nobody of ours, so it is for the one who logs in";
  EXPECT_EQ(read("large"), 0u);
  EXPECT_THAT(server.heard, Not(HasSubstr("UID FETCH 1 "))) << "its size was told";
}

TEST_F(ImapFlow, WhatIsForNobodyIsPassedOver) {
  imap().user = "postman@example.org";  // whom no route takes, either
  rig.start();
  rests();
  server.deliver(mail_about("nobody", "other@example.org"));
  server.deliver(mail_about("one"));
  hears("one");
  rig.until("all are done", [&] { return position() == 2; });
  EXPECT_THAT(server.heard, HasSubstr("UID FETCH 1 ")) << "it was looked at";
  EXPECT_THAT(alice.heard(), SizeIs(1));
}

// case 198
TEST_F(ImapFlow, AMailThatTheServerCannotShowDoesNotHoldTheOthersUp) {
  rig.start();
  rests();
  int refused = 0;
  server.interfere = [&](const std::string& line) -> std::string {
    if (!line.starts_with("UID FETCH 1 ")) return "";
    ++refused;
    return refused % 2 == 0 ? "* 1 FETCH (UID 1 BODY[] {4294967296}\r\n" : "{tag} NO [SERVERBUG] internal error\r\n";
  };
  server.deliver(mail_about("broken"));
  server.deliver(mail_about("one"));
  hears("one");
  EXPECT_EQ(refused, 3);
  EXPECT_EQ(position(), 2u);
}

TEST_F(ImapFlow, AConnectionThatIsCutInAMailCostsNoMail) {
  rig.start();
  rests();
  int cuts = 0;
  server.interfere = [&](const std::string& line) -> std::string {
    return line.starts_with("UID FETCH 1 ") && cuts < 6 ? (++cuts, "cut") : "";
  };
  server.deliver(mail_about("one"));
  hears("one");
  EXPECT_EQ(cuts, 6) << "the connection's fault, and not the mail's";
}

TEST_F(ImapFlow, AFullDiskIsNoEndOfAMail) {
  rig.start();
  rests();
  rig.stop();
  rig.max_pages = 200;
  rig.xmpp.acknowledges = false;
  rig.start();
  rests();
  std::size_t delivered = 0;
  for (; delivered < 200 && server.connections < 4; ++delivered) {
    server.deliver(mail_about("large " + std::to_string(delivered)) + std::string(60'000, 'x'));
    rig.let_pass(40ms);
  }
  ASSERT_GE(server.connections, 4) << "the disk was never full";
  const auto place = position();
  EXPECT_LT(place, delivered) << "what is not stored is not done";
  rig.stop();
  rig.max_pages = 0;  // somebody made room
  rig.xmpp.acknowledges = true;
  rig.start();
  const auto times_read = [&](std::size_t which) {
    const std::string start = "✉️ large " + std::to_string(which) + "\n";
    return std::ranges::count_if(alice.heard(), [&](const std::string& each) { return each.starts_with(start); });
  };
  rig.until("alice reads the last", [&] { return times_read(delivered - 1) == 1; });
  for (std::size_t which = 0; which < delivered; ++which)
    EXPECT_EQ(times_read(which), 1) << which << ": the place is behind what is stored, and before what is not (" << place << ")";
}

TEST_F(ImapFlow, AnOperatorSeesTheFoldersAndTheListeners) {
  config::MailListenerSettings listener;
  listener.address = "127.0.0.1";
  listener.loopback = true;
  rig.settings.mail.incoming.listen = {listener};
  rig.start();
  rests();
  const auto mailbox = [&] { return rig.ask("status", {}).at("mailboxes").at(0).as_object(); };
  const auto finding = [&](const std::string& check) {
    const json::value report = rig.ask("doctor", {});
    for (const auto& each : report.at("findings").as_array())
      if (each.at("check").as_string() == check) return std::string(each.at("level").as_string()) + ": " + std::string(each.at("evidence").as_string());
    return std::string();
  };
  EXPECT_EQ(mailbox().at("name").as_string(), imap().name());
  EXPECT_EQ(mailbox().at("state").as_string(), "open");
  EXPECT_TRUE(mailbox().at("told").as_bool());
  EXPECT_FALSE(mailbox().contains("last_mail_ms"));
  EXPECT_THAT(finding("mailbox"), HasSubstr("ok: is open"));
  EXPECT_THAT(finding("mail listener"), HasSubstr("ok: listens, 0 connection(s)"));
  const json::value status = rig.ask("status", {});
  const json::object& door = status.at("mail_listeners").at(0).as_object();
  EXPECT_EQ(door.at("protocol").as_string(), "lmtp");
  EXPECT_EQ(door.at("state").as_string(), "open");
  EXPECT_EQ(door.at("tls").as_string(), "none");

  server.deliver(mail_about("one"));
  hears("one");
  rig.until("it is done", [&] { return position() == 1; });
  EXPECT_EQ(mailbox().at("read_to").to_number<std::uint32_t>(), 1u);
  EXPECT_EQ(mailbox().at("last_mail_ms").as_int64(), to_ms(rig.now.load()));

  server.interfere = [](const std::string& line) -> std::string { return line.starts_with("UID FETCH 2 ") ? "{tag} NO [SERVERBUG] broken\r\n" : ""; };
  server.deliver(mail_about("two"));
  rig.until("it is said while it is tried again", [&] { return mailbox().contains("failing"); });
  EXPECT_THAT(finding("mailbox"), HasSubstr("cannot show the mail with the number 2"));
  rig.until("the second was passed over", [&] { return position() == 2; });
  EXPECT_FALSE(mailbox().contains("failing")) << "it is behind us";

  server.interfere = [](const std::string& line) -> std::string { return line.starts_with("AUTHENTICATE") ? "{tag} NO go away\r\n" : ""; };
  server.drop();
  rig.until("it is refused", [&] {
    const json::object now = mailbox();
    return now.contains("detail") && std::string(now.at("detail").as_string()).find("refuses the login") != std::string::npos;
  });
  EXPECT_THAT(std::string(mailbox().at("detail").as_string()), HasSubstr("refuses the login"));
  EXPECT_THAT(finding("mailbox"), HasSubstr("bad: the server refuses the login"));
}

TEST_F(ImapFlow, AReloadAddsChangesAndRemovesFoldersAndListeners) {
  rig.settings.mail.imap.clear();
  rig.start();
  rig.settings.mail.imap.push_back(settings());
  config::MailListenerSettings listener;
  listener.address = "127.0.0.1";
  listener.loopback = true;
  rig.settings.mail.incoming.listen = {listener};
  EXPECT_THAT(reload().changes, testing::Contains(HasSubstr("read from now on")));
  rests();
  EXPECT_NE(rig.gateway().mail_port(0), 0);
  EXPECT_THAT(reload().changes, IsEmpty()) << "nothing is disturbed by one that changes nothing";
  EXPECT_EQ(server.connections, 1);
  server.deliver(mail_about("one"));
  hears("one");
  imap().renewal = std::chrono::seconds(100);
  EXPECT_THAT(reload().changes, testing::ElementsAre(HasSubstr("read with other settings")));
  rig.until("it connects anew", [&] { return server.connections == 2; });
  rests();
  server.deliver(mail_about("two"));
  hears("two");
  rig.settings.mail.imap.clear();
  rig.settings.mail.incoming.listen.clear();
  EXPECT_THAT(reload().changes, SizeIs(2));
  rig.until("it has left", [&] { return server.idling == 0; });
  EXPECT_EQ(read("one"), 1u);
}

TEST_F(ImapFlow, AReloadWithAPasswordThatIsNotThereChangesNothing) {
  rig.start();
  rests();
  imap().secret.name = folder / "nothing";
  EXPECT_THROW(reload(), config::ConfigError);
  server.deliver(mail_about("one"));
  hears("one");
  EXPECT_EQ(server.connections, 1);
}

// case 207
TEST_F(ImapFlow, ThePasswordIsInNoLog) {
  server.interfere = [](const std::string& line) -> std::string { return line.starts_with("AUTHENTICATE") ? "{tag} NO " + line + " correct horse\r\n" : ""; };
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  rig.start();
  rig.until("it was refused", [&] { return server.connections >= 2; });
  rig.stop();
  const std::string log = testing::internal::GetCapturedStderr() + testing::internal::GetCapturedStdout();
  // The second as it stands in base64 behind "\0bot@example.org\0": its first letter shares a group with what is before it.
  for (const std::string secret : {"correct horse", "b3JyZWN0IGhvcnNl"}) EXPECT_THAT(log, Not(HasSubstr(secret)));
}

}  // namespace
}  // namespace omegate::flow
