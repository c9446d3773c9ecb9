#include "bridge/core/xmpp/mechanism.hpp"

#include <gtest/gtest.h>

namespace {

using namespace omegate::xmpp;
using omegate::crypto::Hash;
using Names = std::vector<std::string>;

const Names plain_scram{"PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"};
const Names with_plus{"SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "PLAIN"};
constexpr SaslAbility tls13{.tls_exporter = true, .tls_server_end_point = true};
constexpr SaslAbility tls12{.tls_server_end_point = true};

TEST(Mechanism, SaysThatItKnowsBindingWhereTheServerOffersNone) {
  const SaslChoice choice = choose_mechanism({plain_scram, {}}, tls13).value();
  EXPECT_EQ(choice.mechanism, "SCRAM-SHA-256");
  EXPECT_EQ(choice.scram, Hash::sha256);
  EXPECT_EQ(choice.binding, Binding::not_offered);
}

TEST(Mechanism, TakesTheStrongestBindingInCommon) {
  const Names both{"tls-server-end-point", "tls-exporter", "tls-unique"};
  EXPECT_EQ(choose_mechanism({with_plus, both}, tls13)->binding, Binding::exporter);
  EXPECT_EQ(choose_mechanism({with_plus, both}, tls13)->mechanism, "SCRAM-SHA-256-PLUS");
  EXPECT_EQ(choose_mechanism({with_plus, both}, tls12)->binding, Binding::server_end_point);
  EXPECT_EQ(choose_mechanism({with_plus, Names{"tls-server-end-point"}}, tls13)->binding,
            Binding::server_end_point);
}

TEST(Mechanism, PrefersABindingToALongerHash) {
  const Names names{"SCRAM-SHA-512", "SCRAM-SHA-1-PLUS"};
  EXPECT_EQ(choose_mechanism({names, Names{"tls-exporter"}}, tls13)->mechanism, "SCRAM-SHA-1-PLUS");
}

TEST(Mechanism, GuessesTheBindingOfAServerThatNamesNone) {
  const SaslOffer offer{with_plus, {}};
  const SaslChoice first = choose_mechanism(offer, tls13).value();
  EXPECT_EQ(first.binding, Binding::server_end_point);
  const auto second = next_binding(first, offer, tls13, {});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->binding, Binding::exporter);
}

TEST(Mechanism, IsUnboundWhereTheServerRefusesEveryBindingUnlessOneWorkedBefore) {
  const SaslOffer offer{with_plus, {}};
  const SaslChoice last = next_binding(choose_mechanism(offer, tls13).value(), offer, tls13, {}).value();
  const auto unbound = next_binding(last, offer, tls13, {});
  ASSERT_TRUE(unbound);
  EXPECT_EQ(unbound->binding, Binding::none) << "never \"not offered\", for it was";
  EXPECT_EQ(unbound->mechanism, "SCRAM-SHA-256");
  EXPECT_FALSE(next_binding(*unbound, offer, tls13, {}));
  EXPECT_FALSE(next_binding(last, offer, tls13, SaslPin{"SCRAM-SHA-256-PLUS", Binding::exporter}));
  // The next time it does not fail twice before it gets in.
  const auto again = choose_mechanism(offer, tls13, SaslPin{unbound->mechanism, unbound->binding});
  EXPECT_EQ(again->binding, Binding::none);
  EXPECT_EQ(again->mechanism, "SCRAM-SHA-256");
}

TEST(Mechanism, DoesNotTryOtherBindingsWhereTheServerNamedThem) {
  const SaslOffer offer{with_plus, Names{"tls-server-end-point", "tls-exporter"}};
  EXPECT_FALSE(next_binding(choose_mechanism(offer, tls13).value(), offer, tls13, {}));
}

// case 21
TEST(Mechanism, SuspectsADowngradeWhenBindingsAreNamedButNoPlusIsOffered) {
  EXPECT_EQ(choose_mechanism({plain_scram, Names{"tls-exporter"}}, tls13).error(),
            Error::downgrade_suspected);
}

TEST(Mechanism, WantsProofWhereNoBindingIsInCommon) {
  const SaslChoice choice = choose_mechanism({with_plus, Names{"tls-unique"}}, tls13).value();
  EXPECT_EQ(choice.mechanism, "SCRAM-SHA-256");
  EXPECT_EQ(choice.binding, Binding::none);
  EXPECT_TRUE(choice.needs_proof_of_offers);
}

TEST(Mechanism, NeverSaysThatPlusWasNotOfferedWhenItWas) {
  for (const auto& types :
       {std::optional<Names>(), std::optional<Names>(Names{}), std::optional<Names>(Names{"tls-unique"})}) {
    const auto choice = choose_mechanism({with_plus, types}, tls13);
    EXPECT_NE(choice.value().binding, Binding::not_offered);
  }
}

TEST(Mechanism, GoesUnboundWhereThisConnectionCannotBind) {
  EXPECT_EQ(choose_mechanism({with_plus, Names{"tls-exporter"}}, {})->binding, Binding::none);
}

// case 17
TEST(Mechanism, UsesPlainOnlyWhereAllowedAndNothingElseIsOffered) {
  EXPECT_EQ(choose_mechanism({{"PLAIN", "DIGEST-MD5"}, {}}, tls13).error(), Error::no_usable_mechanism);
  SaslAbility with_plain = tls13;
  with_plain.allow_plain = true;
  EXPECT_EQ(choose_mechanism({{"PLAIN"}, {}}, with_plain)->mechanism, "PLAIN");
  EXPECT_EQ(choose_mechanism({plain_scram, {}}, with_plain)->mechanism, "SCRAM-SHA-256");
  EXPECT_EQ(choose_mechanism({{"DIGEST-MD5", "CRAM-MD5", "X-OAUTH2"}, {}}, with_plain).error(),
            Error::no_usable_mechanism);
}

TEST(Mechanism, RefusesWhatIsWeakerThanLastTime) {
  const SaslPin pin{"SCRAM-SHA-256-PLUS", Binding::exporter};
  EXPECT_EQ(choose_mechanism({plain_scram, {}}, tls13, pin).error(), Error::downgrade_suspected);
  EXPECT_TRUE(choose_mechanism({with_plus, Names{"tls-exporter"}}, tls13, pin));
  EXPECT_EQ(choose_mechanism({{"SCRAM-SHA-1"}, {}}, tls13, SaslPin{"SCRAM-SHA-256"}).error(),
            Error::downgrade_suspected);
  SaslAbility with_plain = tls13;
  with_plain.allow_plain = true;
  EXPECT_EQ(choose_mechanism({{"PLAIN"}, {}}, with_plain, SaslPin{"SCRAM-SHA-1"}).error(),
            Error::downgrade_suspected);
  EXPECT_TRUE(choose_mechanism({with_plus, Names{"tls-exporter"}}, tls13, SaslPin{"SCRAM-SHA-512"}));
}

// case 21
TEST(Mechanism, RefusesAWeakerBindingThanLastTime) {
  const SaslPin pin{"SCRAM-SHA-256-PLUS", Binding::exporter};
  EXPECT_EQ(choose_mechanism({with_plus, Names{"tls-server-end-point"}}, tls13, pin).error(),
            Error::downgrade_suspected);
  EXPECT_EQ(choose_mechanism({with_plus, Names{"tls-exporter"}}, tls12, pin).error(),
            Error::downgrade_suspected);
  const SaslPin weak{"SCRAM-SHA-256-PLUS", Binding::server_end_point};
  EXPECT_EQ(choose_mechanism({with_plus, Names{"tls-exporter"}}, tls13, weak)->binding, Binding::exporter);
}

TEST(Mechanism, BeginsWithTheBindingThatWorkedWhereTheServerNamesNone) {
  const SaslPin pin{"SCRAM-SHA-256-PLUS", Binding::exporter};
  EXPECT_EQ(choose_mechanism({with_plus, {}}, tls13, pin)->binding, Binding::exporter);
}

}  // namespace
