// A stream after its login: order, acknowledgement, resumption, silence, the end.
#include "bridge/core/xmpp/limits.hpp"
#include "tests/unit/gateway/stream_fixture.hpp"

namespace omegate::gateway {
namespace {

using Kind = FailureKind;
using Tags = std::vector<xmpp::StanzaTag>;

std::string message(const std::string& id) {
  return "<message from='alice@example.org/a' id='" + id + "'><body>hi</body></message>";
}

xml::Element ping_to(std::string_view to) {
  xml::Element iq("iq", "jabber:client");
  iq.set("type", "get");
  iq.set("to", to);
  iq.add(xml::Element("ping", "urn:xmpp:ping"));
  return iq;
}

struct StreamSession : StreamFixture {
  Tags acked;

  Stream open_stream() {
    Stream stream = make_stream();
    stream.on_acked([this](auto tags) { acked.insert(acked.end(), tags.begin(), tags.end()); });
    return stream;
  }

  /// Waits until the stream ends and says how.
  asio::awaitable<StreamFailure> end_of(Stream& stream) {
    for (;;) {
      try {
        co_await stream.next();
      } catch (const StreamFailure& failure) {
        co_return failure;
      }
      stream.handled();
    }
  }

  /// The server does `serve` with a client that is logged in; returns how the client's stream ends.
  template <class Serve>
  StreamFailure end_after(Serve serve) {
    std::optional<StreamFailure> ended;
    run(
        [&]() -> Void {
          ScriptedConnection client = co_await server.log_in();
          co_await serve(client);
          co_await client.until_end();
        },
        [&]() -> Void {
          Stream stream = open_stream();
          co_await stream.open();
          ended = co_await end_of(stream);
        });
    return ended.value_or(StreamFailure(Kind::closed, "none"));
  }
};

// --- receiving

// case 135
TEST_F(StreamSession, AcknowledgesOnlyWhatWasHandled) {
  asio::steady_timer handled(context, asio::steady_timer::time_point::max());
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        co_await client.send(message("1") + message("2") + message("3") + "<r xmlns='urn:xmpp:sm:3'/>");
        EXPECT_EQ(xmpp::sm_h(co_await client.element()).value(), 0u);
        handled.cancel();
        co_await pause(20ms);
        co_await client.send("<r xmlns='urn:xmpp:sm:3'/>");
        EXPECT_EQ(xmpp::sm_h(co_await client.element()).value(), 2u);
        co_await client.expect_end();
      },
      [&]() -> Void {
        Stream stream = open_stream();
        co_await stream.open();
        for (const char* id : {"1", "2", "3"}) EXPECT_EQ((co_await stream.next()).attr("id"), id);
        co_await handled.async_wait(asio::as_tuple(asio::use_awaitable));
        stream.handled();
        stream.handled();
        co_await pause(60ms);
      });
}

TEST_F(StreamSession, CountsAnAnswerOnlyBehindTheMessagesBeforeIt) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        const xml::Element request = co_await client.stanza();
        co_await client.send(message("1"));
        co_await client.answer(request);
        co_await client.send("<r xmlns='urn:xmpp:sm:3'/>");
        EXPECT_EQ(xmpp::sm_h(co_await client.element()).value(), 0u);
        co_await client.send(message("2"));
        co_await pause(20ms);
        co_await client.send("<r xmlns='urn:xmpp:sm:3'/>");
        EXPECT_EQ(xmpp::sm_h(co_await client.element()).value(), 2u);
        co_await client.expect_end();
      },
      [&]() -> Void {
        Stream stream = open_stream();
        co_await stream.open();
        co_await stream.request(ping_to("example.org"));
        co_await stream.next();
        co_await stream.next();
        stream.handled();
        co_await pause(60ms);
      });
}

TEST_F(StreamSession, AcknowledgesUnaskedEveryFifty) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        for (int i = 0; i < 50; ++i) co_await client.send(message(std::to_string(i)));
        EXPECT_EQ(xmpp::sm_h(co_await client.element()).value(), 50u);
        co_await client.expect_end();
      },
      [&]() -> Void {
        Stream stream = open_stream();
        co_await stream.open();
        for (int i = 0; i < 50; ++i) {
          co_await stream.next();
          stream.handled();
        }
        co_await pause(50ms);
      });
}

