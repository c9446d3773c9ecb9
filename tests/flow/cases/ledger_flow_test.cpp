// The ledger as an operator argues with it: filtered, explained, carried elsewhere, forgotten.
#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/trust/chain.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct LedgerFlow : testing::Test {
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::legacy}};

  LedgerFlow() {
    rig.settings.accounts[0].policy = trust::Policy::tofu;
    rig.start();
    alice.say("ping");
    rig.until("alice has her answer", [&] { return alice.times_heard("pong") == 1; });
  }
  std::string fingerprint() { return omemo::fingerprint(alice.key(), omemo::FingerprintStyle::plain); }
  std::vector<std::string> facts(json::object args) {
    std::vector<std::string> found;
    const auto page = rig.ask("trust.log", std::move(args));
    for (const auto& row : page.at("rows").as_array()) found.emplace_back(row.at("fact").as_string());
    return found;
  }
};

TEST_F(LedgerFlow, IsFilteredByContactKeyFactAndTime) {
  const auto of_alice = facts({{"jid", alice_jid}});
  EXPECT_THAT(of_alice, testing::Contains("tofu"));
  EXPECT_THAT(of_alice, Not(testing::Contains("policy")));
  EXPECT_THAT(facts({{"key", fingerprint()}}), ElementsAre("tofu", "seen"));
  EXPECT_THAT(facts({{"key", std::string(64, '1')}}), IsEmpty());
  EXPECT_THAT(facts({{"fact", "policy"}}), ElementsAre("policy"));
  const auto later = rig.now.load() + 1h;
  rig.advance(2h);
  rig.ask("trust.revoke", {{"jid", alice_jid}, {"which", fingerprint()}});
  EXPECT_THAT(facts({{"jid", alice_jid}, {"since_ms", to_ms(later)}}), ElementsAre("revoked"));
  EXPECT_EQ(facts({{"jid", alice_jid}, {"until_ms", to_ms(later)}}), of_alice);
}

TEST_F(LedgerFlow, ExplainsADecisionByItsRows) {
  rig.ask("trust.revoke", {{"jid", alice_jid}, {"which", fingerprint()}, {"why", "stolen"}});
  const auto explained = rig.ask("trust.explain", {{"which", std::to_string(alice.device().value())}});
  EXPECT_EQ(explained.at("decision").as_string(), "refuse");
  EXPECT_EQ(explained.at("jid").as_string(), alice_jid);
  const auto& steps = explained.at("steps").as_array();
  ASSERT_GE(steps.size(), 3u);
  EXPECT_EQ(steps.back().at("fact").as_string(), "revoked");
  EXPECT_EQ(steps.back().at("why").as_string(), "stolen");
  bool allowed_once = false;
  for (const auto& step : steps) allowed_once |= step.at("decision").as_string() == "allow";
  EXPECT_TRUE(allowed_once) << "tofu let her in";
}

TEST_F(LedgerFlow, IsExportedAsRowsThatVerifyElsewhere) {
  const auto checkpoint = rig.ask("trust.checkpoint", {});
  rig.ask("trust.rotate", {{"why", "spring"}});
  rig.ask("trust.approve", {{"jid", alice_jid}, {"which", fingerprint()}, {"level", "verified"}});
  const auto page = rig.ask("trust.export", {{"after", 0}, {"limit", 1000}});
  EXPECT_FALSE(page.at("more").as_bool());
  const auto bytes = [](const json::value& line, const char* name) {
    return crypto::from_base64(std::string(line.at(name).as_string())).value();
  };
  crypto::PublicKey first{};
  std::ranges::copy(crypto::from_hex(std::string(page.at("signed_by").as_string())).value(), first.begin());
  trust::Verifier verifier(first);
  for (const auto& line : page.at("rows").as_array()) {
    trust::Row row;
    row.entry = bytes(line, "entry");
    if (line.as_object().contains("salt")) std::ranges::copy(bytes(line, "salt"), row.salt.emplace().begin());
    if (line.as_object().contains("commitment"))
      std::ranges::copy(bytes(line, "commitment"), row.commitment.emplace().begin());
    std::ranges::copy(crypto::from_hex(std::string(line.at("hash").as_string())).value(), row.hash.begin());
    std::ranges::copy(bytes(line, "signature"), row.signature.begin());
    ASSERT_TRUE(verifier.next(row)) << line;
  }
  const auto report =
      rig.ask("trust.verify", {{"row", checkpoint.at("row")}, {"hash", checkpoint.at("hash")}});
  EXPECT_EQ(report.at("checkpoint").as_string(), "kept");
  EXPECT_TRUE(report.at("ok").as_bool());
  EXPECT_EQ(crypto::to_hex(verifier.head().hash), report.at("head").as_string());
  EXPECT_EQ(crypto::to_hex(verifier.signed_by()), report.at("signed_by").as_string());
  const auto other = rig.ask("trust.verify", {{"row", checkpoint.at("row")}, {"hash", std::string(64, '0')}});
  EXPECT_EQ(other.at("checkpoint").as_string(), "other");
  EXPECT_FALSE(other.at("ok").as_bool());
}

TEST_F(LedgerFlow, ForgetsAContactAndMeetsThemAgainAsAStranger) {
  rig.ask("trust.revoke", {{"jid", alice_jid}, {"which", fingerprint()}});
  const auto forgotten = rig.ask("trust.forget", {{"jid", alice_jid}});
  EXPECT_GE(forgotten.at("rows").to_number<int>(), 3);
  EXPECT_THAT(facts({{"jid", alice_jid}}), IsEmpty());
  EXPECT_THAT(facts({{"fact", "forgotten"}}), Not(IsEmpty()));
  EXPECT_TRUE(rig.ask("trust.verify", {}).at("ok").as_bool());
  rig.restart();
  EXPECT_THAT(rig.ask("trust.list", {{"jid", alice_jid}}).at("keys").as_array(), IsEmpty());
  const auto refused = [&](json::object args) {
    try {
      rig.ask("trust.forget", std::move(args));
    } catch (const gateway::OperatorError& error) {
      return error.code();
    }
    return std::string("nothing");
  };
  EXPECT_EQ(refused({{"jid", "nobody@example.net"}}), "not_found");
  EXPECT_EQ(refused({{"jid", bot_jid}}), "bad_argument");
}

}  // namespace
}  // namespace omegate::flow
