#include "bridge/core/xmpp/scram.hpp"

#include <gtest/gtest.h>

#include "tests/vectors/vectors.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;
using crypto::Hash;
using vectors::text;

Hash hash_named(const std::string& name) {
  return name == "sha1" ? Hash::sha1 : name == "sha256" ? Hash::sha256 : Hash::sha512;
}

Binding binding_of(const std::string& gs2) {
  if (gs2 == "n,,") return Binding::none;
  if (gs2 == "y,,") return Binding::not_offered;
  return gs2 == "p=tls-exporter,," ? Binding::exporter : Binding::server_end_point;
}

/// What the vectors with `h` were made for: the first list of `ssdp`.
SaslOffer recorded_offer() {
  SaslOffer offer{{}, std::vector<std::string>()};
  const auto& recorded = vectors::load("scram.json").at("ssdp").as_array().front();
  for (const auto& name : recorded.at("mechanisms").as_array()) offer.mechanisms.push_back(text(name));
  for (const auto& name : recorded.at("channel_bindings").as_array())
    offer.channel_bindings->push_back(text(name));
  return offer;
}

/// The vectors give the name as SCRAM writes it.
std::string unescaped(std::string name) {
  for (const auto& [escaped, plain] : {std::pair{"=2C", ","}, std::pair{"=3D", "="}}) {
    for (std::size_t at; (at = name.find(escaped)) != std::string::npos;) name.replace(at, 3, plain);
  }
  return name;
}

Scram scram_of(const boost::json::value& c) {
  const std::string first = text(c.at("client_first"));
  return Scram({.hash = hash_named(text(c.at("hash"))),
                .user = unescaped(text(c.at("user"))),
                .password = prepare_password(text(c.at("password"))).value(),
                .nonce = first.substr(first.rfind("r=") + 2),
                .binding = binding_of(text(c.at("gs2_header"))),
                .binding_data = vectors::hex(c.at("cb_data")),
                .offer = recorded_offer()});
}

TEST(ScramVectors, AreReproducedByteForByte) {
  int cases = 0;
  for (const auto& c : vectors::load("scram.json").at("scram").as_array()) {
    Scram scram = scram_of(c);
    EXPECT_EQ(scram.first(), text(c.at("client_first")));
    EXPECT_EQ(scram.answer(text(c.at("server_first"))).value(), text(c.at("client_final")))
        << text(c.at("server_first"));
    EXPECT_TRUE(scram.finish(text(c.at("server_final"))));
    EXPECT_TRUE(scram.server_is_authentic());
    ++cases;
  }
  EXPECT_GE(cases, 10);
}

TEST(ScramVectors, GiveTheHashOfTheOffers) {
  for (const auto& c : vectors::load("scram.json").at("ssdp").as_array()) {
    SaslOffer offer;
    for (const auto& name : c.at("mechanisms").as_array()) offer.mechanisms.push_back(text(name));
    if (!c.at("channel_bindings").is_null()) {
      offer.channel_bindings.emplace();
      for (const auto& name : c.at("channel_bindings").as_array())
        offer.channel_bindings->push_back(text(name));
    }
    EXPECT_EQ(offers_hash(hash_named(text(c.at("hash"))), offer), text(c.at("h")));
  }
}

Scram::Setup setup() {
  return {.hash = Hash::sha256,
          .user = "bot",
          .password = prepare_password("pencil").value(),
          .nonce = "cN0nce",
          .offer = {{"SCRAM-SHA-256"}, {}}};
}

constexpr const char* good_first = "r=cN0ncesN0nce,s=SzmnNxZbx3G67nUy64xKHg==,i=4096";

Error answer_error(const std::string& server_first) {
  Scram scram(setup());
  const auto answer = scram.answer(server_first);
  return answer ? Error::out_of_order : static_cast<Error>(answer.error().value());
}

// case 19
TEST(Scram, RefusesANonceThatIsNotOursPlusMore) {
  EXPECT_EQ(answer_error("r=cN0nce,s=SzmnNxZbx3G67nUy64xKHg==,i=4096"), Error::nonce_mismatch);
  EXPECT_EQ(answer_error("r=other,s=SzmnNxZbx3G67nUy64xKHg==,i=4096"), Error::nonce_mismatch);
}

