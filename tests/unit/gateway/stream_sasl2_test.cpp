// Logging in, binding and resuming in one step, by token too; and what a server can do to spoil it.
#include <filesystem>

#include "bridge/core/crypto/hash.hpp"
#include "bridge/gateway/stream/stored_login.hpp"
#include "tests/unit/gateway/stream_fixture.hpp"

namespace omegate::gateway {
namespace {

using Kind = FailureKind;

constexpr std::string_view bind_inline =
    "<bind xmlns='urn:xmpp:bind:0'><inline><feature var='urn:xmpp:carbons:2'/><feature var='urn:xmpp:sm:3'/>"
    "</inline></bind>";
const std::string everything = "<sm xmlns='urn:xmpp:sm:3'/>" + std::string(bind_inline) +
                               "<fast "
                               "xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-NONE</"
                               "mechanism><mechanism>HT-SHA-256-EXPR</mechanism></fast>";
constexpr const char* features =
    "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm "
    "xmlns='urn:xmpp:sm:3'/></stream:features>";
constexpr const char* full_jid =
    "<authorization-identifier>bot@example.org/omegate~1</authorization-identifier>";
constexpr const char* bound =
    "<bound xmlns='urn:xmpp:bind:0'><enabled xmlns='urn:xmpp:sm:3' id='session-1' resume='true'/>"
    "<enabled xmlns='urn:xmpp:carbons:2'/></bound>";

std::string token_element(const std::string& token, const std::string& expiry = "2030-01-01T00:00:00Z") {
  return "<token xmlns='urn:xmpp:fast:0' token='" + token + "' expiry='" + expiry + "'/>";
}

struct StreamSasl2 : StreamFixture {
  StreamSasl2() {
    std::filesystem::create_directories(folder);
    store.emplace((folder / "db").string(), store::FileKey{});
    const auto account =
        store->run([](store::Tables& tables) { return tables.accounts.id_of("bot@example.org"); });
    context_.emplace(Context{*store, crypto::system_random(), [this] { return now; }});
    memory.emplace(*context_, account);
    login_memory = &*memory;
    server.script().sasl2 = everything;
  }
  ~StreamSasl2() override {
    memory.reset();
    context_.reset();
    store.reset();
    std::filesystem::remove_all(folder);
  }

  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("omegate-sasl2-" + std::to_string(getpid()));
  std::optional<store::Store> store;
  std::optional<Context> context_;
  std::optional<StoredLogin> memory;
  WallTime now = from_ms(1'780'000'000'000);

  /// The server's side of a login by password that ends in a session.
  asio::awaitable<void> serve_login(ScriptedConnection& client, std::string inside) {
    co_await client.up_to_authentication();
    const std::string signature = co_await client.check_proof();
    co_await client.succeed("v=" + signature, std::move(inside));
    co_await client.send(features);
  }

  /// The server's side of a login by `token`; returns whether it proved it.
  asio::awaitable<bool> check_token(ScriptedConnection& client, std::string token) {
    co_await client.up_to_authentication();
    const xml::Element request = co_await client.begin_sasl2();
    EXPECT_EQ(client.mechanism(), "HT-SHA-256-EXPR");
    const Bytes sent = crypto::from_base64(request.child_text("initial-response", "urn:xmpp:sasl:2")).value();
    const Bytes proof = crypto::hmac(crypto::Hash::sha256, as_bytes(token),
                                     as_bytes("Initiator" + client.channel_binding("tls-exporter")));
    co_return as_text(sent) == std::string("bot") + '\0' + std::string(as_text(proof));
  }

  std::string responder(ScriptedConnection& client, const std::string& token) {
    const Bytes proof = crypto::hmac(crypto::Hash::sha256, as_bytes(token),
                                     as_bytes("Responder" + client.channel_binding("tls-exporter")));
    return std::string(as_text(proof));
  }

