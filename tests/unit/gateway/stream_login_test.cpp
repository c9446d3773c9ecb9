// Logging in, and every way a server or somebody in between can spoil it.
#include "tests/unit/gateway/stream_fixture.hpp"

namespace omegate::gateway {
namespace {

using Kind = FailureKind;
struct StreamLogin : StreamFixture {};

constexpr std::string_view starttls_feature = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
constexpr std::string_view sasl_ns = " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";

TEST_F(StreamLogin, ReachesASessionOverStarttls) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await client.upgrade();
        EXPECT_FALSE(client.stream_header().has("from"));  // in the clear nobody learns the account
        EXPECT_EQ(client.heard().find("bot"), std::string::npos);
        co_await client.offer_login();
        EXPECT_EQ(client.stream_header().attr("from"), "bot@example.org");
        co_await client.authenticate();
        EXPECT_EQ(client.mechanism(), "SCRAM-SHA-256-PLUS");
        co_await client.open_stream(server.script().features);
        const std::string full = co_await client.bind();
        EXPECT_TRUE(full.starts_with("bot@example.org/omegate.")) << full;
        co_await client.enable_management();
        co_await client.expect_end();
      },
      [&]() -> Void {
        Stream stream = make_stream();
        co_await stream.open();
        EXPECT_FALSE(stream.resumed());
        EXPECT_EQ(stream.tls_description(), "TLSv1.3, SCRAM-SHA-256-PLUS, tls-exporter");
        EXPECT_EQ(stream.bound(), resumption.bound);
        EXPECT_TRUE(resumption.possible());
      });
}

TEST_F(StreamLogin, ReachesASessionOverDirectTls) {
  server.script().direct_tls = true;
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        co_await client.expect_end();
      },
      [&]() -> Void {
        Stream stream = make_stream();
        co_await stream.open();
      });
}

TEST_F(StreamLogin, BindsToTheCertificateWhereTlsHasNoExporter) {
  server.script().max_tls_version = 0x0303;
  server.script().channel_bindings = "<channel-binding type='tls-server-end-point'/>";
  run([&]() -> Void { co_await (co_await server.log_in()).expect_end(); },
      [&]() -> Void {
        Stream stream = make_stream();
        co_await stream.open();
        EXPECT_EQ(stream.tls_description(), "TLSv1.2, SCRAM-SHA-256-PLUS, tls-server-end-point");
      });
}

// case 33
TEST_F(StreamLogin, ReportsAWrongPassword) {
  server.script().password = "another";
  const auto failed = failure([&]() -> Void {
    ScriptedConnection client = co_await server.accept();
    co_await client.up_to_authentication();
    EXPECT_EQ(co_await client.check_proof(), "");
    co_await client.expect_end();
  });
  expect(failed, Kind::credentials, "not-authorized");
}

// case 10
TEST_F(StreamLogin, SaysNothingWhereStarttlsWasCutOut) {
  const auto failed = failure([&]() -> Void {
    ScriptedConnection client = co_await server.accept();
    co_await client.open_stream(
        "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
        "<mechanism>PLAIN</mechanism><mechanism>SCRAM-SHA-256</mechanism></mechanisms>");
    co_await client.expect_end();
  });
  expect(failed, Kind::tls, "offers no TLS");
}

// case 10
TEST_F(StreamLogin, TakesBytesBehindProceedForAnAttack) {
  for (const std::string injected : {"<stream:features/>", " ", "\x16\x03\x01"}) {
    const auto failed = failure([&]() -> Void {
      ScriptedConnection client = co_await server.accept();
      co_await client.open_stream(std::string(starttls_feature));
      co_await client.element();
      co_await client.send("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" + injected);
      co_await client.expect_end();  // not even a ClientHello
    });
    expect(failed, Kind::protocol, "behind <proceed/>");
  }
}

// case 12
TEST_F(StreamLogin, ForgetsWhatWasOfferedInTheClear) {
  const auto failed = failure([&]() -> Void {
    ScriptedConnection client = co_await server.accept();
    co_await client.open_stream(std::string(starttls_feature) + "<mechanisms" + std::string(sasl_ns) +
                                "><mechanism>SCRAM-SHA-256</mechanism></mechanisms>");
    co_await client.element();
    co_await client.send("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    co_await client.handshake();
    co_await client.open_stream("");
    co_await client.expect_end();
  });
  expect(failed, Kind::protocol, "no login was offered");
}

// case 52
TEST_F(StreamLogin, NeverCompresses) {
  const std::string offer =
      "<compression xmlns='http://jabber.org/features/compress'><method>zlib</method></compression>";
  server.script().features += offer;
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await client.open_stream(std::string(starttls_feature) + offer);
        EXPECT_EQ((co_await client.element()).local(), "starttls");
        co_await client.send("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        co_await client.handshake();
        co_await client.offer_login();
        co_await client.authenticate();
        co_await client.open_stream(server.script().features);
        co_await client.bind();
        co_await client.enable_management();
        co_await client.expect_end();
        EXPECT_EQ(client.heard().find("compress"), std::string::npos);
      },
      [&]() -> Void {
        Stream stream = make_stream();
        co_await stream.open();
      });
}

