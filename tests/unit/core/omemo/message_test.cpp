#include "bridge/core/omemo/message.hpp"

#include <gtest/gtest.h>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/omemo/limits.hpp"
#include "tests/unit/core/omemo/talk.hpp"

namespace omegate::omemo {
namespace {

Bytes hex(std::string_view text) { return crypto::from_hex(text).value(); }

TEST(ParseIncoming, TellsExchangesFromMessagesWithoutBeingTold) {
  for (const Version version : versions) {
    Established talk(version, 1);
    Session fresh = talk.alice_starts();
    EXPECT_TRUE(talk.parse(send(fresh, "text")).key_exchange);
    EXPECT_FALSE(talk.parse(send(talk.at_alice, "text")).key_exchange);
  }
}

// A legacy MAC is eight random bytes at the end: whatever they look like, the message stays a message.
TEST(ParseIncoming, IsNotFooledByAMacThatLooksLikeAField) {
  Established talk(Version::legacy, 2);
  Bytes wire = send(talk.at_bob, "text");
  const Bytes mac_like_fields[] = {hex("1206010203040506"), hex("2206010203040506"), hex("0a06010203040506"),
                                   hex("1200220022002200"), hex("3001300130013001")};
  for (const Bytes& mac : mac_like_fields) {
    std::copy(mac.begin(), mac.end(), wire.end() - 8);
    EXPECT_FALSE(talk.parse(wire).key_exchange);
  }
  // The same with the fields in reverse order, which nobody writes and the format allows.
  const RatchetMessage message = talk.parse(wire).message;
  Bytes reversed{0x33, 0x22, static_cast<Byte>(message.ciphertext().size())};
  reversed.insert(reversed.end(), message.ciphertext().begin(), message.ciphertext().end());
  reversed.insert(reversed.end(), {0x18, 0, 0x10, 1, 0x0a, 33, 5});
  reversed.insert(reversed.end(), message.ratchet_key().begin(), message.ratchet_key().end());
  for (const Bytes& mac : mac_like_fields) {
    Bytes whole = reversed;
    whole.insert(whole.end(), mac.begin(), mac.end());
    const auto incoming = parse_incoming(Version::legacy, whole);
    ASSERT_TRUE(incoming);
    EXPECT_FALSE(incoming->key_exchange);
  }
}

TEST(ParseIncoming, RefusesWhatIsTooLarge) {
  for (const Version version : versions) {
    EXPECT_EQ(parse_incoming(version, Bytes(max_wire_size + 1, 0x33)).error(), Error::malformed);
    EXPECT_EQ(parse_incoming(version, {}).error(), Error::malformed);
  }
}

// The limit itself is not too large: a message is filled up to it with a field that nobody knows.
TEST(ParseIncoming, TakesWhatIsJustNotTooLarge) {
  Established talk(Version::omemo2, 5);
  Bytes wire = send(talk.at_alice, "text");
  const std::size_t rest = max_wire_size - wire.size() - 3;  // tag and length of the filling
  wire.insert(wire.end(), {0x7a, static_cast<Byte>(0x80 | (rest & 0x7f)), static_cast<Byte>(rest >> 7)});
  wire.resize(max_wire_size);
  EXPECT_TRUE(parse_incoming(Version::omemo2, wire));
  wire.push_back(0);
  EXPECT_EQ(parse_incoming(Version::omemo2, wire).error(), Error::malformed);
}

// case 90
TEST(ParseIncoming, RefusesBrokenProtobuf) {
  const char* broken[] = {
      "ffffffffffffffffffff01",      // a varint of eleven bytes as tag
      "08ffffffffffffffffffffff01",  // and as value
      "0a",                          // a length that is missing
      "0affffffff0f",                // a length of 4 GiB
      "0a05aabb",                    // more than there is
      "0b",                          // a group
      "00",                          // field 0
      "0dffff",                      // half a fixed32
  };
  for (const char* text : broken) {
    const Bytes omemo2 = hex(text);
    Bytes legacy = hex(text);
    legacy.insert(legacy.begin(), 0x33);
    legacy.resize(legacy.size() + 8);
    EXPECT_FALSE(parse_incoming(Version::omemo2, omemo2)) << text;
    EXPECT_FALSE(parse_incoming(Version::legacy, legacy)) << text;
  }
}

// No input makes us crash or read behind the end, and what is accepted keeps within the input.
// case 90
TEST(ParseIncoming, SurvivesNoise) {
  for (const Version version : versions) {
    Established talk(version, 3);
    Session fresh = talk.alice_starts();
    const Bytes seeds[] = {send(fresh, "text"), send(talk.at_alice, "text")};
    for (int round = 0; round < 20'000; ++round) {
      Bytes noise = seeds[round % 2];
      for (std::uint32_t changes = talk.random.below(4) + 1; changes > 0; --changes) {
        noise[talk.random.below(static_cast<std::uint32_t>(noise.size()))] =
            static_cast<Byte>(talk.random.below(256));
      }
      noise.resize(talk.random.below(static_cast<std::uint32_t>(noise.size() + 1)));
      const auto incoming = parse_incoming(version, noise);
      if (!incoming) continue;
      EXPECT_LE(incoming->message.ciphertext().size(), noise.size());
      EXPECT_LE(incoming->message.authenticated().size(), noise.size());
    }
  }
}

}  // namespace
}  // namespace omegate::omemo
