// What one stream's end means for the next: redirections, conflicts, silence.
#include "tests/unit/gateway/stream_fixture.hpp"

namespace omegate::gateway {
namespace {

std::string error(const std::string& inside) {
  return "<stream:error>" + inside + "</stream:error></stream:stream>";
}

std::string see_other_host(const std::string& place) {
  return error("<see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>" + place + "</see-other-host>");
}

TEST(OtherHost, IsAHostWithOrWithoutAPort) {
  const auto place = [](std::string_view text, bool direct = false) {
    const auto target = parse_other_host(text, direct);
    return target ? target->host + " " + std::to_string(target->port) : std::string("none");
  };
  EXPECT_EQ(place("xmpp2.example.org"), "xmpp2.example.org 5222");
  EXPECT_EQ(place("xmpp2.example.org", true), "xmpp2.example.org 5223");
  EXPECT_EQ(place("xmpp2.example.org:9222"), "xmpp2.example.org 9222");
  EXPECT_EQ(place("[2001:db8::9]:9222"), "2001:db8::9 9222");
  EXPECT_EQ(place("2001:db8::9"), "2001:db8::9 5222");
  for (const char* bad : {"", ":5222", "host:", "host:0", "host:65536", "host:80x", "[::1", "[::1]80"}) {
    EXPECT_EQ(place(bad), "none") << bad;
  }
}

// A dead connection is found by silence, then by a question that nobody answers.
TEST(StreamTimesOfTheProgram, FindADeadConnectionWithinAMinute) {
  const StreamTimes times;
  EXPECT_LE(times.silence + times.dead, 60s);
}

struct StreamEnds : StreamFixture {
  asio::awaitable<FailureKind> end_of(Stream& stream) {
    for (;;) {
      try {
        co_await stream.next();
      } catch (const StreamFailure& failure) {
        co_return failure.kind();
      }
      stream.handled();
    }
  }
};

TEST_F(StreamEnds, TheNextStreamGoesWhereTheServerSendsItOnceAndBelievesNoOtherName) {
  ScriptedServer other(context.get_executor());
  other.script().certificate = test::make_certificate({.names = "DNS:other.example"});
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        co_await client.send(see_other_host("127.0.0.1:" + std::to_string(other.port())));
        co_await client.until_end();
        ScriptedConnection wrong = co_await other.accept();
        try {
          co_await wrong.upgrade();
        } catch (const boost::system::system_error&) {
        }
        EXPECT_EQ(wrong.heard().find("bot"), std::string::npos);
        ScriptedConnection again = co_await server.resume(0);  // the redirection was good for one stream
        co_await again.expect_end();
      },
      [&]() -> Void {
        {
          Stream stream = make_stream();
          co_await stream.open();
          EXPECT_EQ(co_await end_of(stream), FailureKind::redirected);
        }
        std::optional<FailureKind> refused;
        {
          Stream stream = make_stream();
          try {
            co_await stream.open();
          } catch (const StreamFailure& failure) {
            refused = failure.kind();
          }
        }
        EXPECT_EQ(refused, FailureKind::tls);
        Stream stream = make_stream();
        co_await stream.open();
        EXPECT_TRUE(stream.resumed());
      });
}

TEST_F(StreamEnds, AConflictTakesAnotherResourceAndNoOldSession) {
  std::string first, second;
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await client.up_to_session();
        first = co_await client.bind();
        co_await client.enable_management();
        co_await client.send(error("<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"));
        co_await client.until_end();
        ScriptedConnection again = co_await server.accept();
        co_await again.up_to_session();
        second = co_await again.bind();  // and not <resume/>
        co_await again.enable_management();
        co_await again.expect_end();
      },
      [&]() -> Void {
        {
          Stream stream = make_stream();
          co_await stream.open();
          EXPECT_TRUE(stream.keep_record());
          EXPECT_EQ(co_await end_of(stream), FailureKind::conflict);
        }
        EXPECT_FALSE(resumption.recorded);
        Stream stream = make_stream();
        co_await stream.open();
      });
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace omegate::gateway
