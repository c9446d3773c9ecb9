// AES-256-CBC with the AES instructions of x86-64. Compiled for every x86-64, entered only where they exist.
// Runs in constant time and keeps no key.
#include "bridge/core/crypto/aes_blocks.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

namespace omegate::crypto {
namespace {

#define OMEGATE_AES __attribute__((target("aes,sse4.1")))
#define OMEGATE_AES_PART OMEGATE_AES __attribute__((always_inline)) inline

constexpr int rounds = 14;

struct RoundKeys {
  __m128i key[rounds + 1];
};

OMEGATE_AES_PART __m128i load(const void* from) { return _mm_loadu_si128(static_cast<const __m128i*>(from)); }
OMEGATE_AES_PART void store(void* to, __m128i value) { _mm_storeu_si128(static_cast<__m128i*>(to), value); }

/// Each word of a round key is the sum of the words before it.
OMEGATE_AES_PART __m128i prefix_sums(__m128i words) {
  words = _mm_xor_si128(words, _mm_slli_si128(words, 4));
  return _mm_xor_si128(words, _mm_slli_si128(words, 8));
}

template <int constant>
OMEGATE_AES_PART __m128i next_even(__m128i before, __m128i odd) {
  return _mm_xor_si128(prefix_sums(before),
                       _mm_shuffle_epi32(_mm_aeskeygenassist_si128(odd, constant), 0xff));
}

OMEGATE_AES_PART __m128i next_odd(__m128i before, __m128i even) {
  return _mm_xor_si128(prefix_sums(before), _mm_shuffle_epi32(_mm_aeskeygenassist_si128(even, 0), 0xaa));
}

OMEGATE_AES_PART RoundKeys expand(const Secret<32>& secret) {
  RoundKeys keys;
  __m128i* const k = keys.key;
  k[0] = load(secret.bytes().data());
  k[1] = load(secret.bytes().data() + 16);
  k[2] = next_even<0x01>(k[0], k[1]);
  k[3] = next_odd(k[1], k[2]);
  k[4] = next_even<0x02>(k[2], k[3]);
  k[5] = next_odd(k[3], k[4]);
  k[6] = next_even<0x04>(k[4], k[5]);
  k[7] = next_odd(k[5], k[6]);
  k[8] = next_even<0x08>(k[6], k[7]);
  k[9] = next_odd(k[7], k[8]);
  k[10] = next_even<0x10>(k[8], k[9]);
  k[11] = next_odd(k[9], k[10]);
  k[12] = next_even<0x20>(k[10], k[11]);
  k[13] = next_odd(k[11], k[12]);
  k[14] = next_even<0x40>(k[12], k[13]);
  return keys;
}

OMEGATE_AES_PART void forget(RoundKeys& keys) { wipe({reinterpret_cast<Byte*>(&keys), sizeof keys}); }

OMEGATE_AES void encrypt(const Secret<32>& key, const Iv& iv, std::span<Byte> blocks) {
  RoundKeys keys = expand(key);
  __m128i chained = load(iv.data());
  for (std::size_t at = 0; at < blocks.size(); at += aes_block) {
    __m128i block = _mm_xor_si128(_mm_xor_si128(load(&blocks[at]), chained), keys.key[0]);
#pragma GCC unroll 13
    for (int round = 1; round < rounds; ++round) block = _mm_aesenc_si128(block, keys.key[round]);
    chained = _mm_aesenclast_si128(block, keys.key[rounds]);
    store(&blocks[at], chained);
  }
  forget(keys);
}

OMEGATE_AES void decrypt(const Secret<32>& key, const Iv& iv, std::span<Byte> blocks) {
  RoundKeys keys = expand(key);
  for (int round = 1; round < rounds; ++round) keys.key[round] = _mm_aesimc_si128(keys.key[round]);
  __m128i chained = load(iv.data());
  for (std::size_t at = 0; at < blocks.size(); at += aes_block) {
    const __m128i ciphertext = load(&blocks[at]);
    __m128i block = _mm_xor_si128(ciphertext, keys.key[rounds]);
#pragma GCC unroll 13
    for (int round = rounds - 1; round > 0; --round) block = _mm_aesdec_si128(block, keys.key[round]);
    store(&blocks[at], _mm_xor_si128(_mm_aesdeclast_si128(block, keys.key[0]), chained));
    chained = ciphertext;
  }
  forget(keys);
}

bool has_instructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_AES) != 0 && (c & bit_SSE4_1) != 0;
}

}  // namespace

const Aes256Cbc& aes256_cbc() {
  static constinit const Aes256Cbc by_instructions{encrypt, decrypt};
  static const Aes256Cbc& chosen = has_instructions() ? by_instructions : aes256_cbc_by_openssl;
  return chosen;
}

}  // namespace omegate::crypto
#else
namespace omegate::crypto {

const Aes256Cbc& aes256_cbc() { return aes256_cbc_by_openssl; }

}  // namespace omegate::crypto
#endif
