// A command that several people have to agree to: whose word counts, and what is left of it in the ledger.
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "test_places.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string bob_jid = "bob@example.net", carol_jid = "carol@example.net";

struct ApprovalFlow : testing::Test {
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::legacy}}, bob{rig.xmpp, bob_jid, {Version::legacy}};

  ApprovalFlow() {
    config::PluginSettings voter;
    voter.name = "voter";
    voter.path = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/voter");
    voter.roles = {{"admin", {alice_jid, bob_jid}}};
    rig.settings.plugins.push_back(voter);
    rig.settings.accounts[0].allow = {alice_jid, bob_jid, carol_jid};
  }
  static std::string said(const Contact& contact, const std::string& part) {
    for (const std::string& text : contact.heard())
      if (text.find(part) != std::string::npos) return text;
    return {};
  }
  void verify(Contact& contact) {
    const std::string key = omemo::fingerprint(contact.key());
    rig.ask("trust.approve", {{"jid", contact.jid()}, {"which", key}, {"level", "verified"}});
  }
  void meet(Contact& contact) {
    contact.say("ping");
    rig.until("the answer is here", [&] { return contact.times_heard("pong") == 1; });
  }
  void begin() {
    rig.start();
    meet(alice);
    meet(bob);
    verify(alice);
    verify(bob);
  }
  /// Alice gives the command; the code of the request.
  std::string ask(const std::string& what) {
    alice.say("launch " + what);
    rig.until("bob is asked", [&] { return !said(bob, "launch " + what).empty(); });
    rig.until("alice knows that it waits", [&] { return !said(alice, "waits for approval").empty(); });
    const std::string text = said(bob, "launch " + what), order = "omegate approve ";
    return text.substr(text.find(order) + order.size(), 8);
  }
  void until_heard(const Contact& contact, const std::string& part) {
    rig.until("somebody reads: " + part, [&] { return !said(contact, part).empty(); });
  }
  /// Whatever was under way has had its effects.
  void settle() {
    const auto before = alice.times_heard("pong");
    alice.say("ping");
    rig.until("all is quiet", [&] { return alice.times_heard("pong") == before + 1; });
  }
  json::array approvals() { return rig.ask("trust.log", {{"fact", "approval"}, {"limit", 10}}).at("rows").as_array(); }
};

TEST_F(ApprovalFlow, ItRunsWhenTheSecondOfTwoHasAgreedAndTheLedgerHasBothWords) {
  begin();
  const std::string code = ask("rocket");
  EXPECT_THAT(said(bob, "launch rocket"), HasSubstr(alice_jid));
  alice.say("omegate approve " + code);
  until_heard(alice, "1/2: ");
  EXPECT_THAT(said(alice, "launched"), IsEmpty()) << "the same person counts once";
  bob.say("omegate approve " + code);
  until_heard(alice, "launched rocket for " + alice_jid + " and " + bob_jid);
  until_heard(bob, "2/2: ");
  const auto rows = approvals();
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(std::string(rows[0].at("jid").as_string()), bob_jid);
  EXPECT_EQ(std::string(rows[1].at("jid").as_string()), alice_jid);
  for (const auto& row : rows) {
    EXPECT_EQ(std::string(row.at("value").as_string()), code);
    EXPECT_THAT(std::string(row.at("why").as_string()), HasSubstr("launch rocket"));
  }
  EXPECT_TRUE(rig.ask("trust.verify", {}).at("ok").as_bool());
  bob.say("omegate approve " + code);
  settle();
  EXPECT_EQ(alice.times_heard("launched rocket for " + alice_jid + " and " + bob_jid), 1u) << "it ran once";
}

TEST_F(ApprovalFlow, AKeyThatIsNotVerifiedDoesNotCount) {
  rig.start();
  meet(alice);
  meet(bob);
  verify(alice);
  const std::string code = ask("rocket");
  bob.say("omegate approve " + code);
  until_heard(bob, "verified");
  settle();
  EXPECT_THAT(said(alice, "launched"), IsEmpty());
  EXPECT_THAT(approvals(), SizeIs(1)) << "who gave the command is verified";
  verify(bob);
  bob.say("omegate approve " + code);
  until_heard(alice, "launched rocket");
}