  Void open_once() {
    Stream stream = make_stream();
    co_await stream.open();
  }
};

TEST_F(StreamSasl2, BindsWithCarbonsAndManagementInOneStep) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await serve_login(client, std::string(full_jid) + bound);
        const xml::Element& request = client.request();
        EXPECT_EQ(client.mechanism(), "SCRAM-SHA-256-PLUS");
        const auto* bind = request.child("bind", "urn:xmpp:bind:0");
        EXPECT_TRUE(bind && bind->child("enable", "urn:xmpp:sm:3") &&
                    bind->child("enable", "urn:xmpp:carbons:2"));
        EXPECT_FALSE(request.child("resume", "urn:xmpp:sm:3"));
        EXPECT_EQ(request.child("user-agent", "urn:xmpp:sasl:2")->attr("id"), memory->load_agent());
        EXPECT_EQ(request.child("request-token", "urn:xmpp:fast:0")->attr("mechanism"), "HT-SHA-256-EXPR");
        co_await client.send("<message from='a@example.org' id='1'/><r xmlns='urn:xmpp:sm:3'/>");
        EXPECT_EQ(xmpp::sm_h(co_await client.element()).value(), 0u);
        co_await client.until_end();
      },
      [&]() -> Void {
        Stream stream = make_stream();
        co_await stream.open();
        EXPECT_EQ(stream.bound().to_string(), "bot@example.org/omegate~1");
        EXPECT_TRUE(stream.has_carbons());
        EXPECT_TRUE(resumption.possible());
        EXPECT_EQ((co_await stream.next()).attr("id"), "1");
        co_await pause(20ms);
      });
  EXPECT_EQ(memory->load_pin(), (xmpp::SaslPin{"SCRAM-SHA-256-PLUS", xmpp::Binding::exporter}));
}

TEST_F(StreamSasl2, UsesATokenThatIsBoundCountedAndRotated) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await serve_login(client, std::string(full_jid) + bound + token_element("first"));
        client.cut();
        for (const char* count : {"1", "2"}) {
          ScriptedConnection again = co_await server.accept();
          EXPECT_TRUE(co_await check_token(again, "first"));
          EXPECT_EQ(again.request().child("fast", "urn:xmpp:fast:0")->attr("count"), count);
          EXPECT_EQ(again.heard().find("first"), std::string::npos);  // itself it never travels
          std::string inside = "<resumed xmlns='urn:xmpp:sm:3' previd='session-1' h='0'/>";
          if (count == std::string_view("2")) inside += token_element("second");
          co_await again.succeed(responder(again, "first"), inside);
          again.cut();
        }
        ScriptedConnection rotated = co_await server.accept();
        EXPECT_TRUE(co_await check_token(rotated, "second"));
        EXPECT_EQ(rotated.request().child("fast", "urn:xmpp:fast:0")->attr("count"), "1");
        co_await rotated.succeed(responder(rotated, "second"), "<resumed xmlns='urn:xmpp:sm:3' h='0'/>");
        co_await rotated.expect_end();
      },
      [&]() -> Void {
        for (int i = 0; i < 4; ++i) {
          Stream stream = make_stream();
          co_await stream.open();
          EXPECT_EQ(stream.resumed(), i > 0);
          EXPECT_EQ(stream.tls_description(), i > 0 ? "TLSv1.3, HT-SHA-256-EXPR, tls-exporter"
                                                    : "TLSv1.3, SCRAM-SHA-256-PLUS, tls-exporter");
          if (i < 3) co_await pause(20ms);
        }
      });
}

TEST_F(StreamSasl2, AsksForAnotherTokenWhenHalfItsLifeIsOver) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await serve_login(client,
                             std::string(full_jid) + bound + token_element("t", "2026-06-10T00:00:00Z"));
        co_await client.until_end();
        for (const bool wanted : {false, true}) {
          ScriptedConnection again = co_await server.accept();
          EXPECT_TRUE(co_await check_token(again, "t"));
          EXPECT_EQ(again.request().child("request-token", "urn:xmpp:fast:0") != nullptr, wanted);
          co_await again.succeed(responder(again, "t"), "<resumed xmlns='urn:xmpp:sm:3' h='0'/>");
          co_await again.until_end();
        }
        ScriptedConnection expired = co_await server.accept();
        co_await expired.up_to_authentication();
        co_await expired.begin_sasl2();
        EXPECT_EQ(expired.mechanism(), "SCRAM-SHA-256-PLUS");
      },
      [&]() -> Void {
        for (const auto& moment : {now, now, now + 24h * 8}) {
          now = moment;
          co_await open_once();
        }
        now += 24h * 30;
        try {
          co_await open_once();
        } catch (const StreamFailure&) {  // the script ends there
        }
      });
}