// case 51
TEST_F(StreamSession, StopsReadingWhileNobodyTakesWhatCame) {
  bool taking = false;
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        for (int i = 0; i < 200; ++i) co_await client.send(message(std::to_string(i)));
        co_await client.send("<r xmlns='urn:xmpp:sm:3'/>");
        for (;;) {
          const xml::Element ack = co_await client.element();
          EXPECT_TRUE(taking);
          if (xmpp::sm_h(ack).value() == 200) break;
        }
        co_await client.until_end();
      },
      [&]() -> Void {
        Stream stream = open_stream();
        co_await stream.open();
        co_await pause(100ms);
        taking = true;
        for (int i = 0; i < 200; ++i) {
          EXPECT_EQ((co_await stream.next()).attr("id"), std::to_string(i));
          stream.handled();
        }
        co_await pause(50ms);
      });
}

TEST_F(StreamSession, HandsOutWhatCameBeforeTheEnd) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        co_await client.send(message("1") +
                             "<stream:error><system-shutdown "
                             "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
        co_await client.expect_end();
      },
      [&]() -> Void {
        Stream stream = open_stream();
        co_await stream.open();
        co_await pause(50ms);
        EXPECT_EQ((co_await stream.next()).attr("id"), "1");
        const StreamFailure ended = co_await end_of(stream);
        expect(ended, Kind::server, "system-shutdown");
      });
}

// --- requests

// case 31
TEST_F(StreamSession, TakesAnAnswerOnlyFromWhomItAsked) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        const xml::Element request = co_await client.stanza();
        const std::string id(*request.attr("id"));
        co_await client.send("<iq type='result' from='mallory@example.org' id='" + id +
                             "'><forged xmlns='x'/></iq>");
        co_await client.send("<iq type='result' id='" + id + "'><forged xmlns='x'/></iq>");
        co_await client.send("<iq type='result' from='bob@example.org' id='guess'/>");
        co_await client.send("<iq type='error' from='bob@example.org' id='" + id + "'/>");
        co_await client.expect_end();
      },
      [&]() -> Void {
        Stream stream = open_stream();
        co_await stream.open();
        const xml::Element answer = co_await stream.request(ping_to("bob@example.org"));
        EXPECT_EQ(answer.attr("type"), "error");
        EXPECT_FALSE(answer.child("forged", "x"));
      });
}

/// After a resumption the server sends at once what was missed, and we ask before we take any of it.
TEST_F(StreamSession, HearsAnAnswerBehindMoreThanWasTaken) {
  bool answered = false;
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        for (int i = 0; i < 200; ++i) co_await client.send(message(std::to_string(i)));
        const xml::Element request = co_await client.stanza();
        co_await client.send("<iq type='result' from='bob@example.org' id='" + std::string(*request.attr("id")) + "'/>");
        co_await client.expect_end();
      },
      [&]() -> Void {
        Stream stream = open_stream();
        co_await stream.open();
        co_await pause(100ms);
        co_await stream.request(ping_to("bob@example.org"), 2'000ms);
        answered = true;
      });
  EXPECT_TRUE(answered);
}

TEST_F(StreamSession, GivesUpWaitingForAnAnswer) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        const xml::Element late = co_await client.stanza();
        co_await pause(50ms);
        co_await client.answer(late);  // nobody's any more, and harmless
        co_await client.answer(co_await client.stanza());
        co_await client.expect_end();
      },
      [&]() -> Void {
        Stream stream = open_stream();
        co_await stream.open();
        boost::system::error_code failed;
        try {
          co_await stream.request(ping_to("example.org"), 10ms);
        } catch (const boost::system::system_error& failure) {
          failed = failure.code();
        }
        EXPECT_EQ(failed, asio::error::timed_out);
        co_await stream.request(ping_to("example.org"));
      });
}

