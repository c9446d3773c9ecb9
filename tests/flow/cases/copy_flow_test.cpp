// Another copy of the database has been online with our account: the server remembers.
#include "bridge/core/crypto/encoding.hpp"
#include "bridge/gateway/stream/server_anchor.hpp"
#include "tests/flow/world/contact.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using testing::HasSubstr;

struct CopyFlow : testing::Test {
  CopyFlow() {
    rig.pace.look_for_copy = 20ms;
    rig.pace.other_copy = 300ms;
    rig.start();
    ask_and_hear("one");
  }

  void ask_and_hear(const std::string& text) {
    rig.hook(text);
    rig.until("alice reads it", [&] { return alice.times_heard(text) == 1; });
  }

  /// What a copy of this database would have published.
  xml::Element item(Byte fill, bool genuine = true) {
    store::EpochId epoch{};
    epoch.fill(fill);
    Bytes message = to_bytes(bot_jid + std::string("\n"));
    message.insert(message.end(), epoch.begin(), epoch.end());
    Bytes tag = rig.store().run([&](store::Tables& t) { return t.lineage.tag("server-anchor", message); });
    if (!genuine) tag[0] ^= 1;
    xml::Element anchor("anchor", gateway::anchor_node);
    anchor.set("epoch", crypto::to_hex(epoch)).set("tag", crypto::to_hex(tag));
    return anchor;
  }
  void server_remembers(xml::Element anchor) {
    rig.xmpp.put(bot_jid, std::string(gateway::anchor_node), "current", std::move(anchor));
  }
  std::string detail() {
    return std::string(rig.ask("status", {}).at("accounts").at(0).at("detail").as_string());
  }
  bool renewed() { return rig.ask("status", {}).as_object().contains("renewed"); }

  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {omemo::Version::legacy}};
};

// case 121
TEST_F(CopyFlow, OneThatIsGoneLeavesAnOldStateWhichIsRenewed) {
  const auto device = rig.self().device;
  server_remembers(item(1));
  rig.restart();
  // On a new stream: the one to resume might be the other copy's by now.
  rig.until("everything is made anew", [&] { return renewed(); });
  EXPECT_EQ(rig.self().device, device);
  ask_and_hear("two");
  alice.say("ping");
  rig.until("the new session works both ways", [&] { return alice.times_heard("pong") == 1; });
  rig.restart();
  ask_and_hear("three");
}

TEST_F(CopyFlow, NothingIsSentBeforeThatIsKnown) {
  server_remembers(item(1));
  rig.pace.other_copy = 1h;
  rig.stop();
  rig.begin();
  const auto before = rig.xmpp.messages_to(alice_jid).size();
  rig.hook("two");
  rig.let_pass(300ms);
  EXPECT_EQ(rig.xmpp.messages_to(alice_jid).size(), before);
  EXPECT_FALSE(renewed());
}

// case 163
TEST_F(CopyFlow, OneThatIsAliveStopsUsForGood) {
  server_remembers(item(1));
  rig.pace.other_copy = 1h;
  rig.stop();
  int looks = 0;
  rig.xmpp.interfere = [&](const xml::Element& iq) -> std::optional<xml::Element> {
    if (iq.to_string().find(gateway::anchor_node) != std::string::npos) ++looks;
    return std::nullopt;
  };
  rig.begin();
  rig.until("it has met the first and looks again", [&] { return looks >= 2; });
  server_remembers(item(2));
  rig.until("we stop", [&] { return detail().find("another copy") != std::string::npos; });
  EXPECT_FALSE(renewed());
  rig.xmpp.interfere = {};
  rig.stop();
  EXPECT_THROW(rig.begin(), std::runtime_error) << "no start by itself";
}

TEST_F(CopyFlow, AServerCannotInventOne) {
  server_remembers(item(1, false));
  rig.pace.other_copy = 1h;
  rig.restart();
  EXPECT_FALSE(renewed());
  ask_and_hear("two");
}

TEST_F(CopyFlow, AServerWithoutPepIsNoReasonToWait) {
  rig.xmpp.interfere = [](const xml::Element& iq) -> std::optional<xml::Element> {
    if (iq.to_string().find(gateway::anchor_node) == std::string::npos) return std::nullopt;
    return error_answer(iq, "cancel", "feature-not-implemented");
  };
  rig.restart();
  ask_and_hear("two");
}

}  // namespace
}  // namespace omegate::flow