TEST_F(StreamSasl2, FallsBackToThePasswordWithoutATokenThatIsRefused) {
  const auto refuse = [&](bool with_wrong_proof) -> Void {
    ScriptedConnection client = co_await server.accept();
    co_await serve_login(client, std::string(full_jid) + bound + token_element("t"));
    client.cut();
    ScriptedConnection again = co_await server.accept();
    EXPECT_TRUE(co_await check_token(again, "t"));
    if (with_wrong_proof) {
      co_await again.succeed(responder(again, "another"), "<resumed xmlns='urn:xmpp:sm:3' h='0'/>");
    } else {
      co_await again.send(
          "<failure xmlns='urn:xmpp:sasl:2'><not-authorized "
          "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></failure>");
    }
    co_await again.expect_end();
    ScriptedConnection third = co_await server.accept();
    co_await third.up_to_authentication();
    const std::string signature = co_await third.check_proof();
    co_await third.succeed("v=" + signature, "<resumed xmlns='urn:xmpp:sm:3' h='0'/>");
    co_await third.expect_end();
  };
  for (const bool with_wrong_proof : {false, true}) {
    resumption = {};
    run([&]() -> Void { co_await refuse(with_wrong_proof); },
        [&]() -> Void {
          co_await open_once();
          Stream stream = make_stream();
          co_await stream.open();
          EXPECT_TRUE(stream.resumed());
          const auto token = co_await memory->token();
          EXPECT_FALSE(token);
        });
  }
}

TEST_F(StreamSasl2, ForgetsATokenThatTheServerFallsSilentOver) {
  times.state = 200ms;
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await serve_login(client, std::string(full_jid) + bound + token_element("t"));
        co_await client.until_end();
        ScriptedConnection again = co_await server.accept();
        EXPECT_TRUE(co_await check_token(again, "t"));
        co_await again.expect_end();
      },
      [&]() -> Void {
        co_await open_once();
        std::optional<FailureKind> failed;
        try {
          co_await open_once();
        } catch (const StreamFailure& failure) {
          failed = failure.kind();
        }
        EXPECT_EQ(failed, Kind::network);
        const auto token = co_await memory->token();
        EXPECT_FALSE(token);
      });
}

TEST_F(StreamSasl2, GivesNoTokenToAServerThatOffersLess) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await serve_login(client, std::string(full_jid) + bound + token_element("t"));
        co_await client.until_end();
      },
      [&]() -> Void { co_await open_once(); });
  // The exporter's token is no good for -NONE, and where the password's login got weaker no token is shown.
  server.script().sasl2 = "<fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-NONE</mechanism></fast>";
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await client.up_to_authentication();
        const xml::Element request = co_await client.begin_sasl2();
        EXPECT_EQ(client.mechanism(), "SCRAM-SHA-256-PLUS");
        EXPECT_FALSE(request.child("request-token", "urn:xmpp:fast:0"));
      },
      [&]() -> Void {
        try {
          co_await open_once();
        } catch (const StreamFailure&) {
        }
      });
  server.script().sasl2 = everything;
  server.script().mechanisms = "<mechanism>SCRAM-SHA-256</mechanism>";
  server.script().channel_bindings = "";
  const auto failed = failure([&]() -> Void {
    ScriptedConnection client = co_await server.accept();
    co_await client.up_to_authentication();
    co_await client.expect_end();
  });
  expect(failed, Kind::downgrade, "omegate login unpin");
}

TEST_F(StreamSasl2, ResumesTheOldWayWhereThatIsNotOfferedInOneStep) {
  server.script().sasl2 = std::string(bind_inline);
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await serve_login(client, std::string(full_jid) + bound);
        client.cut();
        ScriptedConnection again = co_await server.accept();
        co_await serve_login(again, "<authorization-identifier>bot@example.org</authorization-identifier>");
        EXPECT_FALSE(
            again.request().child("bind", "urn:xmpp:bind:0"));  // it would end the stream we want back
        EXPECT_FALSE(again.request().child("resume", "urn:xmpp:sm:3"));
        EXPECT_TRUE(xmpp::is_sm(co_await again.element(), "resume"));
        co_await again.send("<resumed xmlns='urn:xmpp:sm:3' previd='session-1' h='0'/>");
        co_await again.expect_end();
      },
      [&]() -> Void {
        co_await open_once();
        Stream stream = make_stream();
        co_await stream.open();
        EXPECT_TRUE(stream.resumed());
      });
}

