#include "bridge/core/xmpp/trust_message.hpp"

#include "tests/unit/core/xmpp/stanzas.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;

crypto::PublicKey key(Byte fill) {
  crypto::PublicKey made;
  made.fill(fill);
  return made;
}

const std::string ones = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const std::string twos = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

xml::Element message(const std::string& inside, const std::string& usage = "urn:xmpp:atm:1",
                     const std::string& encryption = "urn:xmpp:omemo:2") {
  return stanza("<trust-message xmlns='urn:xmpp:tm:1' usage='" + usage + "' encryption='" + encryption +
                "'>" + inside + "</trust-message>");
}

std::string owner(const std::string& keys, const std::string& jid = "alice@example.org") {
  return "<key-owner jid='" + jid + "'>" + keys + "</key-owner>";
}

// The shape of XEP-0434, example 1: several owners, keys trusted and distrusted.
TEST(TrustMessage, IsReadAsItWasWritten) {
  const std::vector<KeyOwner> owners{{jid("alice@example.org"), {key(1)}, {key(2)}},
                                     {jid("bob@example.com"), {key(3)}, {}}};
  const auto read = parse_trust_message(build_trust_message(owners));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, owners);
}

TEST(TrustMessage, HasTheKeysInBase64) {
  const auto read =
      parse_trust_message(message(owner("<trust>" + ones + "</trust><distrust>" + twos + "</distrust>")));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at(0).trusted, std::vector{key(1)});
  EXPECT_EQ(read->at(0).distrusted, std::vector{key(2)});
}

TEST(TrustMessage, IsRefusedUnlessItIsOursAndMakesSense) {
  const std::string trust = "<trust>" + ones + "</trust>";
  EXPECT_FALSE(parse_trust_message(message(owner(trust), "urn:example:other")));
  EXPECT_FALSE(
      parse_trust_message(message(owner(trust), "urn:xmpp:atm:1", "eu.siacs.conversations.axolotl")));
  EXPECT_FALSE(parse_trust_message(message("")));
  EXPECT_FALSE(parse_trust_message(message(owner("<trust>AQEB</trust>")))) << "a key of another size";
  EXPECT_FALSE(parse_trust_message(message(owner("<trust>?</trust>"))));
  EXPECT_FALSE(parse_trust_message(message(owner(trust, "alice@example.org/phone"))));
  EXPECT_FALSE(parse_trust_message(message(owner(trust, "@"))));
  EXPECT_FALSE(parse_trust_message(message(owner(trust) + owner(trust)))) << "an owner twice";
  EXPECT_FALSE(parse_trust_message(message(owner(trust + "<distrust>" + ones + "</distrust>"))));
}

TEST(TrustMessage, HasALimit) {
  std::vector<KeyOwner> owners{{jid("alice@example.org"), {}, {}}};
  for (int i = 0; i < 200; ++i) owners[0].trusted.push_back(key(static_cast<Byte>(i)));
  EXPECT_TRUE(parse_trust_message(build_trust_message(owners)));
  owners[0].trusted.push_back(key(250));
  EXPECT_FALSE(parse_trust_message(build_trust_message(owners)));
}

}  // namespace