TEST_F(ApprovalFlow, AWordThatAnotherReaderCouldHaveForgedDoesNotCount) {
  begin();
  const std::string code = ask("rocket");
  xml::Element stanza = bob.encrypt("omegate approve " + code);
  const xml::Element& encrypted = *stanza.child("encrypted", xmpp::ns::omemo_legacy);
  xml::Element header = *encrypted.child("header", xmpp::ns::omemo_legacy);
  xml::Element other("key", xmpp::ns::omemo_legacy);
  other.set("rid", "4711").add_text("AAAA");
  header.add(std::move(other));
  xml::Element forged("encrypted", xmpp::ns::omemo_legacy);
  forged.add(std::move(header));
  forged.add(*encrypted.child("payload", xmpp::ns::omemo_legacy));
  xml::Element message("message", xmpp::ns::client);
  message.set("type", "chat").set("id", "shared").add(std::move(forged));
  rig.xmpp.deliver(bob.full_jid(), std::move(message));
  until_heard(bob, "does not count");
  settle();
  EXPECT_THAT(said(alice, "launched"), IsEmpty());
  EXPECT_THAT(approvals(), SizeIs(1));
}

/// The word of a key that was revoked counts no more; that of another device of the same person does, and is one.
TEST_F(ApprovalFlow, ANewWordTakesThePlaceOfARevokedOne) {
  Contact laptop(rig.xmpp, alice_jid, {Version::legacy});
  begin();
  laptop.say("a word that waits");
  rig.until("its key is known", [&] {
    const auto answer = rig.ask("trust.list", {{"jid", alice_jid}});
    return answer.at("keys").as_array().size() == 2;
  });
  verify(laptop);
  const std::string code = ask("rocket");
  rig.ask("trust.revoke", {{"jid", alice_jid}, {"which", omemo::fingerprint(alice.key())}});
  bob.say("omegate approve " + code);
  until_heard(bob, "1/2: ");
  laptop.say("omegate approve " + code);
  until_heard(laptop, "2/2: ");
  EXPECT_THAT(approvals(), SizeIs(3));
  bob.say("ping");
  rig.until("all is quiet", [&] { return bob.times_heard("pong") == 2; });
  EXPECT_THAT(said(laptop, "launched"), IsEmpty()) << "the key that gave the command was revoked";
}

/// Whoever gives a command chooses how long it is; the ledger has to stay readable.
TEST_F(ApprovalFlow, ALongCommandLeavesAReadableLedger) {
  begin();
  std::string rockets = "x";
  while (rockets.size() < 5000) rockets += "🚀";
  const std::string code = ask(rockets);
  const auto rows = approvals();
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_THAT(std::string(rows[0].at("why").as_string()), HasSubstr("(plugin voter, 1 of 2): launch x🚀"));
}

TEST_F(ApprovalFlow, WhoIsNotOfTheRoleIsNotAsked) {
  Contact carol(rig.xmpp, carol_jid, {Version::legacy});
  begin();
  meet(carol);
  verify(carol);
  const std::string code = ask("rocket");
  carol.say("omegate approve " + code);
  settle();
  EXPECT_THAT(said(carol, "launch"), IsEmpty());
  EXPECT_THAT(said(alice, "launched"), IsEmpty());
}

TEST_F(ApprovalFlow, AfterItsTimeItIsOver) {
  begin();
  const std::string code = ask("rocket");
  rig.advance(11min);
  bob.say("omegate approve " + code);
  settle();
  EXPECT_THAT(said(alice, "launched"), IsEmpty());
  EXPECT_THAT(approvals(), SizeIs(1));
}

TEST_F(ApprovalFlow, AKeyThatIsRevokedMeanwhileTakesItsWordAlong) {
  begin();
  const std::string code = ask("rocket");
  rig.ask("trust.revoke", {{"jid", alice_jid}, {"which", omemo::fingerprint(alice.key())}});
  bob.say("omegate approve " + code);
  until_heard(bob, "1/2: ");
  EXPECT_THAT(said(alice, "launched"), IsEmpty());
}

TEST_F(ApprovalFlow, OneNoCallsItOffAndARestartForgetsNothing) {
  begin();
  const std::string off = ask("rocket"), on = ask("balloon");
  rig.restart();
  bob.say("omegate deny " + off);
  until_heard(alice, "called it off");
  bob.say("omegate approve " + off);
  bob.say("omegate approve " + on);
  until_heard(alice, "launched balloon");
  settle();
  EXPECT_THAT(said(alice, "launched rocket"), IsEmpty());
}

}  // namespace
}  // namespace omegate::flow