TEST_F(StreamSession, FailsARequestWhenTheStreamEnds) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        co_await client.stanza();
        client.cut();
      },
      [&]() -> Void {
        Stream stream = open_stream();
        co_await stream.open();
        std::optional<StreamFailure> failed;
        try {
          co_await stream.request(ping_to("example.org"));
        } catch (const StreamFailure& failure) {
          failed = failure;
        }
        EXPECT_TRUE(failed && failed->kind() == Kind::network);
        EXPECT_FALSE(stream.send(message("x"), 1));
      });
}

// --- sending

TEST_F(StreamSession, AsksAtOnceAfterATaggedStanzaAndReportsIt) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        EXPECT_EQ((co_await client.stanza()).local(), "presence");
        EXPECT_EQ((co_await client.stanza()).attr("id"), "1");
        EXPECT_EQ((co_await client.stanza()).attr("id"), "2");
        EXPECT_TRUE(xmpp::is_sm(co_await client.element(), "r"));
        co_await client.send("<a xmlns='urn:xmpp:sm:3' h='2'/>");
        co_await pause(20ms);
        EXPECT_EQ(acked, Tags{71});
        co_await client.send("<a xmlns='urn:xmpp:sm:3' h='3'/>");
        co_await client.expect_end();
      },
      [&]() -> Void {
        Stream stream = open_stream();
        co_await stream.open();
        EXPECT_TRUE(stream.send("<presence/>"));
        EXPECT_TRUE(stream.send(message("1"), 71));
        EXPECT_TRUE(stream.send(message("2"), 72));
        EXPECT_EQ(stream.unacked(), 3u);
        co_await pause(80ms);
        EXPECT_EQ(stream.unacked(), 0u);
      });
  EXPECT_EQ(acked, (Tags{71, 72}));
}

TEST_F(StreamSession, LearnsByPingWhatAServerWithoutManagementHas) {
  server.script().features = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>";
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await client.up_to_session();
        co_await client.bind();
        EXPECT_EQ((co_await client.stanza()).attr("id"), "1");
        const xml::Element ping = co_await client.stanza();
        EXPECT_TRUE(ping.child("ping", "urn:xmpp:ping"));
        EXPECT_TRUE(acked.empty());
        co_await client.answer(ping);
        EXPECT_EQ((co_await client.stanza()).attr("id"), "2");
        client.cut();
        ScriptedConnection again = co_await server.accept();
        co_await again.up_to_session();
        co_await again.bind();
        co_await again.expect_end();
      },
      [&]() -> Void {
        {
          Stream stream = open_stream();
          co_await stream.open();
          EXPECT_TRUE(stream.send(message("1"), 71));
          co_await pause(50ms);
          EXPECT_EQ(acked, Tags{71});
          EXPECT_TRUE(stream.send(message("2"), 72));
          co_await end_of(stream);
        }
        EXPECT_FALSE(resumption.possible());
        Stream stream = open_stream();
        co_await stream.open();
        EXPECT_EQ(stream.uncertain(), Tags{72});
      });
}

// case 30
TEST_F(StreamSession, KeepsOnlySoMuchForAServerThatReadsNothing) {
  asio::steady_timer deaf(context, asio::steady_timer::time_point::max());
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        co_await deaf.async_wait(asio::as_tuple(asio::use_awaitable));
        client.cut();
      },
      [&]() -> Void {
        Stream stream = open_stream();
        co_await stream.open();
        const std::string stanza = "<message><body>" + std::string(20'000, 'x') + "</body></message>";
        std::size_t before_congestion = 0, taken = 0;
        while (stream.send(stanza, 1)) {
          taken += stanza.size();
          if (!stream.congested()) before_congestion = taken;
          if (taken > 20 * xmpp::max_unacknowledged_bytes) break;
          co_await pause(0ms);  // writes what the kernel takes
        }
        EXPECT_LT(before_congestion, taken);  // whoever asks is told to wait before something is refused
        EXPECT_LE(taken, xmpp::max_unacknowledged_bytes);
        EXPECT_FALSE(stream.send(stanza, 1));
        EXPECT_TRUE(stream.congested());
        deaf.cancel();
      });
}

// --- resumption

