#include "bridge/gateway/trust/approvals.hpp"

#include <gmock/gmock.h>

#include "bridge/core/omemo/fingerprint.hpp"
#include "tests/support/party.hpp"

namespace omegate::gateway {
namespace {

using namespace std::chrono_literals;
using test::noon;
using test::Party;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const std::string bot_jid = "bot@example.org", alice_jid = "alice@example.net", bob_jid = "bob@example.net",
                  carol_jid = "carol@example.net", mallory_jid = "mallory@example.net";

/// "launch rocket" wants two of alice, bob and carol, within ten minutes.
struct Approving : testing::Test {
  Party bot{bot_jid}, alice{alice_jid}, bob{bob_jid}, carol{carol_jid}, mallory{mallory_jid};

  Approving() {
    for (Party* each : {&alice, &bob, &carol, &mallory}) {
      bot.meet(*each, omemo::Version::legacy);
      decide(*each, trust::Fact::verified);
    }
  }
  static crypto::PublicKey key_of(Party& party) { return party.device().identity.curve(); }
  void decide(Party& who, trust::Fact fact) { bot.decide(who.self.jid, key_of(who), fact); }
  static Approver speaker(Party& who) { return {who.self.jid, who.self.device.value(), key_of(who), trust::Level::verified, false}; }

