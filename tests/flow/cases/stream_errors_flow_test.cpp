// What a server says when it ends a stream, and what follows from it.
#include "tests/flow/world/contact.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::HasSubstr;

class StreamErrors : public testing::Test {
 protected:
  json::object account() { return rig.ask("status", {}).at("accounts").at(0).as_object(); }
  std::string state_of_account() { return std::string(account().at("state").as_string()); }
  std::string detail() { return std::string(account().at("detail").as_string()); }

  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::omemo2}};
};

// case 33
TEST_F(StreamErrors, AWrongPasswordIsTriedThreeTimesAndThenSaid) {
  rig.xmpp.change_password();
  rig.begin();
  rig.until("it is stopped", [&] { return state_of_account() == "stopped"; });
  EXPECT_EQ(rig.xmpp.connections(), 3);
  EXPECT_THAT(detail(), HasSubstr("refuses the login: not-authorized"));
  EXPECT_THAT(detail(), HasSubstr("Check account and password"));
  rig.hook("waits for a person");
  rig.until("it is in the outbox", [&] { return !rig.outbox().empty(); });
  rig.let_pass(200ms);
  EXPECT_EQ(rig.xmpp.connections(), 3) << "a fourth try may lock the account";
  const auto row = rig.ask("outbox.list", {{"limit", 10}}).at("rows").at(0);
  EXPECT_EQ(row.at("waits").at("for").as_string(), "account");
  EXPECT_THAT(std::string(row.at("waits").at("why").as_string()), HasSubstr("not-authorized"));
}

// case 27
TEST_F(StreamErrors, AConflictIsNoStormAndIsSaid) {
  rig.pace.longest_reconnect = 1h;
  rig.start();
  rig.xmpp.end_stream("conflict");
  rig.until("it waits", [&] { return state_of_account() == "waiting"; });
  EXPECT_THAT(detail(), HasSubstr("does a second gateway run with it?"));
  const auto pause = account().at("next_try_ms").as_int64() - account().at("since_ms").as_int64();
  EXPECT_GE(pause, 45'000);
  rig.let_pass(300ms);
  EXPECT_EQ(rig.xmpp.connections(), 1);
}

// case 26
TEST_F(StreamErrors, AServerThatGoesDownOrStartsAnewIsResumed) {
  rig.start();
  int streams = 1;
  for (const char* condition : {"system-shutdown", "reset", "undefined-condition", "connection-timeout"}) {
    rig.xmpp.end_stream(condition);
    const std::string text = std::string("after ") + condition;
    rig.hook(text);
    rig.until(text, [&] { return alice.times_heard(text) == 1; });
    EXPECT_EQ(rig.xmpp.connections(), ++streams) << condition;
    EXPECT_EQ(rig.xmpp.resumptions(), streams - 1) << condition;
  }
  EXPECT_EQ(alice.repetitions(), 0);
}

// case 26
TEST_F(StreamErrors, ARedirectionIsFollowedToTheSameName) {
  rig.pace.longest_reconnect = 1h;
  rig.start();
  XmppWorld other(rig.io.get_executor());
  rig.xmpp.end_stream("see-other-host", "127.0.0.1:" + std::to_string(other.port()));
  rig.until("the other host has it", [&] { return other.online(); });
  EXPECT_EQ(rig.xmpp.connections(), 1);
  // Two hosts that send it to each other get it with pauses that grow, and not at once.
  other.end_stream("see-other-host", "127.0.0.1:" + std::to_string(rig.xmpp.port()));
  rig.until("it waits", [&] { return state_of_account() == "waiting"; });
  EXPECT_EQ(rig.xmpp.connections(), 1);
  other.stop();
  rig.stop();
  rig.io.poll();  // the end of `other` is at work there
}

struct Ending {
  const char* condition;
  bool resumes;
};

/// The server ends the stream over one of several messages.
class Objection : public testing::TestWithParam<Ending> {
 protected:
  Objection() {
    rig.xmpp.objects = [](const xml::Element& stanza) {
      const bool bad = stanza.local() == "message" && stanza.to_string().size() > 8000;
      return bad ? std::string(GetParam().condition) : std::string();
    };
    rig.xmpp.resumes = GetParam().resumes;
  }
  store::OutboxRow row(std::size_t i) {
    const auto rows = rig.outbox();
    return rows.at(rows.size() - 1 - i);
  }

  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::omemo2}};
};
INSTANTIATE_TEST_SUITE_P(Endings, Objection,
                         testing::Values(Ending{"policy-violation", true}, Ending{"policy-violation", false},
                                         Ending{"not-well-formed", true}, Ending{"not-well-formed", false}),
                         [](const auto& ending) {
                           const bool policy = std::string(ending.param.condition) == "policy-violation";
                           return std::string(policy ? "policy" : "xml") +
                                  (ending.param.resumes ? "_resumed" : "_bound_anew");
                         });