// case 8
TEST_F(StreamSession, RepeatsTheSameBytesWhereTheServerStopped) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        co_await client.stanza();
        client.cut();
        ScriptedConnection again = co_await server.resume(1);
        EXPECT_EQ((co_await again.stanza()).attr("id"), "2");
        EXPECT_EQ((co_await again.stanza()).attr("id"), "3");
        EXPECT_EQ((co_await again.stanza()).attr("id"), "4");
        EXPECT_NE(again.heard().find(message("2") + message("3")), std::string::npos);
        EXPECT_TRUE(xmpp::is_sm(co_await again.element(), "r"));
        co_await again.send("<a xmlns='urn:xmpp:sm:3' h='4'/>");
        co_await again.expect_end();
      },
      [&]() -> Void {
        std::optional<xmpp::Jid> bound;
        {
          Stream stream = open_stream();
          co_await stream.open();
          bound = stream.bound();
          for (const char* id : {"1", "2", "3"}) EXPECT_TRUE(stream.send(message(id), *id - '0'));
          const StreamFailure ended = co_await end_of(stream);
          EXPECT_EQ(ended.kind(), Kind::network);
        }
        Stream stream = open_stream();
        co_await stream.open();
        EXPECT_TRUE(stream.resumed());
        EXPECT_EQ(stream.bound(), bound);
        EXPECT_TRUE(stream.uncertain().empty());
        EXPECT_EQ(acked, Tags{1});
        EXPECT_TRUE(stream.send(message("4"), 4));
        co_await pause(80ms);
      });
  EXPECT_EQ(acked, (Tags{1, 2, 3, 4}));
}

/// Prosody 0.12 has done so. Nothing is lost by a new session; the old one would be resumed for ever.
TEST_F(StreamSession, GivesUpASessionThatWasResumedAndDoesNotAnswer) {
  times.proof = 80ms;
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        co_await client.stanza();
        client.cut();
        ScriptedConnection again = co_await server.resume(0);
        EXPECT_TRUE(xmpp::is_sm(co_await again.element(), "r"));
        co_await again.send(message("5") + message("6"));  // it sends, and handles nothing
        co_await again.until_end();
        ScriptedConnection anew = co_await server.accept();
        co_await anew.up_to_session();
        co_await anew.bind();
        co_await anew.enable_management();
        co_await anew.expect_end();
      },
      [&]() -> Void {
        for (int lost = 0; lost < 2; ++lost) {
          Stream stream = open_stream();
          co_await stream.open();
          if (lost == 0) stream.send(message("1"), 71);
          const StreamFailure ended = co_await end_of(stream);
          EXPECT_EQ(ended.kind(), Kind::network);
        }
        EXPECT_FALSE(resumption.possible());
        Stream stream = open_stream();
        co_await stream.open();
        EXPECT_FALSE(stream.resumed());
        EXPECT_EQ(stream.uncertain(), Tags{71});
      });
}

// case 15
TEST_F(StreamSession, TellsTheResumedServerWhatWasHandledAndNoMore) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        co_await client.send(message("1") + message("2") + "<message id='cut in two'><bo");
        co_await pause(50ms);
        client.cut();
        ScriptedConnection again = co_await server.accept();
        co_await again.up_to_session();
        const xml::Element resume = co_await again.element();
        EXPECT_TRUE(xmpp::is_sm(resume, "resume"));
        EXPECT_EQ(resume.attr("previd"), "session-1");
        EXPECT_EQ(resume.attr("h"), "1");
        co_await again.send("<resumed xmlns='urn:xmpp:sm:3' previd='session-1' h='0'/>" + message("2"));
        co_await again.expect_end();
      },
      [&]() -> Void {
        {
          Stream stream = open_stream();
          co_await stream.open();
          co_await stream.next();
          stream.handled();
          co_await stream.next();  // and dies before it is durable
          co_await pause(100ms);
        }
        Stream stream = open_stream();
        co_await stream.open();
        EXPECT_EQ((co_await stream.next()).attr("id"), "2");
      });
}