// case 9
TEST_F(StreamLogin, ShowsNothingToAServerWithAnotherNameInItsCertificate) {
  server.script().certificate =
      test::make_certificate({.names = "DNS:example.org"});  // nobody vouches for it
  const auto failed = failure([&]() -> Void {
    ScriptedConnection client = co_await server.accept();
    try {
      co_await client.upgrade();
    } catch (const boost::system::system_error&) {
    }
    EXPECT_EQ(client.heard().find("bot"), std::string::npos);
    EXPECT_EQ(client.heard().find("auth"), std::string::npos);
  });
  expect(failed, Kind::tls, "ca_file");
}

// case 18
TEST_F(StreamLogin, BelievesNoSuccessWithoutTheServersSignature) {
  const std::string wrong = crypto::to_base64(as_bytes("v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
  for (const std::string& content : {std::string(), std::string("="), wrong}) {
    const auto failed = failure([&]() -> Void {
      ScriptedConnection client = co_await server.accept();
      co_await client.up_to_authentication();
      co_await client.check_proof();
      co_await client.send("<success" + std::string(sasl_ns) + ">" + content + "</success>");
      co_await client.expect_end();
    });
    expect(failed, Kind::protocol, "could not prove");
    EXPECT_FALSE(resumption.pin);
  }
}

// case 22
TEST_F(StreamLogin, BelievesNoSuccessBeforeItsOwnProof) {
  const auto failed = failure([&]() -> Void {
    ScriptedConnection client = co_await server.accept();
    co_await client.up_to_authentication();
    co_await client.element();
    co_await client.send("<success" + std::string(sasl_ns) + "/>");
    co_await client.expect_end();
  });
  expect(failed, Kind::protocol, "could not prove");
}

TEST_F(StreamLogin, TakesTheSignatureInAChallengeToo) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await client.up_to_authentication();
        const std::string signature = co_await client.check_proof();
        co_await client.send("<challenge" + std::string(sasl_ns) + ">" +
                             crypto::to_base64(as_bytes("v=" + signature)) + "</challenge>");
        EXPECT_EQ((co_await client.element()).text(), "");
        co_await client.send("<success" + std::string(sasl_ns) + "/>");
        co_await client.open_stream(server.script().features);
        co_await client.bind();
        co_await client.enable_management();
        co_await client.expect_end();
      },
      [&]() -> Void {
        Stream stream = make_stream();
        co_await stream.open();
      });
}

// case 17
TEST_F(StreamLogin, UsesPlainOnlyIfAllowed) {
  server.script().mechanisms = "<mechanism>PLAIN</mechanism>";
  server.script().channel_bindings = "";
  const auto failed = failure([&]() -> Void {
    ScriptedConnection client = co_await server.accept();
    co_await client.up_to_authentication();
    co_await client.expect_end();
    EXPECT_EQ(client.heard().find("auth"), std::string::npos);
  });
  expect(failed, Kind::configuration, "PLAIN");

  login.allow_plain = true;
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await client.up_to_authentication();
        const xml::Element auth = co_await client.element();
        const Bytes sent = crypto::from_base64(auth.text()).value();
        EXPECT_EQ(as_text(sent), std::string_view("\0bot\0correct horse", 18));
        co_await client.send("<success" + std::string(sasl_ns) + "/>");
        co_await client.open_stream(server.script().features);
        co_await client.bind();
        co_await client.enable_management();
        co_await client.expect_end();
      },
      [&]() -> Void {
        Stream stream = make_stream();
        co_await stream.open();
      });
}

// case 21
TEST_F(StreamLogin, DoesNotTryAgainUnboundWhenTheChannelIsAnother) {
  const auto failed = failure([&]() -> Void {
    ScriptedConnection client = co_await server.accept();
    co_await client.up_to_authentication();
    co_await client.check_proof();
    co_await client.send("<challenge" + std::string(sasl_ns) + ">" +
                         crypto::to_base64(as_bytes("e=channel-bindings-dont-match")) + "</challenge>");
    co_await client.expect_end();
  });
  expect(failed, Kind::protocol, "stand between");
}

TEST_F(StreamLogin, RefusesAWeakerLoginThanTheLastTime) {
  resumption.pin = xmpp::SaslPin{"SCRAM-SHA-256-PLUS", xmpp::Binding::exporter};
  server.script().mechanisms = "<mechanism>SCRAM-SHA-256</mechanism>";
  server.script().channel_bindings = "";
  const auto failed = failure([&]() -> Void {
    ScriptedConnection client = co_await server.accept();
    co_await client.up_to_authentication();
    co_await client.expect_end();
  });
  expect(failed, Kind::downgrade, "weaker login");
}

TEST_F(StreamLogin, LetsTheServerChooseAResourceThatIsFree) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await client.up_to_session();
        const xml::Element request = co_await client.element();
        co_await client.send("<iq type='error' id='" + std::string(*request.attr("id")) +
                             "'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                             "</error></iq>");
        co_await client.bind();
        co_await client.enable_management();
        co_await client.expect_end();
      },
      [&]() -> Void {
        Stream stream = make_stream();
        co_await stream.open();
        EXPECT_EQ(stream.bound().resource(), "made-by-server");
      });
}