TEST_F(StreamSasl2, BindsAnewInTheSameStepWhereTheStreamIsGone) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await serve_login(client, std::string(full_jid) + bound);
        co_await client.stanza();
        client.cut();
        ScriptedConnection again = co_await server.accept();
        co_await serve_login(again, std::string(full_jid) + "<failed xmlns='urn:xmpp:sm:3' h='1'/>" + bound);
        EXPECT_EQ(again.request().child("resume", "urn:xmpp:sm:3")->attr("previd"), "session-1");
        co_await again.expect_end();
      },
      [&]() -> Void {
        {
          Stream stream = make_stream();
          co_await stream.open();
          EXPECT_TRUE(stream.send("<message id='1'/>", 1) && stream.send("<message id='2'/>", 2));
          co_await pause(30ms);
        }
        std::vector<xmpp::StanzaTag> acked;
        Stream stream = make_stream();
        stream.on_acked([&](auto tags) { acked.assign(tags.begin(), tags.end()); });
        co_await stream.open();
        EXPECT_FALSE(stream.resumed());
        EXPECT_EQ(acked, std::vector<xmpp::StanzaTag>{1});
        EXPECT_EQ(stream.uncertain(), std::vector<xmpp::StanzaTag>{2});
      });
}

// case 18
TEST_F(StreamSasl2, BelievesNoSuccessWithoutTheServersSignature) {
  for (const std::string& data : {std::string(), std::string("v=AAAA")}) {
    const auto failed = failure([&]() -> Void {
      ScriptedConnection client = co_await server.accept();
      co_await client.up_to_authentication();
      co_await client.check_proof();
      co_await client.succeed(data, std::string(full_jid) + bound + token_element("planted"));
      co_await client.expect_end();
    });
    expect(failed, Kind::protocol, "could not prove");
    EXPECT_FALSE(resumption.pin);
    run([]() -> Void { co_return; },
        [&]() -> Void {
          const auto token = co_await memory->token();
          EXPECT_FALSE(token);
        });
  }
}

TEST_F(StreamSasl2, BelievesNoOtherAddressAndNoResumptionNobodyAskedFor) {
  for (const std::string& inside :
       {std::string("<authorization-identifier>mallory@example.org/x</authorization-identifier>") + bound,
        std::string("<authorization-identifier>bot@example.org</authorization-identifier>") + bound,
        std::string("<resumed xmlns='urn:xmpp:sm:3' h='0' previd='x'/>")}) {
    const auto failed = failure([&]() -> Void {
      ScriptedConnection client = co_await server.accept();
      co_await serve_login(client, inside);
      co_await client.until_end();
    });
    EXPECT_EQ(failed.kind(), Kind::protocol) << failed.what();
  }
}

TEST_F(StreamSasl2, SaysThatItCannotDoASecondStep) {
  const auto failed = failure([&]() -> Void {
    ScriptedConnection client = co_await server.accept();
    co_await client.up_to_authentication();
    co_await client.check_proof();
    co_await client.send("<continue xmlns='urn:xmpp:sasl:2'><tasks><task>TOTP</task></tasks></continue>");
    co_await client.expect_end();
  });
  expect(failed, Kind::configuration, "second step");
}

TEST_F(StreamSasl2, TakesAnotherNameAfterAConflictAndNoOldToken) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await serve_login(client, std::string(full_jid) + bound + token_element("t"));
        const std::string agent(*client.request().child("user-agent", "urn:xmpp:sasl:2")->attr("id"));
        co_await client.send(
            "<stream:error><conflict "
            "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
        co_await client.until_end();
        ScriptedConnection again = co_await server.accept();
        co_await serve_login(again, std::string(full_jid) + bound);
        EXPECT_NE(again.request().child("user-agent", "urn:xmpp:sasl:2")->attr("id"), agent);
        EXPECT_FALSE(again.request().child("fast", "urn:xmpp:fast:0"));
        co_await again.expect_end();
      },
      [&]() -> Void {
        {
          Stream stream = make_stream();
          co_await stream.open();
          try {
            co_await stream.next();
          } catch (const StreamFailure& failure) {
            EXPECT_EQ(failure.kind(), Kind::conflict);
          }
        }
        co_await open_once();
      });
}

}  // namespace
}  // namespace omegate::gateway