// case 8
TEST_F(StreamSession, BindsAnewWhereTheSessionIsGoneAndNamesWhatIsUncertain) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        co_await client.stanza();
        client.cut();
        ScriptedConnection again = co_await server.accept();
        co_await again.up_to_session();
        co_await again.element();
        co_await again.send(
            "<failed xmlns='urn:xmpp:sm:3' h='1'><item-not-found "
            "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
        co_await again.bind();
        co_await again.enable_management();
        co_await again.expect_end();
        EXPECT_EQ(again.heard().find("<message"), std::string::npos);  // nothing is repeated blindly
      },
      [&]() -> Void {
        {
          Stream stream = open_stream();
          co_await stream.open();
          for (const char* id : {"1", "2", "3"}) EXPECT_TRUE(stream.send(message(id), *id - '0'));
          co_await end_of(stream);
        }
        Stream stream = open_stream();
        co_await stream.open();
        EXPECT_FALSE(stream.resumed());
        EXPECT_EQ(acked, Tags{1});
        EXPECT_EQ(stream.uncertain(), (Tags{2, 3}));
        co_await pause(30ms);
      });
}

// case 23
TEST_F(StreamSession, BelievesNoAcknowledgementOfWhatItNeverSent) {
  std::string heard;
  const auto ended = end_after([&](ScriptedConnection& client) -> Void {
    co_await client.send("<a xmlns='urn:xmpp:sm:3' h='1'/>");
    heard = (co_await client.element()).to_string();
  });
  expect(ended, Kind::protocol, "never sent");
  EXPECT_NE(heard.find("handled-count-too-high"), std::string::npos) << heard;
  EXPECT_FALSE(resumption.possible());
  EXPECT_TRUE(acked.empty());
}

// case 23
TEST_F(StreamSession, BelievesNoResumptionThatCountsWrongly) {
  for (const char* h : {"7", "4294967295"}) {
    resumption = {};
    run(
        [&]() -> Void {
          ScriptedConnection client = co_await server.log_in();
          client.cut();
          ScriptedConnection again = co_await server.accept();
          co_await again.up_to_session();
          co_await again.element();
          co_await again.send("<resumed xmlns='urn:xmpp:sm:3' previd='session-1' h='" + std::string(h) +
                              "'/>");
          co_await again.expect_end();
        },
        [&]() -> Void {
          {
            Stream stream = open_stream();
            co_await stream.open();
            stream.send(message("1"), 1);
            co_await end_of(stream);
          }
          Stream stream = open_stream();
          std::optional<StreamFailure> failed;
          try {
            co_await stream.open();
          } catch (const StreamFailure& failure) {
            failed = failure;
          }
          EXPECT_TRUE(failed && failed->kind() == Kind::protocol);
        });
    EXPECT_FALSE(resumption.possible());
    EXPECT_TRUE(acked.empty());
    EXPECT_EQ(resumption.uncertain, Tags{1});
  }
}

// --- silence

// case 7
TEST_F(StreamSession, NoticesAServerThatIsGone) {
  times.silence = 40ms;
  times.dead = 40ms;
  const auto ended = end_after([&](ScriptedConnection& client) -> Void {
    EXPECT_TRUE(xmpp::is_sm(co_await client.element(), "r"));
    co_await pause(150ms);
  });
  expect(ended, Kind::network, "no sign of life");
  EXPECT_TRUE(resumption.possible());
}

TEST_F(StreamSession, StaysWithAServerThatAnswers) {
  times.silence = 20ms;
  times.dead = 40ms;
  const auto ended = end_after([&](ScriptedConnection& client) -> Void {
    for (int i = 0; i < 5; ++i) {
      EXPECT_TRUE(xmpp::is_sm(co_await client.element(), "r"));
      co_await client.send("<a xmlns='urn:xmpp:sm:3' h='0'/>");
    }
    co_await client.send("</stream:stream>");
  });
  expect(ended, Kind::network, "closed the stream");
}

