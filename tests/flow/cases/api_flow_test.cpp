// The HTTP API: what a program sends arrives once, and what people say waits until the program says that it has it.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fstream>
#include <set>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/gateway/api/api.hpp"
#include "bridge/gateway/api/document.hpp"
#include "bridge/gateway/api/limits.hpp"
#include "bridge/gateway/rooms/moderating.hpp"
#include "tests/flow/world/rig.hpp"
#include "tests/support/openapi.hpp"

namespace omegate::flow {
namespace {

using gateway::api::Api;
using omemo::Version;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string home_token = "home-0123456789abcdef0123", other_token = "other-0123456789abcdef012",
                  reader_token = "reader-0123456789abcdef01", team_jid = "team@rooms.example.org";

/// A connection that stays open, and what came over it.
struct Listener {
  struct State {
    explicit State(asio::io_context& io) : socket(io) {}
    asio::ip::tcp::socket socket;
    std::string heard;
    bool has_ended = false;
  };
  Listener(asio::io_context& io, std::uint16_t port, const std::string& request) : state(std::make_shared<State>(io)) {
    state->socket.connect({asio::ip::address_v4::loopback(), port});
    asio::write(state->socket, asio::buffer(request));
    asio::co_spawn(io, listen(state), [](std::exception_ptr) {});
  }
  ~Listener() { state->socket.close(); }
  static asio::awaitable<void> listen(std::shared_ptr<State> self) {
    for (;;) {
      std::array<char, 4096> bytes{};
      const auto [failure, size] =
          co_await self->socket.async_read_some(asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
      self->heard.append(bytes.data(), size);
      if (failure) break;
    }
    self->has_ended = true;
  }
  const std::string& heard() const { return state->heard; }
  bool has_ended() const { return state->has_ended; }
  std::shared_ptr<State> state;
};

struct ApiFlow : testing::Test {
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::omemo2}};

  ApiFlow() {
    config::ApiClientSettings& home = add("home", home_token, true, true, true);
    home.may_moderate = true;
    home.send_to.push_back(team_jid);
    add("other", other_token, false, true, false);
    add("reader", reader_token, false, false, true);
  }

  config::ApiClientSettings& add(const std::string& name, const std::string& token, bool send, bool events, bool trust) {
    config::ApiClientSettings client;
    client.name = name;
    const std::string path = rig.settings.data_dir.string() + name + ".token";
    std::ofstream(path) << token << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    client.token = {config::SecretSource::Kind::file, path, {}, {}};
    client.may_send = send;
    client.may_hear = events;
    client.may_read_trust = trust;
    client.send_to = {alice_jid};
    rig.settings.api.clients.push_back(std::move(client));
    return rig.settings.api.clients.back();
  }

  static std::string authorization(const std::string& token) { return "Authorization: Bearer " + token + "\r\n"; }

  json::value call(unsigned status, const std::string& method, const std::string& path, const json::value& body = nullptr,
                   const std::string& token = home_token, const std::string& headers = {}) {
    std::string all = authorization(token) + headers;
    if (!body.is_null()) all += "Content-Type: application/json\r\n";
    const Answer answer = rig.http(method, path, all, body.is_null() ? "" : json::serialize(body));
    EXPECT_EQ(answer.status, status) << method << " " << path << ": " << answer.body;
    json::value heard = json::parse(answer.body);
    const std::string bare = path.substr(0, path.find('?'));
    const char* const type = answer.status < 400 ? "application/json" : "application/problem+json";
    EXPECT_EQ(document.fault_of_answer(method, bare, answer.status, type, heard), "") << method << path << answer.body;
    if (answer.status < 400) {
      EXPECT_EQ(document.fault_of_request(method, bare, body), "") << json::serialize(body);
      exercised.insert(method + " " + document.template_of(bare));
    }
    return heard;
  }
  json::value send(const std::string& text, const std::string& key = {}) {
    return call(202, "POST", "/v1/messages", {{"to", alice_jid}, {"text", text}}, home_token,
                key.empty() ? "" : "Idempotency-Key: " + key + "\r\n");
  }
  std::vector<std::string> texts_after(const std::string& query, const std::string& token = home_token) {
    last = call(200, "GET", "/v1/events" + query, nullptr, token);
    std::vector<std::string> texts;
    for (const auto& event : last.at("events").as_array()) {
      texts.emplace_back(event.at("payload").at("text").as_string());
      cursors.emplace_back(event.at("cursor").as_string());
    }
    return texts;
  }
  void ack(const std::string& cursor, const std::string& token = home_token) {
    call(200, "POST", "/v1/events/ack", {{"cursor", cursor}}, token);
  }
  void alice_says(const std::string& text) {
    alice.say(text);
    rig.until("it is an event", [&] {
      const auto events = rig.store().run([](store::Tables& t) { return t.api_events.after("api:home", 0, 1000); });
      return !events.empty() && as_text(events.back().payload).find(text) != std::string::npos;
    });
  }

