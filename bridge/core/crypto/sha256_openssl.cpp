#include <bit>
#include <cstring>

#include "bridge/core/crypto/secret.hpp"
#include "bridge/core/crypto/sha256_blocks.hpp"

// The call below is deprecated since OpenSSL 3.0 and exported all the same; no other file uses it. EVP costs
// two to seven times as much for the messages of 1 to 160 bytes that the ratchet hashes.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

namespace omegate::crypto {
namespace {

constexpr Sha256State initial_state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

void put_state(const Sha256State& state, Byte* out) {
  for (std::size_t i = 0; i < state.size(); ++i) {
    std::uint32_t word = state[i];
    if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap32(word);
    std::memcpy(out + 4 * i, &word, sizeof word);
  }
}

void compress(Sha256State& state, const Byte* block) {
  SHA256_CTX context;  // `SHA256_Transform` reads and writes `h` alone
  std::memcpy(context.h, state.data(), sizeof context.h);
  SHA256_Transform(&context, block);
  std::memcpy(state.data(), context.h, sizeof context.h);
}

void start_hmac(const Byte* padded_key, Sha256State& inner, Sha256State& outer) {
  Byte block[64];
  const auto after_pad = [&](Byte pad, Sha256State& state) {
    for (std::size_t i = 0; i < sizeof block; ++i) block[i] = padded_key[i] ^ pad;
    state = initial_state;
    compress(state, block);
  };
  after_pad(0x36, inner);
  after_pad(0x5c, outer);
  wipe(block);
}

void finish_hmac(const Sha256State& inner, const Byte* last_block, const Sha256State& outer, Byte* out) {
  Sha256State state = inner;
  compress(state, last_block);
  Byte block[64] = {};
  put_state(state, block);
  block[32] = 0x80;
  block[62] = 0x03;  // 96 bytes are 0x300 bits
  state = outer;
  compress(state, block);
  put_state(state, out);
  wipe(block);
}

void finish_two_hmacs(const Sha256State& inner, const Byte* const last_blocks[2], const Sha256State& outer,
                      Byte* const out[2]) {
  for (int i = 0; i < 2; ++i) finish_hmac(inner, last_blocks[i], outer, out[i]);
}

}  // namespace

constinit const Sha256Blocks sha256_by_openssl{compress, start_hmac, finish_hmac, finish_two_hmacs};

}  // namespace omegate::crypto