// case 7
TEST_F(StreamSession, LeavesAServerThatTalksButNeverAcknowledges) {
  times.silence = 20ms;
  times.dead = 60ms;
  times.slow_ack = 120ms;
  const auto ended = end_after([&](ScriptedConnection& client) -> Void {
    try {
      for (int i = 0; i < 40; ++i) {
        co_await client.send(" ");
        co_await pause(10ms);
        if (i == 3) co_await client.send(message("1"));
      }
    } catch (const boost::system::system_error&) {  // it has left
    }
  });
  expect(ended, Kind::network, "no sign of life");
}

// --- the end

std::string stream_error(const std::string& condition) {
  return "<stream:error><" + condition +
         " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
}

TEST_F(StreamSession, SortsTheServersErrors) {
  const std::pair<const char*, Kind> errors[] = {{"policy-violation", Kind::policy},
                                                 {"system-shutdown", Kind::server},
                                                 {"not-well-formed", Kind::rejected},
                                                 {"host-gone", Kind::configuration},
                                                 {"reset", Kind::server}};
  for (const auto& [condition, kind] : errors) {
    const std::string sent = stream_error(condition);
    resumption = {};
    const auto ended = end_after([&](ScriptedConnection& client) -> Void { co_await client.send(sent); });
    expect(ended, kind, condition);
  }
}

// case 27, 163
TEST_F(StreamSession, TakesAnotherResourceAfterAConflict) {
  const auto ended =
      end_after([&](ScriptedConnection& client) -> Void { co_await client.send(stream_error("conflict")); });
  expect(ended, Kind::conflict, "second gateway");
  EXPECT_FALSE(resumption.possible());  // resuming would throw the other one out again
  EXPECT_EQ(resumption.resource, "");
}

TEST_F(StreamSession, TellsTheServerWhyItsXmlIsRefused) {
  const std::pair<std::string, const char*> faults[] = {
      {"<!-- a -->", "restricted-xml"},
      {"<message><body>" + std::string(300 * 1024, 'x'), "policy-violation"},
      {"<message></iq>", "not-well-formed"}};
  for (const auto& [sent, condition] : faults) {
    std::string heard;
    resumption = {};
    const auto ended = end_after([&](ScriptedConnection& client) -> Void {
      co_await client.send(sent);
      heard = (co_await client.element()).to_string();
    });
    expect(ended, Kind::protocol, "XML");
    EXPECT_NE(heard.find(condition), std::string::npos) << heard;
  }
}

TEST_F(StreamSession, SaysGoodbyeAndWaitsForTheServers) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        EXPECT_EQ((co_await client.stanza()).attr("id"), "last");
        xml::StreamEvent heard = co_await client.event();
        while (std::holds_alternative<xml::Element>(heard)) heard = co_await client.event();  // <r/>
        EXPECT_TRUE(std::holds_alternative<xml::StreamClosed>(heard));
        co_await client.send("</stream:stream>");
        co_await client.expect_end();
      },
      [&]() -> Void {
        Stream stream = open_stream();
        co_await stream.open();
        stream.send(message("last"), 1);
        co_await stream.close(true);
        const StreamFailure ended = co_await end_of(stream);
        EXPECT_EQ(ended.kind(), Kind::closed);
        EXPECT_FALSE(resumption.possible());
      });
}

TEST_F(StreamSession, LeavesWithoutGoodbyeSoThatItCanBeResumed) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        co_await client.expect_end();
        EXPECT_EQ(client.heard().find("</stream:stream>"), std::string::npos);
        co_await (co_await server.resume(0)).expect_end();
      },
      [&]() -> Void {
        {
          Stream stream = open_stream();
          co_await stream.open();
          co_await stream.close(false);
          const StreamFailure ended = co_await end_of(stream);
          EXPECT_EQ(ended.kind(), Kind::closed);
        }
        Stream stream = open_stream();
        co_await stream.open();
        EXPECT_TRUE(stream.resumed());
      });
}

TEST_F(StreamSession, WaitsOnlySoLongForTheServersGoodbye) {
  times.goodbye = 30ms;
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        co_await client.expect_end();
      },
      [&]() -> Void {
        Stream stream = open_stream();
        co_await stream.open();
        co_await stream.close(true);
      });
}

}  // namespace
}  // namespace omegate::gateway
