#include "bridge/core/mail/server_session.hpp"

#include <gmock/gmock.h>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/mail/limits.hpp"

namespace omegate::mail {
namespace {

using Next = ServerSession::Next;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

SessionRules plain_rules(Protocol protocol = Protocol::smtp) {
  SessionRules rules;
  rules.protocol = protocol;
  rules.host = "bot.example.org";
  rules.max_size = 1000;
  rules.takes = [](const Address& address) { return address.domain == "example.org" && address.local != "nobody"; };
  rules.opens = [](std::string_view user, std::string_view password) { return user == "nas" && password == "let me in"; };
  return rules;
}

/// A client that says things and hears the answers. Each message that is handed over is stored.
struct Client {
  explicit Client(SessionRules rules = plain_rules(), bool is_secure = false) : session(std::move(rules), is_secure) {
    session.advance();
    greeting = session.take_output();
  }

  std::string say(const std::string& bytes) {
    std::string heard, rest = bytes;
    do {
      const std::string some = rest.substr(0, session.room());
      rest.erase(0, some.size());
      session.receive(some);
      for (last = session.advance(); last == Next::store || last == Next::pause; last = session.advance()) {
        if (last == Next::store) store();
        if (last == Next::pause) ++pauses;
      }
      heard += session.take_output();
    } while (!rest.empty() && last == Next::read);
    return heard;
  }
  std::string line(const std::string& text) { return say(text + "\r\n"); }

  void store() {
    envelopes.push_back(session.envelope());
    messages.push_back(session.take_message());
    session.stored(verdict);
  }

