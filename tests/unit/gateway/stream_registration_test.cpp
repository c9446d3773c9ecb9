// Making an account, and every way a server can say no.
#include "bridge/gateway/stream/stream_connect.hpp"
#include "tests/unit/gateway/stream_fixture.hpp"

namespace omegate::gateway {
namespace {

using Kind = FailureKind;

constexpr const char* plain_form =
    "<query xmlns='jabber:iq:register'><instructions>Choose!</instructions><username/><password/></query>";

constexpr const char* gone = "the connection breaks";

std::string refusal(const std::string& id, const std::string& type, const std::string& condition) {
  return "<iq type='error' id='" + id + "'><error type='" + type + "'><" + condition +
         " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>";
}

struct StreamRegistration : StreamFixture {
  config::SecretText password{"correct horse"};
  bool may_exist = false;

  Void make_account() {
    login.port = server.port();
    login.direct_tls = server.script().direct_tls;
    const StreamSurroundings around = surroundings();
    co_await connect_and_register(around, login, password, may_exist);
  }

  /// The server's answer to the request for a form, and then to the form, if it comes.
  StreamFailure failure_of(std::string asked, std::string filled = "") {
    std::optional<StreamFailure> failed;
    run(
        [&]() -> Void {
          ScriptedConnection client = co_await server.accept();
          co_await client.upgrade();
          co_await client.offer_login();
          const xml::Element question = co_await client.element();
          EXPECT_EQ(question.attr("to"), "example.org");
          co_await client.send(asked);
          if (!filled.empty()) {
            const xml::Element form = co_await client.element();
            EXPECT_EQ(form.attr("type"), "set");
            if (filled == gone) co_return;
            co_await client.send(filled);
          }
          co_await client.until_end();
          EXPECT_EQ(client.heard().find("<auth"), std::string::npos);
        },
        [&]() -> Void {
          try {
            co_await make_account();
            ADD_FAILURE() << "made";
          } catch (const StreamFailure& thrown) {
            failed = thrown;
          }
        });
    return failed.value_or(StreamFailure(Kind::closed, "none"));
  }

  static std::string form(const std::string& payload) {
    return "<iq type='result' id='registration-form'>" + payload + "</iq>";
  }
};

TEST_F(StreamRegistration, SendsNameAndPasswordUnderTlsOnly) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.accept();
        co_await client.upgrade();
        EXPECT_EQ(client.heard().find("register"), std::string::npos);
        co_await client.offer_login();
        const xml::Element question = co_await client.element();
        const std::string offered = form(plain_form);
        co_await client.send(offered);
        const xml::Element filled = co_await client.element();
        const xml::Element* query = filled.child("query", "jabber:iq:register");
        EXPECT_TRUE(query);
        if (!query) co_return;
        EXPECT_EQ(query->child_text("username", "jabber:iq:register"), "bot");
        EXPECT_EQ(query->child_text("password", "jabber:iq:register"), "correct horse");
        const std::string done = "<iq type='result' id='" + std::string(filled.attr("id").value_or("")) + "'/>";
        co_await client.send(done);
        co_await client.until_end();
      },
      [&]() -> Void { co_await make_account(); });
}

TEST_F(StreamRegistration, OfATakenNameSaysSo) {
  const std::string taken = refusal("registration", "cancel", "conflict");
  expect(failure_of(form(plain_form), taken), Kind::credentials, "There is an account bot@example.org already");
}

TEST_F(StreamRegistration, WithoutAnAnswerTheAccountMayExist) {
  failure_of(form(plain_form), refusal("registration", "cancel", "conflict"));
  EXPECT_FALSE(may_exist);
  EXPECT_EQ(failure_of(form(plain_form), gone).kind(), Kind::network);
  EXPECT_TRUE(may_exist) << "it had the name and the password";
}

TEST_F(StreamRegistration, WhereItIsForbiddenSaysWhoCanDoIt) {
  expect(failure_of(refusal("registration-form", "cancel", "service-unavailable")), Kind::configuration, "Make it with an app");
  expect(failure_of(form(plain_form), refusal("registration", "cancel", "not-allowed")), Kind::configuration, "not-allowed");
}

TEST_F(StreamRegistration, TooManyOfThemAreForLater) {
  expect(failure_of(form(plain_form), refusal("registration", "wait", "resource-constraint")), Kind::server, "Try again later");
}

TEST_F(StreamRegistration, ARiddleIsNotAnsweredAndNamed) {
  const std::string wanted = "<query xmlns='jabber:iq:register'><username/><password/><ocr/></query>";
  expect(failure_of(form(wanted)), Kind::configuration, "It wants more than a name and a password: ocr.");
  const std::string elsewhere =
      "<query xmlns='jabber:iq:register'><x xmlns='jabber:x:oob'><url>https://example.org/new</url></x></query>";
  expect(failure_of(form(elsewhere)), Kind::configuration, "Make it there: https://example.org/new");
}

}  // namespace
}  // namespace omegate::gateway
