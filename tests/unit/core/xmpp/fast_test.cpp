#include "bridge/core/xmpp/fast.hpp"

#include <gtest/gtest.h>

#include "tests/vectors/vectors.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;
using Names = std::vector<std::string>;
using vectors::text;

constexpr SaslAbility tls13{.tls_exporter = true, .tls_server_end_point = true};
constexpr SaslAbility tls12{.tls_server_end_point = true};
const Names all{"HT-SHA-256-NONE", "HT-SHA-256-UNIQ", "HT-SHA-256-ENDP", "HT-SHA-256-EXPR"};

TEST(Token, IsProvedAsRecordedAndWantsTheServersProof) {
  int cases = 0;
  for (const auto& c : vectors::load("scram.json").at("ht").as_array()) {
    FastToken token{text(c.at("mechanism")), crypto::SecretBytes(as_bytes(text(c.at("token"))))};
    const TokenLogin login(token, vectors::hex(c.at("cb_data")));
    EXPECT_EQ(to_bytes(login.first(text(c.at("authcid")))), vectors::hex(c.at("initiator_message")));
    Bytes answer = vectors::hex(c.at("responder_message"));
    EXPECT_TRUE(login.finish(as_text(answer)));
    answer.back() ^= 1;
    EXPECT_EQ(login.finish(as_text(answer)).error(), Error::server_not_authentic);
    EXPECT_EQ(login.finish("").error(), Error::server_not_authentic);
    ++cases;
  }
  EXPECT_GE(cases, 3);
}

TEST(Token, IsBoundAsTightlyAsTheConnectionAllows) {
  EXPECT_EQ(choose_token_mechanism(all, tls13, Binding::none), "HT-SHA-256-EXPR");
  EXPECT_EQ(choose_token_mechanism(all, tls12, Binding::none), "HT-SHA-256-ENDP");
  EXPECT_EQ(choose_token_mechanism(all, {}, Binding::none), "HT-SHA-256-NONE");
  EXPECT_EQ(choose_token_mechanism({"HT-SHA-256-UNIQ", "HT-SHA-3-EXPR"}, tls13, Binding::none), std::nullopt);
}

TEST(Token, IsNeverLessBoundThanTheLoginsBefore) {
  EXPECT_EQ(choose_token_mechanism({"HT-SHA-256-NONE"}, tls13, Binding::exporter), std::nullopt);
  EXPECT_EQ(choose_token_mechanism({"HT-SHA-256-ENDP"}, tls13, Binding::exporter), std::nullopt);
  EXPECT_EQ(choose_token_mechanism({"HT-SHA-256-ENDP"}, tls13, Binding::server_end_point), "HT-SHA-256-ENDP");
}

}  // namespace
