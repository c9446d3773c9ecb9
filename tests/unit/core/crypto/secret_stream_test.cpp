#include "bridge/core/crypto/secret_stream.hpp"

#include <gtest/gtest.h>

#include "bridge/core/crypto/random.hpp"

namespace omegate::crypto {
namespace {

struct SecretStream : testing::Test {
  SecretStream() {
    StreamSealer sealer(key, system_random());
    header = sealer.header();
    pieces.push_back(sealer.seal(as_bytes("one"), as_bytes("preamble"), false));
    pieces.push_back(sealer.seal(as_bytes("two"), {}, false));
    pieces.push_back(sealer.seal({}, {}, true));
  }

  /// How many pieces open in this order.
  std::size_t opened(const std::vector<Bytes>& order, const Secret<32>& with) const {
    StreamOpener opener(with, header);
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto piece = opener.open(order[i], i == 0 ? as_bytes("preamble") : ByteView());
      if (!piece) return i;
    }
    return order.size();
  }

  Secret<32> key = Secret<32>::random(system_random());
  StreamHeader header{};
  std::vector<Bytes> pieces;
};

TEST_F(SecretStream, GivesBackWhatWentInAndSaysWhereItEnds) {
  StreamOpener opener(key, header);
  const auto one = opener.open(pieces[0], as_bytes("preamble")).value();
  EXPECT_EQ(as_text(one.content), "one");
  EXPECT_FALSE(one.last);
  EXPECT_EQ(as_text(opener.open(pieces[1], {}).value().content), "two");
  EXPECT_TRUE(opener.open(pieces[2], {}).value().last);
}

TEST_F(SecretStream, OpensInItsOwnOrderOnly) {
  EXPECT_EQ(opened({pieces[1], pieces[0], pieces[2]}, key), 0u);
  EXPECT_EQ(opened({pieces[0], pieces[0]}, key), 1u);
  EXPECT_EQ(opened({pieces[0], pieces[2]}, key), 1u);
}

TEST_F(SecretStream, DoesNotOpenWithAFlippedBitAnotherKeyOrAnotherPreamble) {
  for (std::size_t bit = 0; bit < pieces[0].size() * 8; ++bit) {
    Bytes altered = pieces[0];
    altered[bit / 8] ^= static_cast<Byte>(1 << bit % 8);
    EXPECT_EQ(opened({altered}, key), 0u);
  }
  EXPECT_EQ(opened({pieces[0]}, Secret<32>::random(system_random())), 0u);
  StreamOpener opener(key, header);
  EXPECT_EQ(opener.open(pieces[0], as_bytes("preamblf")).error(), Error::not_authentic);
  EXPECT_EQ(opener.open(Bytes(piece_overhead - 1), {}).error(), Error::not_authentic);
}

}  // namespace
}  // namespace omegate::crypto