// case 19
TEST(Scram, RefusesTooFewAndTooManyIterationsBeforeItComputes) {
  for (const char* count : {"0", "1", "4095", "1000001", "1000000000", "99999999999999", "-1", "", "4096x"}) {
    EXPECT_EQ(answer_error("r=cN0ncesN0nce,s=SzmnNxZbx3G67nUy64xKHg==,i=" + std::string(count)),
              Error::bad_iteration_count)
        << count;
  }
}

// case 19
TEST(Scram, RefusesMalformedChallenges) {
  for (const char* challenge :
       {"", "r=cN0ncesN0nce", "m=x,r=cN0ncesN0nce,s=AAAA,i=4096", "r=cN0ncesN0nce,s=,i=4096",
        "r=cN0ncesN0nce,s=!,i=4096", "r=cN0ncesN0nce,i=4096,s=AAAA", "r=cN0ncesN0nce,s=AAAA,i=4096,m=x",
        "e=other-error", "r=cN0ncesN0nce,s=AAAA,i=4096,"}) {
    EXPECT_EQ(answer_error(challenge), Error::bad_challenge) << challenge;
  }
}

TEST(Scram, IgnoresOptionalAttributesItDoesNotKnow) {
  EXPECT_TRUE(Scram(setup()).answer(std::string(good_first) + ",d=old,x=y"));
}

TEST(Scram, NoticesThatTheOffersWereAltered) {
  Scram scram(setup());
  const std::string honest = offers_hash(Hash::sha256, {{"SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"}, {}});
  EXPECT_EQ(scram.answer(std::string(good_first) + ",h=" + honest).error(), Error::offers_altered);
}

TEST(Scram, WantsProofOfTheOffersWhereTheyLookOdd) {
  Scram::Setup odd = setup();
  odd.needs_proof_of_offers = true;
  EXPECT_EQ(Scram(odd).answer(good_first).error(), Error::downgrade_suspected);
  EXPECT_TRUE(Scram(odd).answer(std::string(good_first) + ",h=" + offers_hash(Hash::sha256, odd.offer)));
}

// case 18
TEST(Scram, DoesNotTakeSuccessWithoutTheServersSignature) {
  Scram early(setup());
  for (const char* final : {"v=AAAA", "v="})  // before our proof
    EXPECT_EQ(early.finish(final).error(), Error::server_not_authentic) << final;
  for (const char* final : {"v=AAAA", "v=", "x=1", "v=!!!"}) {
    Scram scram(setup());
    ASSERT_TRUE(scram.answer(good_first));
    EXPECT_EQ(scram.finish(final).error(), Error::server_not_authentic) << final;
    EXPECT_FALSE(scram.server_is_authentic());
  }
  Scram refused(setup());
  ASSERT_TRUE(refused.answer(good_first));
  EXPECT_EQ(refused.finish("e=invalid-proof").error(), Error::server_refused);
  EXPECT_EQ(refused.finish("").error(), Error::bad_challenge);
}

TEST(Scram, EscapesTheUserName) {
  Scram::Setup odd = setup();
  odd.user = "a,b=c";
  EXPECT_EQ(Scram(odd).first(), "n,,n=a=2Cb=3Dc,r=cN0nce");
}

TEST(Scram, PreparesPasswordsThatAreNotAscii) {
  EXPECT_EQ(as_text(prepare_password("pa\xcc\x88ss\xc2\xa0word").value()), "p\xc3\xa4ss word");
  EXPECT_EQ(as_text(prepare_password("I\xc2\xadX").value()), "IX");
  EXPECT_EQ(as_text(prepare_password("\xf0\x9f\x94\x91").value()), "\xf0\x9f\x94\x91");
  EXPECT_EQ(prepare_password("bad\x07").error(), Error::bad_password_text);
  EXPECT_EQ(prepare_password("bad\xff").error(), Error::bad_password_text);
}

}  // namespace
