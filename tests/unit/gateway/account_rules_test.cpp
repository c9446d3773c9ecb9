#include "bridge/gateway/account/account_rules.hpp"

#include <gtest/gtest.h>

#include "tests/support/party.hpp"

namespace omegate::gateway::test {
namespace {

using trust::MessageRule;
using trust::Policy;

constexpr const char* own = "bot@example.org";

xmpp::Jid jid(const char* text) { return xmpp::Jid::parse(text).value(); }

RosterByJid roster_of(const char* contact) {
  RosterByJid roster;
  roster.insert_or_assign(contact, xmpp::RosterItem{jid(contact), xmpp::Subscription::both});
  return roster;
}

TEST(IsHeard, NamesWhoIsHeardAndNobodyElse) {
  using Names = std::optional<std::vector<std::string>>;
  struct Row {
    std::vector<std::string> admins;
    Names allow;
    const char* on_roster;
    const char* who;
    bool heard;
  };
  const Names absent, nobody = std::vector<std::string>{};
  const Row table[] = {
      {{}, absent, "alice@example.net", "alice@example.net", true},  // without a list: the roster
      {{}, absent, "alice@example.net", "mallory@example.net", false},
      {{}, nobody, "alice@example.net", "alice@example.net", false},  // an empty list: nobody
      {{"alice@example.net"}, nobody, "carol@example.net", "alice@example.net", true},
      {{"alice@example.net"}, absent, "carol@example.net", "carol@example.net", true},
      {{}, std::vector<std::string>{"alice@example.net"}, "carol@example.net", "alice@example.net", true},
      {{}, std::vector<std::string>{"alice@example.net"}, "carol@example.net", "carol@example.net", false},
      {{}, std::vector<std::string>{"example.net"}, "carol@example.org", "alice@example.net", true},
      {{}, std::vector<std::string>{"example.net"}, "carol@example.org", "alice@sub.example.net", false},
      {{}, std::vector<std::string>{"example.net"}, "carol@example.org", "alice@badexample.net", false},
      {{}, std::vector<std::string>{"alice@example.net"}, "carol@example.org", "malice@example.net", false},
      {{}, std::vector<std::string>{"alice@example.net"}, "carol@example.org", "ALICE@EXAMPLE.NET", true},
  };
  for (const Row& row : table) {
    config::AccountSettings settings;
    settings.admins = row.admins;
    settings.allow = row.allow;
    EXPECT_EQ(is_heard(settings, roster_of(row.on_roster), jid(row.who)), row.heard)
        << &row - table << " " << row.who;
  }
}

TEST(MaySubscribe, TheRosterIsNoInvitation) {
  config::AccountSettings settings;
  settings.admins = {"alice@example.net"};
  EXPECT_TRUE(may_subscribe(settings, jid("alice@example.net")));
  EXPECT_FALSE(may_subscribe(settings, jid("carol@example.net")));
  settings.allow = {"example.net"};
  EXPECT_TRUE(may_subscribe(settings, jid("carol@example.net")));
}

struct Rules : testing::Test {
  Party bot{own};
  config::AccountSettings settings;

  Rules() {
    settings.jid = own;
    settings.policy = Policy::tofu;
  }
  void record() {
    bot.run([&](store::Tables& tables) { record_settings(tables, settings, bot.self.account, noon); });
  }
  void say(const std::string& peer, Policy policy) {
    bot.run([&](store::Tables& tables) {
      tables.ledger.append(trust::on_policy(tables.ledger.view(), own, peer, policy, "operator root"), noon);
    });
  }
  Policy policy_of(const std::string& peer) {
    return bot.run([&](store::Tables& tables) { return tables.ledger.view().policy(own, peer); });
  }
  std::uint64_t rows() {
    return bot.run([](store::Tables& tables) { return tables.ledger.view().seq(); });
  }
  config::ContactSettings& contact(const std::string& address) {
    settings.contacts.push_back({});
    settings.contacts.back().address = address;
    return settings.contacts.back();
  }
  MessageRule rule_for(const std::string& peer) {
    return bot.run([&](store::Tables& t) { return message_rule(t, settings, bot.self.account, peer); });
  }
};

TEST_F(Rules, AnOperatorsLaterWordStaysOverRestarts) {
  record();
  say("", Policy::manual);
  record();
  EXPECT_EQ(policy_of("alice@example.net"), Policy::manual);
}

TEST_F(Rules, AChangedSettingCountsAgain) {
  record();
  say("", Policy::manual);
  settings.policy = Policy::blind;
  record();
  EXPECT_EQ(policy_of("alice@example.net"), Policy::blind);
}

TEST_F(Rules, TheSameSettingsAddNothingToTheLedger) {
  contact("alice@example.net").policy = Policy::configured;
  contact("bob@example.net").keys.push_back(Party("bob@example.net").device().identity.curve());
  record();
  const auto before = rows();
  record();
  EXPECT_EQ(rows(), before);
}

TEST_F(Rules, AContactsPolicyThatIsTakenOutOfTheSettingsIsTakenBack) {
  contact("alice@example.net").policy = Policy::manual;
  record();
  EXPECT_EQ(policy_of("alice@example.net"), Policy::manual);
  settings.contacts[0].policy.reset();
  record();
  EXPECT_EQ(policy_of("alice@example.net"), Policy::tofu);
}

TEST_F(Rules, AContactThatIsTakenOutOfTheSettingsLosesWhatTheyGaveIt) {
  const auto key = Party("bob@example.net").device().identity.curve();
  contact("bob@example.net").keys.push_back(key);
  settings.contacts[0].policy = Policy::blind;
  record();
  const auto level = [&] {
    return bot.run(
        [&](store::Tables& tables) { return tables.ledger.view().level(own, "bob@example.net", key); });
  };
  EXPECT_EQ(level(), trust::Level::trusted);
  settings.contacts.clear();
  record();
  EXPECT_EQ(level(), trust::Level::undecided);
  EXPECT_EQ(policy_of("bob@example.net"), Policy::tofu);
}

TEST_F(Rules, TheNarrowestMessageRuleCounts) {
  settings.message_rule = MessageRule::partial;
  contact("example.net").message_rule = MessageRule::hold;
  contact("alice@example.net").message_rule = MessageRule::refuse;
  EXPECT_EQ(rule_for("carol@example.com"), MessageRule::partial);
  EXPECT_EQ(rule_for("carol@example.net"), MessageRule::hold);
  EXPECT_EQ(rule_for("alice@example.net"), MessageRule::refuse);
  bot.run([&](store::Tables& t) {
    set_message_rule(t, bot.self.account, "alice@example.net", MessageRule::partial);
  });
  EXPECT_EQ(rule_for("alice@example.net"), MessageRule::partial);  // the operator's word
}

}  // namespace
}  // namespace omegate::gateway::test