  ServerSession session;
  std::string greeting;
  Next last = Next::read;
  int pauses = 0;
  Reply verdict{250, "2.0.0", "it is stored"};
  std::vector<Envelope> envelopes;
  std::vector<std::string> messages;
};

const std::string envelope = "EHLO nas\r\nMAIL FROM:<nas@home.example>\r\nRCPT TO:<alerts@example.org>\r\nDATA\r\n";

TEST(MailSession, TakesAMessageFromHelloToGoodbye) {
  Client client;
  EXPECT_EQ(client.greeting, "220 bot.example.org ESMTP omegate\r\n");
  EXPECT_EQ(client.line("EHLO nas.home"),
            "250-bot.example.org\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES\r\n");
  EXPECT_EQ(client.line("MAIL FROM:<nas@home.example> SIZE=20 BODY=8BITMIME"), "250 2.1.0 OK\r\n");
  EXPECT_EQ(client.line("RCPT TO:<alerts@example.org>"), "250 2.1.5 OK\r\n");
  EXPECT_THAT(client.line("DATA"), StartsWith("354 "));
  EXPECT_EQ(client.say("Subject: a\r\n\r\n..b\r\n.\r\n"), "250 2.0.0 it is stored\r\n");
  ASSERT_EQ(client.messages.size(), 1u);
  EXPECT_EQ(client.messages[0], "Subject: a\r\n\r\n.b\r\n");
  EXPECT_EQ(client.envelopes[0].sender, (Address{"nas", "home.example"}));
  EXPECT_EQ(client.envelopes[0].helo, "nas.home");
  EXPECT_THAT(client.line("QUIT"), StartsWith("221 "));
  EXPECT_EQ(client.last, Next::close);
}

TEST(MailSession, TakesCommandsThatComeTogetherAndBytesThatComeOneByOne) {
  const std::string all = envelope + "text\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\nmore\r\n.\r\nQUIT\r\n";
  Client together, apart;
  const std::string answers = together.say(all);
  std::string one_by_one;
  for (const char c : all) one_by_one += apart.say(std::string(1, c));
  EXPECT_EQ(one_by_one, answers);
  EXPECT_EQ(together.messages, (std::vector<std::string>{"text\r\n", "more\r\n"}));
  EXPECT_EQ(apart.messages, together.messages);
  EXPECT_FALSE(together.envelopes[1].sender) << "a bounce has no sender";
}

TEST(MailSession, PassesNothingOn) {
  Client client;
  client.line("EHLO x");
  client.line("MAIL FROM:<a@example.org>");
  for (const char* address : {"you@elsewhere.example", "nobody@example.org", "you%elsewhere.example@home.example", "@example.org:you@elsewhere.example"})
    EXPECT_THAT(client.line("RCPT TO:<" + std::string(address) + ">"), StartsWith("550 5.1.1")) << address;
  EXPECT_THAT(client.line("DATA"), StartsWith("503 5.5.1"));
}

TEST(MailSession, WantsItsOrder) {
  Client client;
  EXPECT_THAT(client.line("MAIL FROM:<a@b.example>"), StartsWith("503"));
  EXPECT_THAT(client.line("RCPT TO:<alerts@example.org>"), StartsWith("503"));
  EXPECT_THAT(client.line("DATA"), StartsWith("503"));
  EXPECT_THAT(client.line("LHLO x"), StartsWith("500"));
  EXPECT_EQ(client.line("HELO x"), "250 bot.example.org\r\n");
  EXPECT_THAT(client.line("MAIL FROM:<a@b.example>"), StartsWith("250"));
  EXPECT_THAT(client.line("MAIL FROM:<a@b.example>"), StartsWith("503"));
  EXPECT_THAT(client.line("RCPT TO:<alerts@example.org>"), StartsWith("250"));
  EXPECT_THAT(client.line("RSET"), StartsWith("250"));
  EXPECT_THAT(client.line("DATA"), StartsWith("503")) << "RSET forgets recipients";
  EXPECT_THAT(client.line("NOOP"), StartsWith("250"));
}

TEST(MailSession, RefusesWhatMakesNoSense) {
  Client client;
  client.line("EHLO x");
  EXPECT_THAT(client.line("FROB"), StartsWith("502"));
  EXPECT_THAT(client.line(""), StartsWith("500"));
  EXPECT_THAT(client.line("VRFY alerts"), AllOf(StartsWith("252"), Not(HasSubstr("alerts"))));
  EXPECT_THAT(client.line("EXPN list"), StartsWith("502"));
  EXPECT_THAT(client.line("EHLO"), StartsWith("501"));
  for (const char* argument : {"MAIL TO:<a@b.example>", "MAIL FROM:a@b.example", "MAIL FROM:<a@b.example", "MAIL FROM:<a b@c.example>",
                               "MAIL FROM:<a@b.example>SIZE=1", "MAIL FROM:<a@b.example> SIZE=x", "MAIL FROM:<a@b.example> BODY=BINARYMIME",
                               "MAIL FROM:<a@b.example> FROB=1", "MAIL FROM:<a\x01@b.example>", "MAIL FROM:<\"a\x7f\"@b.example>"})
    EXPECT_THAT(client.line(argument), StartsWith("5")) << argument;
  EXPECT_THAT(client.line("MAIL FROM:<a@b.example> SIZE=1001"), StartsWith("552 5.3.4"));
}

// case 193
TEST(MailSession, NothingInAnAddressBecomesAnotherLine) {
  Client client;
  client.line("EHLO x");
  EXPECT_THAT(client.line("MAIL FROM:<\"a\rRCPT TO:<b@example.org>\"@c.example>"), AllOf(StartsWith("500 "), EndsWith("\r\n")));
  EXPECT_THAT(client.line(std::string("MAIL FROM:<a\0b@c.example>", 26)), StartsWith("500 "));
  EXPECT_EQ(to_line({550, "5.1.1", "bad\r\n250 good\x80"}), "550 5.1.1 bad??250 good?\r\n");
  EXPECT_FALSE(parse_address("a@b.example\r\nDATA"));
  EXPECT_FALSE(parse_address("\"a\nb\"@c.example"));
}

TEST(MailSession, UnicodeNeedsItsExtension) {
  Client client;
  client.line("EHLO x");
  EXPECT_THAT(client.line("MAIL FROM:<jürgen@b.example>"), StartsWith("553 5.6.7"));
  EXPECT_THAT(client.line("MAIL FROM:<jürgen@b.example> SMTPUTF8"), StartsWith("250"));
  EXPECT_THAT(client.line("RCPT TO:<täglich@example.org>"), StartsWith("250"));
}

// case 193
TEST(MailSession, OnlyCrLfEndsALineOfAMessage) {
  for (const char* text : {"a\nb\r\n.\r\n", "a\rb\r\n.\r\n", "a\r\r\n.\r\n", "\n\r\n.\r\n"}) {
    Client client;
    client.say(envelope);
    EXPECT_THAT(client.say(text), StartsWith("554 5.6.0")) << text;
    EXPECT_THAT(client.messages, IsEmpty());
    EXPECT_THAT(client.line("NOOP"), StartsWith("250")) << "the connection goes on";
  }
}

// case 193
TEST(MailSession, AFalseEndOfDataEndsTheConnectionAndSmugglesNothing) {
  const std::string second = "MAIL FROM:<boss@example.org>\r\nRCPT TO:<alerts@example.org>\r\nDATA\r\nforged\r\n.\r\n";
  for (const char* end : {"\n.\n", "\n.\r\n", "\r.\r\n", "\r.\r", "\r\n.\n", "\r\n.\rx", "\n.\r", "\r\n.\r.\r\n"}) {
    Client client;
    client.say(envelope);
    EXPECT_THAT(client.say("text" + std::string(end) + second), StartsWith("521 5.5.2")) << end;
    EXPECT_EQ(client.last, Next::close);
    EXPECT_THAT(client.messages, IsEmpty());
  }
  Client client;
  client.say(envelope);
  client.say("a\r\n.b\r\n...\r\n.\r\n");
  EXPECT_EQ(client.messages, std::vector<std::string>{"a\r\nb\r\n..\r\n"}) << "dots are unstuffed";
}

TEST(MailSession, LmtpAnswersForEachRecipient) {
  Client client(plain_rules(Protocol::lmtp));
  EXPECT_EQ(client.greeting, "220 bot.example.org LMTP omegate\r\n");
  EXPECT_THAT(client.line("EHLO x"), StartsWith("500"));
  EXPECT_THAT(client.line("LHLO mta"), HasSubstr("250-PIPELINING"));
  client.line("MAIL FROM:<a@b.example>");
  client.line("RCPT TO:<one@example.org>");
  EXPECT_THAT(client.line("RCPT TO:<nobody@example.org>"), StartsWith("550"));
  client.line("RCPT TO:<two@example.org>");
  client.line("RCPT TO:<one@example.org>");
  client.line("DATA");
  EXPECT_EQ(client.say("text\r\n.\r\n"), "250 2.0.0 it is stored\r\n250 2.0.0 it is stored\r\n250 2.0.0 it is stored\r\n");
  EXPECT_EQ(client.envelopes[0].recipients, (std::vector<Address>{{"one", "example.org"}, {"two", "example.org"}}));
}

TEST(MailSession, SaysYesOnlyWhenItIsStored) {
  Client client;
  client.verdict = {451, "4.3.0", "it could not be stored"};
  EXPECT_EQ(client.say(envelope + "text\r\n.\r\n").substr(0, 4), "250-");
  EXPECT_THAT(client.say("MAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\nx\r\n.\r\n"), EndsWith("451 4.3.0 it could not be stored\r\n"));

  ServerSession session(plain_rules(), false);
  session.receive(envelope + "text\r\n.\r\nNOOP\r\n");
  EXPECT_EQ(session.advance(), Next::store);
  const std::string before = session.take_output();
  EXPECT_THAT(before, EndsWith("354 send it, and a line with a dot\r\n"));
  EXPECT_EQ(session.advance(), Next::store) << "nothing goes on before the disk has it";
  EXPECT_THAT(session.take_output(), IsEmpty());
}

TEST(MailSession, LimitsAreKept) {
  Client large;
  large.say(envelope);
  EXPECT_THAT(large.say(std::string(1200, 'x') + "\r\n.\r\n"), StartsWith("552 5.3.4"));
  EXPECT_THAT(large.line("NOOP"), StartsWith("250"));

  SessionRules roomy = plain_rules();
  roomy.max_size = 1'000'000;
  Client wide(roomy);
  wide.say(envelope);
  EXPECT_THAT(wide.say(std::string(max_text_line + 1, 'x') + "\r\n.\r\n"), StartsWith("554 5.6.0"));

  Client line;
  EXPECT_THAT(line.say("EHLO " + std::string(max_command_line, 'x')), StartsWith("500 5.5.2"));
  EXPECT_EQ(line.last, Next::close);

  Client lone;
  EXPECT_THAT(lone.say("EHLO x\n"), StartsWith("500 5.5.2"));
  EXPECT_EQ(lone.last, Next::close);

  Client crowd;
  crowd.line("EHLO x");
  crowd.line("MAIL FROM:<>");
  for (std::size_t i = 0; i < max_recipients; ++i)
    EXPECT_THAT(crowd.line("RCPT TO:<r" + std::to_string(i) + "@example.org>"), StartsWith("250"));
  EXPECT_THAT(crowd.line("RCPT TO:<one@example.org>"), StartsWith("452 4.5.3"));
}

TEST(MailSession, WhoOnlyTriesIsSentAway) {
  Client guesser;
  guesser.line("EHLO x");
  guesser.line("MAIL FROM:<>");
  std::string heard;
  for (std::size_t i = 0; i <= max_errors; ++i) heard = guesser.line("RCPT TO:<nobody@example.org>");
  EXPECT_THAT(heard, StartsWith("421"));
  EXPECT_EQ(guesser.last, Next::close);

  Client idler;
  for (std::size_t i = 0; i < max_idle_commands; ++i) EXPECT_THAT(idler.line("NOOP"), StartsWith("250"));
  EXPECT_THAT(idler.line("NOOP"), StartsWith("421"));

  Client browser;
  EXPECT_THAT(browser.say("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n" + envelope), StartsWith("421"));
  EXPECT_EQ(browser.last, Next::close);
  EXPECT_THAT(browser.envelopes, IsEmpty());
}

TEST(MailSession, APasswordTravelsUnderTlsOnly) {
  SessionRules rules = plain_rules();
  rules.offers_tls = rules.wants_password = true;
  Client client(rules);
  EXPECT_THAT(client.line("EHLO nas"), AllOf(HasSubstr("250 STARTTLS"), Not(HasSubstr("AUTH"))));
  EXPECT_THAT(client.line("AUTH PLAIN AG5hcwBsZXQgbWUgaW4="), StartsWith("538"));
  EXPECT_THAT(client.line("MAIL FROM:<a@b.example>"), StartsWith("530"));
  EXPECT_THAT(client.line("STARTTLS"), StartsWith("220"));
  EXPECT_EQ(client.last, Next::handshake);
  client.session.tls_started();
  EXPECT_THAT(client.line("MAIL FROM:<a@b.example>"), StartsWith("503")) << "all is forgotten";
  EXPECT_THAT(client.line("EHLO nas"), AllOf(HasSubstr("AUTH PLAIN LOGIN"), Not(HasSubstr("STARTTLS"))));
  EXPECT_THAT(client.line("AUTH PLAIN AG5hcwBsZXQgbWUgaW4="), StartsWith("235"));
  EXPECT_THAT(client.line("AUTH PLAIN AG5hcwBsZXQgbWUgaW4="), StartsWith("503"));
  client.line("MAIL FROM:<a@b.example> AUTH=<>");
  client.say("RCPT TO:<a@example.org>\r\nDATA\r\nx\r\n.\r\n");
  ASSERT_EQ(client.envelopes.size(), 1u);
  EXPECT_EQ(client.envelopes[0].user, "nas");
  EXPECT_TRUE(client.envelopes[0].secure);
}

// case 195
TEST(MailSession, WhatStandsBehindStarttlsInTheClearIsDropped) {
  SessionRules rules = plain_rules();
  rules.offers_tls = true;
  Client client(rules);
  client.line("EHLO nas");
  EXPECT_THAT(client.say("STARTTLS\r\n" + envelope + "forged\r\n.\r\n"), AllOf(StartsWith("220"), EndsWith("begin\r\n")));
  EXPECT_EQ(client.last, Next::handshake);
  client.session.tls_started();
  client.last = client.session.advance();
  EXPECT_EQ(client.last, Next::read);
  EXPECT_THAT(client.session.take_output(), IsEmpty());
  EXPECT_THAT(client.envelopes, IsEmpty());
  EXPECT_THAT(client.line("DATA"), StartsWith("503"));
}

TEST(MailSession, KnowsPlainAndLogin) {
  SessionRules rules = plain_rules();
  rules.wants_password = rules.takes_password_in_clear = true;
  const auto base64 = [](std::string_view text) { return crypto::to_base64(as_bytes(text)); };
  {
    Client client(rules);
    client.line("EHLO x");
    EXPECT_EQ(client.line("AUTH PLAIN"), "334 \r\n");
    EXPECT_THAT(client.line(base64({"nas\0nas\0let me in", 17})), StartsWith("235"));
  }
  {
    Client client(rules);
    client.line("EHLO x");
    EXPECT_EQ(client.line("AUTH LOGIN"), "334 VXNlcm5hbWU6\r\n");
    EXPECT_EQ(client.line(base64("nas")), "334 UGFzc3dvcmQ6\r\n");
    EXPECT_THAT(client.line(base64("let me in")), StartsWith("235"));
  }
  Client client(rules);
  client.line("EHLO x");
  EXPECT_THAT(client.line("AUTH CRAM-MD5"), StartsWith("504"));
  client.line("AUTH PLAIN");
  EXPECT_THAT(client.line("*"), StartsWith("501"));
  EXPECT_THAT(client.line("AUTH PLAIN !!!"), StartsWith("501"));
  EXPECT_THAT(client.line("AUTH PLAIN " + base64("no zeros")), StartsWith("501"));
  EXPECT_THAT(client.line("AUTH PLAIN " + base64({"root\0nas\0let me in", 18})), StartsWith("535"));
  EXPECT_THAT(client.line("AUTH PLAIN " + base64({"\0nas\0wrong", 10})), StartsWith("535"));
  EXPECT_EQ(client.pauses, 1);
  client.line("AUTH LOGIN");
  client.line(base64("nas"));
  EXPECT_THAT(client.line(base64("wrong")), StartsWith("535"));
  EXPECT_THAT(client.line("AUTH PLAIN " + base64({"\0nas\0wrong", 10})), StartsWith("421")) << "three are enough";
  EXPECT_EQ(client.last, Next::close);
}

// case 207
TEST(MailSession, APasswordIsNeverRepeated) {
  SessionRules rules = plain_rules();
  rules.wants_password = rules.takes_password_in_clear = true;
  const std::string secret = "a password that nobody hears of";
  const std::string base64 = crypto::to_base64(as_bytes(std::string("\0nas\0", 5) + secret));
  Client client(rules);
  std::string heard = client.line("EHLO x");
  heard += client.line("AUTH PLAIN " + base64);
  heard += client.line("AUTH PLAIN");
  heard += client.line(base64 + "!");
  heard += client.line("AUTH LOGIN " + base64);
  heard += client.line(crypto::to_base64(as_bytes(secret)));
  heard += client.line(secret);
  EXPECT_THAT(heard, AllOf(Not(HasSubstr(secret)), Not(HasSubstr(base64.substr(0, 20)))));
}

TEST(MailSession, GivingUpIsSaid) {
  Client client;
  client.say(envelope + "half a mess");
  client.session.give_up("we stop");
  EXPECT_EQ(client.session.advance(), Next::close);
  EXPECT_EQ(client.session.take_output(), "421 4.3.2 we stop\r\n");
  EXPECT_EQ(client.session.held(), 0u);
}

}  // namespace
}  // namespace omegate::mail