  test::OpenApi document{gateway::api::document()};
  std::set<std::string> exercised;
  json::value last;
  std::vector<std::string> cursors;
};

// --- sending

TEST_F(ApiFlow, AMessageIsSentOnceAndItsFateCanBeAsked) {
  rig.start();
  const json::value first = send("disk full", "key");
  EXPECT_EQ(first.at("state"), "accepted");
  EXPECT_EQ(send("disk full", "key"), first);
  rig.restart();
  EXPECT_EQ(send("disk full", "key"), first);
  call(409, "POST", "/v1/messages", {{"to", alice_jid}, {"text", "another"}}, home_token, "Idempotency-Key: key\r\n");
  rig.until("alice has read it", [&] { return alice.times_heard("disk full") == 1; });
  rig.until_state(MessageState::delivered);
  const std::string path = "/v1/messages/" + std::string(first.at("id").as_string());
  const json::value fate = call(200, "GET", path);
  EXPECT_EQ(fate.at("state"), "delivered");
  EXPECT_EQ(fate.at("to").as_string(), std::string_view(alice_jid));
  EXPECT_FALSE(fate.as_object().contains("text"));
  EXPECT_EQ(alice.times_heard("disk full"), 1u);
}

TEST_F(ApiFlow, AMessageIsNobodyElses) {
  add("second", "second-0123456789abcdef01", true, false, false);
  rig.start();
  const std::string path = "/v1/messages/" + std::string(send("mine").at("id").as_string());
  call(404, "GET", path, nullptr, "second-0123456789abcdef01");
  call(404, "DELETE", path, nullptr, "second-0123456789abcdef01");
  call(404, "PUT", path, {{"text", "yours"}}, "second-0123456789abcdef01");
}

TEST_F(ApiFlow, AMessageIsCorrectedTakenBackAnsweredAndReactedTo) {
  rig.start();
  const std::string id(send("first").at("id").as_string());
  rig.until("alice has read it", [&] { return alice.times_heard("first") == 1; });
  rig.until_state(MessageState::delivered);
  const json::value edit = call(202, "PUT", "/v1/messages/" + id, {{"text", "second"}});
  rig.until("alice sees the new text", [&] { return !alice.news().empty(); });
  EXPECT_THAT(alice.news().back(), HasSubstr("second"));
  rig.until("the edit has arrived", [&] {
    return call(200, "GET", "/v1/messages/" + std::string(edit.at("id").as_string())).at("state") == "delivered";
  });
  call(202, "DELETE", "/v1/messages/" + id);
  rig.until("alice sees it go", [&] { return alice.news().size() == 2; });
  EXPECT_THAT(alice.news().back(), HasSubstr("retract"));

  const std::string word = alice.say("a question");
  rig.until("it is an event", [&] { return texts_after("") == std::vector<std::string>{"a question"}; });
  const json::value question = last.at("events").at(0).at("payload").at("message_id");
  EXPECT_EQ(question.as_string(), std::string_view(word));
  call(202, "POST", "/v1/reactions", {{"to", alice_jid}, {"id", question}, {"reactions", {"👍"}}});
  rig.until("alice sees the thumb", [&] { return alice.news().size() == 3; });
  EXPECT_THAT(alice.news().back(), HasSubstr("👍"));
  call(202, "POST", "/v1/messages", {{"to", alice_jid}, {"text", "an answer"}, {"reply_to", {{"id", question}}}});
  rig.until("alice reads the answer", [&] { return alice.times_heard("an answer") == 1 || alice.news().size() == 4; });
  call(404, "POST", "/v1/messages", {{"to", alice_jid}, {"text", "an answer"}, {"reply_to", {{"id", "nonsense"}}}});
}

TEST_F(ApiFlow, OnlyAModeratingClientHasThingsTakenOutAndOnlyWhereItMayWrite) {
  rig.start();
  const store::AccountId account = rig.self().account;
  const auto wanted = [&] {
    return rig.store().run([&](store::Tables& t) { return gateway::wanted_moderations(t, account).size(); });
  };
  const auto say = [&](const std::string& room, const std::string& id, const std::string& number) {
    rig.store().run([&](store::Tables& t) {
      store::NewKnownMessage said{account, room, false, id, alice.key()};
      said.room_id = number;
      t.messages.add(said, rig.now);
    });
  };
  say(team_jid, "a", "r1");
  say(team_jid, "b", "");
  say("hall@rooms.example.org", "c", "r1");
  call(403, "POST", "/v1/moderations", {{"to", team_jid}, {"stanza_id", "r1"}}, other_token);
  call(403, "POST", "/v1/moderations", {{"to", "hall@rooms.example.org"}, {"stanza_id", "r1"}});
  call(404, "POST", "/v1/moderations", {{"to", team_jid}, {"stanza_id", "r2"}});
  call(409, "POST", "/v1/moderations", {{"to", team_jid}, {"id", "b"}});
  call(400, "POST", "/v1/moderations", {{"to", team_jid}, {"id", "a"}, {"stanza_id", "r1"}});
  call(400, "POST", "/v1/moderations", {{"to", team_jid}, {"id", "a"}, {"reason", std::string(501, 'x')}});
  EXPECT_EQ(wanted(), 0u);
}

TEST_F(ApiFlow, ANamedMessageIsUpdated) {
  rig.start();
  json::object body{{"to", alice_jid}, {"text", "down"}, {"name", "web1"}, {"update", true}};
  call(202, "POST", "/v1/messages", body);
  rig.until("alice has read it", [&] { return alice.times_heard("down") == 1; });
  rig.until_state(MessageState::delivered);
  body["text"] = "up again";
  call(202, "POST", "/v1/messages", body);
  rig.until("alice sees the new text", [&] { return !alice.news().empty(); });
  EXPECT_EQ(alice.heard().size(), 1u);
}

TEST_F(ApiFlow, NobodyElseIsWrittenTo) {
  rig.start();
  for (const char* const to : {"bob@example.net", "example.net", "alice@example.net.evil", "", "@", "a b"}) {
    const Answer answer = rig.http("POST", "/v1/messages", authorization(home_token) + "Content-Type: application/json\r\n",
                                   json::serialize(json::object{{"to", to}, {"text", "x"}}));
    EXPECT_TRUE(answer.status == 403 || answer.status == 400) << to << answer.body;
  }
  EXPECT_THAT(rig.outbox(), IsEmpty());
  call(403, "POST", "/v1/messages", {{"to", alice_jid}, {"text", "x"}, {"account", "elsewhere"}});
  EXPECT_THAT(rig.outbox(), IsEmpty());
}

TEST_F(ApiFlow, WhoSendsTooMuchWaits) {
  rig.settings.api.clients[0].sends_per_minute = 2;
  rig.start();
  send("one");
  send("two");
  const json::value problem = call(429, "POST", "/v1/messages", {{"to", alice_jid}, {"text", "three"}});
  EXPECT_EQ(problem.at("type"), "urn:omegate:problem:too-fast");
  EXPECT_THAT(rig.outbox(), SizeIs(2));
}

TEST_F(ApiFlow, AKeyBelowItsTrustIsNotWrittenToAndNotHeard) {
  rig.settings.api.clients[0].min_trust = trust::Level::verified;
  rig.start();
  send("for verified keys only");
  rig.until_state(MessageState::held);
  alice_says("said with a tofu key");
  EXPECT_THAT(texts_after(""), IsEmpty());
  EXPECT_THAT(texts_after("", other_token), ElementsAre("said with a tofu key"));
  EXPECT_EQ(last.at("waiting"), 0);
}

// --- who may

// case 176
TEST_F(ApiFlow, EachOperationWantsATokenWithItsScope) {
  rig.start();
  for (const Api::OperationName& operation : Api::operations()) {
    std::string path(operation.path);
    for (const std::string part : {"{id}", "{jid}"}) {
      if (const auto at = path.find(part); at != path.npos) path.replace(at, part.size(), "x");
    }
    const std::string method(operation.method);
    if (operation.scope == Api::Scope::none) {
      EXPECT_EQ(rig.http(method, path, "").status, 200u) << path;
      continue;
    }
    for (const std::string& headers :
         {std::string(), authorization("wrong-0123456789abcdef0123"), authorization(home_token + "x"),
          authorization(home_token.substr(1)), authorization(""), "X-Token: " + home_token + "\r\n",
          "Authorization: " + home_token + "\r\n", authorization(hook_token)}) {
      const Answer answer = rig.http(method, path, headers);
      EXPECT_EQ(answer.status, 401u) << method << path << headers;
      EXPECT_EQ(answer.body.find(home_token), std::string::npos);
    }
    EXPECT_EQ(rig.http(method, path + "?token=" + home_token, "").status, 400u) << path;
    const auto with = [&](const std::string& token) { return rig.http(method, path, authorization(token)).status; };
    const bool send = operation.scope == Api::Scope::send, events = operation.scope == Api::Scope::events,
               trust = operation.scope == Api::Scope::trust, moderate = operation.scope == Api::Scope::moderate;
    EXPECT_NE(with(home_token), 401u) << path;
    EXPECT_NE(with(home_token), 403u) << path;
    EXPECT_EQ(with(reader_token) == 403u, send || events || moderate) << method << path;
    EXPECT_EQ(with(other_token) == 403u, send || trust || moderate) << method << path;
  }
  EXPECT_THAT(rig.outbox(), IsEmpty());
}

TEST_F(ApiFlow, AnAccountThatIsNotItsOwnIsNeitherHeardNorShown) {
  rig.settings.api.clients[1].accounts = {"elsewhere"};
  rig.start();
  alice_says("hello");
  EXPECT_THAT(texts_after("", other_token), IsEmpty());
  EXPECT_THAT(call(200, "GET", "/v1/accounts", nullptr, other_token).at("accounts").as_array(), IsEmpty());
}

TEST_F(ApiFlow, ATokenThatWasTakenAwayOpensNothingMore) {
  rig.start();
  Listener listener(rig.io, rig.gateway().http_port(),
                    "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n" + authorization(home_token) + "\r\n");
  rig.until("the stream is open", [&] { return listener.heard().find("retry:") != std::string::npos; });
  rig.settings.api.clients.erase(rig.settings.api.clients.begin());
  rig.await(rig.gateway().reload(rig.settings));
  rig.until("the stream has ended", [&] { return listener.heard().ends_with("0\r\n\r\n"); });
  EXPECT_EQ(rig.http("GET", "/v1/client", authorization(home_token)).status, 401u);
  EXPECT_EQ(rig.http("GET", "/v1/client", authorization(other_token)).status, 200u);
}

TEST_F(ApiFlow, WithoutClientsThereIsNoApi) {
  rig.settings.api.clients.clear();
  rig.start();
  EXPECT_EQ(rig.http("GET", "/v1/client", authorization(home_token)).status, 404u);
}

// --- hearing

TEST_F(ApiFlow, WhatIsSaidWaitsUntilItIsAcknowledged) {
  rig.start();
  for (const char* const text : {"one", "two", "three"}) alice_says(text);
  EXPECT_THAT(texts_after(""), ElementsAre("one", "two", "three"));
  EXPECT_THAT(texts_after(""), ElementsAre("one", "two", "three"));
  rig.restart();
  EXPECT_THAT(texts_after("?after=" + cursors[0]), ElementsAre("two", "three"));
  ack(cursors[1]);
  EXPECT_THAT(texts_after(""), ElementsAre("three"));
  EXPECT_THAT(texts_after("?after=" + cursors[0]), ElementsAre("three"));
  EXPECT_THAT(texts_after("", other_token), ElementsAre("one", "two", "three"));
  ack(cursors[1]);
  ack(cursors[2]);
  EXPECT_THAT(texts_after(""), IsEmpty());
  EXPECT_EQ(call(200, "GET", "/v1/client").at("waiting"), 0);
  EXPECT_EQ(call(200, "GET", "/v1/client", nullptr, other_token).at("waiting"), 3);
}

TEST_F(ApiFlow, AnEventHasTheShapeThatPluginsKnow) {
  rig.start();
  const std::string id = alice.say("hello");
  rig.until("it is there", [&] { return !texts_after("").empty(); });
  const json::value& event = last.at("events").at(0);
  EXPECT_EQ(event.at("kind"), "message");
  const json::object& payload = event.at("payload").as_object();
  EXPECT_EQ(payload.at("from").as_string(), std::string_view(alice_jid));
  EXPECT_EQ(payload.at("account"), "bot");
  EXPECT_EQ(payload.at("trust"), "tofu");
  EXPECT_EQ(payload.at("message_id").as_string(), std::string_view(id));
  EXPECT_EQ(payload.at("encrypted"), true);
}

TEST_F(ApiFlow, WhoWaitsHearsAtOnce) {
  rig.start();
  Listener listener(rig.io, rig.gateway().http_port(),
                    "GET /v1/events?wait=60 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + authorization(home_token) + "\r\n");
  rig.let_pass(50ms);
  EXPECT_EQ(listener.heard(), "");
  alice.say("at last");
  rig.until("the answer is there", [&] { return listener.heard().find("at last") != std::string::npos; });
}

TEST_F(ApiFlow, WhoWaitsInVainGetsAnEmptyAnswerAndAPlaceToGoOn) {
  rig.start();
  EXPECT_THAT(texts_after("?wait=1"), IsEmpty());
  const std::string next(last.at("next").as_string());
  alice_says("later");
  EXPECT_THAT(texts_after("?after=" + next), ElementsAre("later"));
}

TEST_F(ApiFlow, APlaceOfAnotherDatabaseIsNotMistakenForOneOfThis) {
  rig.start();
  alice_says("one");
  EXPECT_THAT(texts_after(""), ElementsAre("one"));
  const std::string number = cursors[0].substr(0, cursors[0].find('-'));
  for (const std::string& cursor : {number + "-00000000", std::string("7-00000000"), std::string("9223372036854775807-00000000")}) {
    const json::value problem = call(409, "GET", "/v1/events?after=" + cursor);
    EXPECT_EQ(problem.at("type"), "urn:omegate:problem:unknown-cursor");
    call(409, "POST", "/v1/events/ack", {{"cursor", cursor}});
  }
  for (const char* const cursor : {"x", "1", "1-", "-1-00000000", "1-0000000g", "99999999999999999999-00000000"})
    call(400, "GET", std::string("/v1/events?after=") + cursor);
  EXPECT_THAT(texts_after(""), ElementsAre("one"));
}

TEST_F(ApiFlow, WhatAnUndecidedKeySaidComesWhenItIsApproved) {
  rig.settings.accounts[0].policy = config::TrustPolicy::manual;
  rig.start();
  alice.say("let me in");
  rig.until("it is kept", [&] {
    for (const auto& row : rig.inbox()) {
      if (row.event.plugin == "api:home" && row.parked) return true;
    }
    return false;
  });
  EXPECT_THAT(texts_after(""), IsEmpty());
  const std::string next(last.at("next").as_string());
  rig.ask("trust.approve", {{"account", "bot"}, {"jid", alice_jid}, {"which", "all"}});
  rig.until("it is heard", [&] { return texts_after("?after=" + next) == std::vector<std::string>{"let me in"}; });
}

TEST_F(ApiFlow, WhatARevokedKeySaidIsNotHeardAnyMore) {
  rig.start();
  alice_says("before");
  rig.ask("trust.revoke", {{"account", "bot"}, {"jid", alice_jid}, {"which", omemo::fingerprint(alice.key())}});
  EXPECT_THAT(texts_after(""), IsEmpty());
  EXPECT_EQ(last.at("waiting"), 0);
}

TEST_F(ApiFlow, WhatIsLostIsSaid) {
  rig.start();
  alice_says("old");
  rig.advance(std::chrono::days(31));
  alice_says("new");
  EXPECT_THAT(texts_after(""), ElementsAre("new"));
  EXPECT_EQ(last.at("lost"), 1);
  ack(cursors.back());
  texts_after("");
  EXPECT_EQ(last.at("lost"), 0);
}

TEST_F(ApiFlow, ManyWhoWaitEndTheOldest) {
  rig.start();
  std::vector<std::unique_ptr<Listener>> listeners;
  for (std::size_t i = 0; i <= gateway::api::max_waiting_requests; ++i) {
    listeners.push_back(std::make_unique<Listener>(
        rig.io, rig.gateway().http_port(),
        "GET /v1/events?wait=60 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + authorization(home_token) + "\r\n"));
    rig.let_pass(20ms);
  }
  rig.until("the first has ended", [&] { return listeners[0]->has_ended(); });
  EXPECT_FALSE(listeners[1]->has_ended());
  EXPECT_THAT(listeners[0]->heard(), HasSubstr("\"events\":[]"));
}

// --- the document

/// What `call` compares with it besides: each request and answer of these tests.
TEST_F(ApiFlow, EachOperationOfTheDocumentWorksAsItSays) {
  rig.start();
  const std::string id(send("text").at("id").as_string());
  rig.until("alice has read it", [&] { return alice.times_heard("text") == 1; });
  call(200, "GET", "/v1/messages/" + id);
  call(202, "PUT", "/v1/messages/" + id, {{"text", "another"}});
  alice_says("hello");
  EXPECT_THAT(texts_after(""), ElementsAre("hello"));
  const json::value message = last.at("events").at(0).at("payload").at("message_id");
  call(202, "POST", "/v1/reactions", {{"to", alice_jid}, {"id", message}, {"reactions", {"👍"}}});
  call(202, "DELETE", "/v1/messages/" + id);
  ack(cursors.back());
  const store::AccountId account = rig.self().account;
  rig.store().run([&](store::Tables& t) {
    store::NewKnownMessage said{account, team_jid, false, "their-id", alice.key()};
    said.room_id = "r7";
    t.messages.add(said, rig.now);
  });
  call(202, "POST", "/v1/moderations", {{"to", team_jid}, {"stanza_id", "r7"}, {"reason", "advertising"}});
  EXPECT_EQ(call(200, "GET", "/v1/client").at("name"), "home");
  const json::value accounts = call(200, "GET", "/v1/accounts").at("accounts");
  EXPECT_EQ(accounts.at(0).at("state"), "online");
  call(200, "GET", "/v1/rooms");
  const json::value keys = call(200, "GET", "/v1/contacts/" + std::string(alice_jid) + "/keys").at("keys");
  EXPECT_EQ(keys.at(0).at("level"), "tofu");
  EXPECT_EQ(call(200, "GET", "/v1/openapi.json").at("openapi"), "3.1.0");
  const auto all = document.operations();
  EXPECT_EQ(exercised, std::set<std::string>(all.begin(), all.end()));
}

TEST(ApiDocument, NamesEachOperationThereIs) {
  const test::OpenApi document(gateway::api::document());
  std::set<std::string> there;
  for (const Api::OperationName& each : Api::operations()) there.insert(std::string(each.method) + " " + std::string(each.path));
  const auto named = document.operations();
  EXPECT_EQ(there, std::set<std::string>(named.begin(), named.end()));
}

// --- streams

// case 191
TEST_F(ApiFlow, AStreamGoesOnWhereItsReaderStopped) {
  rig.start();
  const auto open = [&](const std::string& last_id) {
    return std::make_unique<Listener>(rig.io, rig.gateway().http_port(),
                                      "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n" +
                                          authorization(home_token) + (last_id.empty() ? "" : "Last-Event-ID: " + last_id + "\r\n") + "\r\n");
  };
  alice_says("one");
  auto stream = open("");
  rig.until("it brings what waited", [&] { return stream->heard().find("\"one\"") != std::string::npos; });
  alice.say("two");
  rig.until("it brings what comes", [&] { return stream->heard().find("\"two\"") != std::string::npos; });
  EXPECT_THAT(stream->heard(), HasSubstr("Content-Type: text/event-stream"));
  EXPECT_THAT(stream->heard(), HasSubstr("event: message\n"));
  const auto at = stream->heard().find("id: ") + 4;
  const std::string first_id = stream->heard().substr(at, stream->heard().find('\n', at) - at);
  stream.reset();
  alice_says("three");
  stream = open(first_id);
  rig.until("it goes on", [&] { return stream->heard().find("\"three\"") != std::string::npos; });
  EXPECT_NE(stream->heard().find("\"two\""), std::string::npos);
  EXPECT_EQ(stream->heard().find("\"one\""), std::string::npos);
}

}  // namespace
}  // namespace omegate::flow
