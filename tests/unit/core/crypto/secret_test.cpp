#include "bridge/core/crypto/secret.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <ostream>
#include <type_traits>

namespace omegate::crypto {
namespace {

class Counting final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = ++last_;
  }

 private:
  std::uint8_t last_ = 0;
};

TEST(Secret, IsGoneFromMemoryAfterItsLife) {
  alignas(Secret<32>) Byte memory[sizeof(Secret<32>)];
  Counting random;
  auto* secret = new (memory) Secret<32>(Secret<32>::random(random));
  EXPECT_EQ(secret->bytes()[31], 32);
  secret->~Secret();
  for (const Byte byte : memory) EXPECT_EQ(byte, 0);
}

TEST(SecretBytes, ForgetWhatTheyDrop) {
  SecretBytes secret(as_bytes("secret and more"));
  const ByteView before = secret.bytes();
  secret.shrink(6);
  EXPECT_EQ(as_text(secret), "secret");
  EXPECT_EQ(before.data()[6], 0);
  EXPECT_EQ(before.data()[14], 0);
}

TEST(SecretBytes, LeaveNothingBehindWhenTheyMove) {
  SecretBytes from(as_bytes("secret"));
  const SecretBytes to = std::move(from);
  EXPECT_EQ(as_text(to), "secret");
  EXPECT_EQ(from.size(), 0u);  // NOLINT(bugprone-use-after-move): what we test
}

TEST(Secret, ComparesByContent) {
  Counting random;
  const auto a = Secret<32>::random(random);
  const Secret<32> b = a;
  EXPECT_TRUE(a == b);
  EXPECT_FALSE(a == Secret<32>::random(random));
  EXPECT_TRUE(equal({}, {}));
  EXPECT_FALSE(equal(as_bytes("a"), as_bytes("aa")));
}

TEST(Secret, IsMadeOnlyFromTheRightLength) {
  EXPECT_FALSE(Secret<32>::from(as_bytes("short")));
  EXPECT_TRUE(Secret<5>::from(as_bytes("right")));
}

template <class T>
concept Printable = requires(std::ostream& out, T value) {
  out << value;
};

static_assert(!Printable<Secret<32>> && !Printable<SecretBytes>, "a secret must not reach a log by accident");

}  // namespace
}  // namespace omegate::crypto