// --- a server that falls silent

// case 3
TEST_F(StreamLogin, WaitsInEachStateOnlySoLong) {
  times.state = 200ms;
  constexpr int last_state = 9;
  for (int state = 0; state <= last_state; ++state) {
    const auto failed = failure([&]() -> Void {
      ScriptedConnection client = co_await server.accept();
      if (state >= 1) co_await client.open_stream(std::string(starttls_feature));
      if (state >= 2) {
        co_await client.element();
        co_await client.send("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
      }
      if (state >= 3) co_await client.handshake();
      if (state >= 4) co_await client.offer_login();
      std::string signature;
      if (state >= 5) signature = co_await client.check_proof();
      if (state >= 6) {
        co_await client.send("<success" + std::string(sasl_ns) + ">" +
                             crypto::to_base64(as_bytes("v=" + signature)) + "</success>");
      }
      if (state >= 7) co_await client.open_stream(server.script().features);
      if (state >= 8) co_await client.bind();
      if (state >= 9) co_await client.element();  // <enable/>
      co_await pause(400ms);
    });
    expect(failed, Kind::network, "did not answer");
  }
}

// --- which server

TEST_F(StreamLogin, GoesOnToTheNextTarget) {
  login.host.clear();
  asio::ip::tcp::acceptor dead(context, {asio::ip::address_v4::loopback(), 0});
  const std::uint16_t dead_port = dead.local_endpoint().port();
  dead.close();
  names.starttls = {net::SrvAnswer::Outcome::found,
                    {{1, 0, dead_port, "a.example.org"}, {2, 0, server.port(), "b.example.org"}}};
  run([&]() -> Void { co_await (co_await server.log_in()).expect_end(); },
      [&]() -> Void {
        Stream stream = make_stream();
        co_await stream.open();
      });
}

TEST_F(StreamLogin, SaysThatADomainHasNoXmpp) {
  login.host.clear();
  names.starttls = {net::SrvAnswer::Outcome::found, {{0, 0, 0, ""}}};
  expect(failure([]() -> Void { co_return; }), Kind::configuration, "no XMPP server");
}

TEST_F(StreamLogin, SaysThatTheDnsDoesNotAnswer) {
  login.host.clear();
  names.starttls = {net::SrvAnswer::Outcome::failed, {}};
  expect(failure([]() -> Void { co_return; }), Kind::network, "DNS");
}

// case 1
TEST_F(StreamLogin, SaysThatNobodyListens) {
  login.port = 1;
  std::optional<StreamFailure> failed;
  run([]() -> Void { co_return; },
      [&]() -> Void {
        Stream stream(surroundings(), login, resumption);
        try {
          co_await stream.open();
        } catch (const StreamFailure& thrown) {
          failed = thrown;
        }
      });
  ASSERT_TRUE(failed);
  expect(*failed, Kind::network, "127.0.0.1:1");
}

std::string see_other_host(std::uint16_t port) {
  return "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>127.0.0.1:" +
         std::to_string(port) + "</see-other-host></stream:error></stream:stream>";
}

// case 26
TEST_F(StreamLogin, FollowsARedirectionUnderTlsAndChecksTheSameName) {
  ScriptedServer other(context.get_executor());
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await client.up_to_authentication();
        co_await client.send(see_other_host(other.port()));
        co_await (co_await other.log_in()).expect_end();
      },
      [&]() -> Void {
        Stream stream = make_stream();
        co_await stream.open();
      });
}

// case 26
TEST_F(StreamLogin, FollowsOnlyOneRedirection) {
  ScriptedServer other(context.get_executor());
  const auto failed = failure([&]() -> Void {
    ScriptedConnection client = co_await server.accept();
    co_await client.up_to_authentication();
    co_await client.send(see_other_host(other.port()));
    ScriptedConnection again = co_await other.accept();
    co_await again.up_to_authentication();
    co_await again.element();  // its login had begun
    co_await again.send(see_other_host(server.port()));
    co_await again.expect_end();
  });
  expect(failed, Kind::server, "from one host to the next");
}

// case 26
TEST_F(StreamLogin, DoesNotFollowARedirectionInTheClear) {
  ScriptedServer other(context.get_executor());
  const auto failed = failure([&]() -> Void {
    ScriptedConnection client = co_await server.accept();
    co_await client.open_stream(std::string(starttls_feature));
    co_await client.element();
    co_await client.send(see_other_host(other.port()));
    co_await client.expect_end();
  });
  EXPECT_NE(failed.kind(), Kind::redirected);
  EXPECT_FALSE(resumption.redirect);
}

TEST_F(StreamLogin, ReportsAHostThatTheServerDoesNotServe) {
  const auto failed = failure([&]() -> Void {
    ScriptedConnection client = co_await server.accept();
    co_await client.event();
    co_await client.send(
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
        "version='1.0'><stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        "</stream:error></stream:stream>");
    co_await client.expect_end();
  });
  expect(failed, Kind::configuration, "host-unknown");
}

}  // namespace
}  // namespace omegate::gateway