  static plugin::Message command(Party& from, const std::string& text) {
    plugin::Message message{"bot", from.self.jid, text, plugin::TrustLevel::verified, from.self.device.value(),
                            omemo::fingerprint(key_of(from))};
    message.time = noon;
    return message;
  }
  void ask(const plugin::Message& message) {
    bot.run([&](store::Tables& t) {
      const store::DueEvent row{store::InboxId(1), bot.self.account, "voter", bot_jid + "/" + message.from, "message", {}};
      const ApprovalWanted wanted{{2, "admin", 600s}, {alice_jid, bob_jid, carol_jid}, message};
      ask_for_approval(t, bot.self, Language::english, "voter", row, wanted, bot.random, noon);
    });
  }
  /// All that the gateway has said so far, as "to: text".
  std::vector<std::string> notices() {
    return bot.run([](store::Tables& t) {
      std::vector<std::string> texts;
      for (const auto& row : t.outbox.list({})) texts.push_back(row.recipient + ": " + decode_outgoing(row.body).text);
      return texts;
    });
  }
  /// Of the newest request, as those who are asked were told it.
  std::string code() {
    const std::string order = "omegate approve ";
    for (const std::string& text : notices())
      if (const auto at = text.find(order); at != text.npos) return text.substr(at + order.size(), 8);
    ADD_FAILURE() << "nobody was asked";
    return {};
  }
  std::optional<std::string> decide_as(const Approver& approver, const std::string& which, bool yes = true, WallTime now = noon + 1min) {
    return bot.run([&](store::Tables& t) {
      return decide_request(t, bot.self, Language::english, approver, which, yes, bot.random, now);
    });
  }
  /// Who agreed to each command that came to its plugin.
  std::vector<std::vector<std::string>> carried() {
    std::vector<std::vector<std::string>> all;
    for (const auto& row : bot.inbox()) all.push_back(plugin::parse_message(as_text(row.event.payload)).value().approved_by);
    return all;
  }
  std::size_t words_in_ledger() {
    return bot.run([&](store::Tables& t) {
      store::LedgerFilter filter{bot_jid};
      filter.fact = trust::Fact::approval;
      return t.ledger.history(filter).size();
    });
  }
};

TEST_F(Approving, ItIsCarriedOutOnceWhenTheSecondPersonAgrees) {
  ask(command(alice, "launch rocket"));
  EXPECT_THAT(carried(), IsEmpty());
  const std::string which = code();
  EXPECT_THAT(decide_as(speaker(alice), which).value_or(""), HasSubstr("1/2")) << "who gave it counts once";
  EXPECT_THAT(carried(), IsEmpty());
  EXPECT_THAT(decide_as(speaker(bob), which).value_or(""), HasSubstr("2/2"));
  EXPECT_THAT(carried(), ElementsAre(UnorderedElementsAre(alice_jid, bob_jid)));
  EXPECT_FALSE(decide_as(speaker(carol), which)) << "it is over";
  EXPECT_THAT(carried(), SizeIs(1));
  EXPECT_EQ(words_in_ledger(), 2u);
}

TEST_F(Approving, WhoGivesItWithoutHavingTheRoleCountsNothing) {
  ask(command(mallory, "launch rocket"));
  const std::string which = code();
  EXPECT_FALSE(decide_as(speaker(mallory), which)) << "the code alone gives no say";
  decide_as(speaker(alice), which);
  EXPECT_THAT(carried(), IsEmpty());
  decide_as(speaker(bob), which);
  EXPECT_THAT(carried(), ElementsAre(UnorderedElementsAre(alice_jid, bob_jid)));
}

TEST_F(Approving, AKeyThatIsNotVerifiedOrATextThatCouldBeForgedCountsNothing) {
  ask(command(alice, "launch rocket"));
  const std::string which = code();
  Approver weak = speaker(bob), forged = speaker(bob);
  weak.level = trust::Level::trusted;
  forged.shared = true;
  EXPECT_THAT(decide_as(weak, which).value_or(""), HasSubstr("verified"));
  EXPECT_TRUE(decide_as(forged, which));
  EXPECT_THAT(carried(), IsEmpty());
  EXPECT_EQ(words_in_ledger(), 1u) << "of alice, who gave it";
}

TEST_F(Approving, AGiverWhoseTextCouldBeForgedHasNotAgreed) {
  plugin::Message message = command(alice, "launch rocket");
  message.shared = true;
  ask(message);
  const std::string which = code();
  decide_as(speaker(bob), which);
  EXPECT_THAT(carried(), IsEmpty());
  decide_as(speaker(carol), which);
  EXPECT_THAT(carried(), ElementsAre(UnorderedElementsAre(bob_jid, carol_jid)));
}

TEST_F(Approving, AKeyThatIsRevokedMeanwhileTakesItsWordAlong) {
  ask(command(alice, "launch rocket"));
  const std::string which = code();
  decide(alice, trust::Fact::revoked);
  decide_as(speaker(bob), which);
  EXPECT_THAT(carried(), IsEmpty());
  decide_as(speaker(carol), which);
  EXPECT_THAT(carried(), ElementsAre(UnorderedElementsAre(bob_jid, carol_jid)));
}

TEST_F(Approving, AfterItsTimeAWordIsAboutNothing) {
  ask(command(alice, "launch rocket"));
  const std::string which = code();
  EXPECT_FALSE(decide_as(speaker(bob), which, true, noon + 600s));
  EXPECT_THAT(carried(), IsEmpty());
}

TEST_F(Approving, ANoEndsItAndWhoGaveItHearsOfThat) {
  ask(command(alice, "launch rocket"));
  const std::string which = code();
  EXPECT_TRUE(decide_as(speaker(bob), which, false));
  EXPECT_THAT(notices(), testing::Contains(testing::AllOf(testing::StartsWith(alice_jid), HasSubstr(bob_jid), HasSubstr("launch rocket"))));
  EXPECT_FALSE(decide_as(speaker(carol), which));
  EXPECT_THAT(carried(), IsEmpty());
}

TEST_F(Approving, ARevokedKeyOfSomebodyIsNotWrittenTo) {
  decide(bob, trust::Fact::revoked);
  ask(command(alice, "launch rocket"));
  EXPECT_THAT(notices(), testing::Not(testing::Contains(testing::StartsWith(bob_jid))));
}

TEST_F(Approving, NobodyFillsTheDatabaseWithRequests) {
  for (std::size_t i = 0; i < max_open_requests; ++i) ask(command(mallory, "launch " + std::to_string(i)));
  const auto before = notices().size();
  ask(command(mallory, "one more"));
  const auto after = notices();
  EXPECT_EQ(after.size(), before + 1) << "who gave it is told; nobody else is asked";
  EXPECT_THAT(after, testing::Not(testing::Contains(testing::AllOf(testing::StartsWith(alice_jid), HasSubstr("one more")))));
}

}  // namespace
}  // namespace omegate::gateway