TEST_P(Objection, FindsTheMessageAndParksItAndTheOthersGoOn) {
  rig.start();
  rig.xmpp.acknowledges = false;
  rig.hook("first");
  rig.until("it is on its way", [&] { return alice.times_heard("first") == 1; });
  rig.hook(std::string(9000, 'x'));
  rig.hook("third");
  rig.until("the stream ends", [&] { return rig.xmpp.objections() == 1; });
  rig.xmpp.acknowledges = true;
  rig.until("the third arrives", [&] { return alice.times_heard("third") == 1; });
  rig.until("the first is sent", [&] { return row(0).state >= MessageState::sent; });
  rig.until("the third is sent", [&] { return row(2).state >= MessageState::sent; });
  EXPECT_EQ(row(1).state, MessageState::parked);
  EXPECT_THAT(row(1).reason, HasSubstr("the server ended the connection over it"));
  const int objections = rig.xmpp.objections();
  EXPECT_GE(objections, 2) << "once among others, once alone";
  EXPECT_LE(objections, 3) << "once more at most: the end of a connection may overtake the reason for it";
  EXPECT_EQ(alice.times_heard("first"), 1u);
  EXPECT_EQ(rig.ask("outbox.show", {{"id", row(1).id.value()}}).at("waits").at("for").as_string(), "operator");

  rig.hook("fourth");
  rig.until("all goes on", [&] { return alice.times_heard("fourth") == 1; });
  rig.let_pass(100ms);
  EXPECT_EQ(rig.xmpp.objections(), objections);
}

TEST_P(Objection, TwoOfThemCostThreeStreams) {
  rig.pace.longest_reconnect = 300ms;
  rig.start();
  rig.xmpp.acknowledges = false;
  rig.hook("first");
  rig.until("it is on its way", [&] { return alice.times_heard("first") == 1; });
  rig.xmpp.cut();
  rig.hook(std::string(9000, 'x'));
  rig.hook(std::string(9001, 'y'));
  rig.hook("fourth");
  rig.xmpp.acknowledges = true;
  rig.until("the fourth arrives", [&] { return alice.times_heard("fourth") == 1; });
  rig.until("both are parked", [&] {
    return row(1).state == MessageState::parked && row(2).state == MessageState::parked;
  });
  EXPECT_LE(rig.xmpp.objections(), 4);
  EXPECT_EQ(alice.times_heard("first"), 1u);
}

/// XEP-0478
class AnnouncedLimits : public testing::Test {
 protected:
  void announce(const std::string& limits) {
    rig.xmpp.announce("<limits xmlns='urn:xmpp:stream-limits:0'>" + limits + "</limits>");
  }
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::omemo2}};
};

TEST_F(AnnouncedLimits, AMessageThatIsTooLargeIsParkedAndNeverSent) {
  announce("<max-bytes>12000</max-bytes>");
  rig.start();
  rig.hook(std::string(15'000, 'x'));
  rig.until_state(MessageState::parked);
  EXPECT_THAT(rig.reason(), HasSubstr("too large for the server"));
  EXPECT_THAT(rig.reason(), HasSubstr("it takes 12000"));
  rig.hook("short");
  rig.until("what fits goes out", [&] { return alice.times_heard("short") == 1; });
  for (const Said& said : rig.xmpp.said()) EXPECT_LE(said.bytes.size(), 12'000u);
}

/// It was sealed for a server that took more.
TEST_F(AnnouncedLimits, AMessageThatWasOnItsWayIsParkedToo) {
  rig.start();
  rig.xmpp.acknowledges = false;
  rig.hook(std::string(15'000, 'x'));
  rig.until("it is on the wire", [&] { return !alice.heard().empty(); });
  rig.xmpp.acknowledges = true;
  rig.xmpp.resumes = false;
  announce("<max-bytes>12000</max-bytes>");
  rig.xmpp.cut();
  rig.until_state(MessageState::parked);
  EXPECT_THAT(rig.reason(), HasSubstr("too large for the server"));
  EXPECT_EQ(rig.xmpp.messages_to(alice_jid).size(), 1u);
}

TEST_F(AnnouncedLimits, AServerThatCutsIdleStreamsHearsSomethingInTime) {
  announce("<idle-seconds>2</idle-seconds>");
  rig.start();
  rig.until("nothing is under way", [&] { return rig.xmpp.unacknowledged() == 0; });
  rig.let_pass(200ms);
  const int before = rig.xmpp.elements();
  rig.let_pass(1900ms);
  EXPECT_GT(rig.xmpp.elements(), before);
}

TEST_F(AnnouncedLimits, AServerThatClaimsToTakeNothingIsNotBelieved) {
  announce("<max-bytes>1</max-bytes>");
  rig.start();
  rig.hook("short");
  rig.until("it goes out", [&] { return alice.times_heard("short") == 1; });
}

}  // namespace
}  // namespace omegate::flow
