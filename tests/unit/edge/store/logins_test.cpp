#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

struct LoginTable : StoreTest {};

const WallTime today = from_ms(1'780'000'000'000);

LoginToken token(std::string_view secret) {
  return {"HT-SHA-256-EXPR", crypto::SecretBytes(as_bytes(secret)), today, today + 24h};
}

TEST_F(LoginTable, ATokenIsThereAfterARestartWithItsCount) {
  const AccountId bot = account();
  in([&](Tables& t) {
    t.logins.set_agent(bot, "agent-1");
    t.logins.set_token(bot, token("very-secret-token"));
    EXPECT_EQ(t.logins.count_use(bot), 1u);
  });
  open();
  in([&](Tables& t) {
    const auto again = t.logins.token(bot);
    ASSERT_TRUE(again);
    EXPECT_EQ(as_text(again->secret.bytes()), "very-secret-token");
    EXPECT_EQ(again->expires, today + 24h);
    EXPECT_EQ(again->uses, 1u);
    EXPECT_EQ(t.logins.count_use(bot), 2u);
    EXPECT_FALSE(t.logins.token(AccountId(bot.value() + 1)));
    t.logins.set_token(bot, token("another"));
    EXPECT_EQ(t.logins.token(bot)->uses, 0u);
    t.logins.forget_token(bot);
    EXPECT_FALSE(t.logins.token(bot));
  });
}

TEST_F(LoginTable, ATokenBelongsToItsAgent) {
  const AccountId bot = account();
  in([&](Tables& t) {
    t.logins.set_agent(bot, "agent-1");
    t.logins.set_token(bot, token("t"));
    t.logins.set_agent(bot, "agent-2");
    EXPECT_EQ(t.logins.agent(bot), "agent-2");
    EXPECT_FALSE(t.logins.token(bot));
  });
}

TEST_F(LoginTable, APinStaysUntilItIsLifted) {
  const AccountId bot = account();
  in([&](Tables& t) {
    EXPECT_FALSE(t.logins.pin(bot));
    t.logins.set_pin(bot, {"SCRAM-SHA-256-PLUS", "tls-exporter", now});
    t.logins.set_pin(bot, {"SCRAM-SHA-256-PLUS", "tls-exporter", now + 1h});
    EXPECT_EQ(t.logins.pin(bot)->since, now);
    t.logins.set_pin(bot, {"SCRAM-SHA-512-PLUS", "tls-exporter", now + 2h});
  });
  open();
  in([&](Tables& t) {
    EXPECT_EQ(t.logins.pin(bot)->mechanism, "SCRAM-SHA-512-PLUS");
    t.logins.forget_pin(bot);
    EXPECT_FALSE(t.logins.pin(bot));
    t.logins.set_pin(bot, {"SCRAM-SHA-512-PLUS", "tls-exporter", now + 3h});
    EXPECT_EQ(t.logins.pin(bot)->since, now + 3h);
  });
}

}  // namespace
}  // namespace omegate::store
