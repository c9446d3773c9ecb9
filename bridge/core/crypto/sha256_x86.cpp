// SHA-256 with the SHA extensions of x86-64. Compiled for every x86-64, entered only where they exist.
#include "bridge/core/crypto/sha256_blocks.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

namespace omegate::crypto {
namespace {

#define OMEGATE_SHA __attribute__((target("sha,sse4.1")))
#define OMEGATE_SHA_PART OMEGATE_SHA __attribute__((always_inline)) inline

alignas(16) constexpr std::uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/// A state as the instructions want it: the words a b e f and c d g h, highest first.
struct Halves {
  __m128i abef, cdgh;
};

struct Words {
  __m128i quad[4];
};

OMEGATE_SHA_PART __m128i load(const void* from) { return _mm_loadu_si128(static_cast<const __m128i*>(from)); }
OMEGATE_SHA_PART void store(void* to, __m128i value) { _mm_storeu_si128(static_cast<__m128i*>(to), value); }
OMEGATE_SHA_PART __m128i swap_bytes(__m128i words) {
  return _mm_shuffle_epi8(words, _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
}

OMEGATE_SHA_PART Halves load_state(const Sha256State& state) {
  const __m128i cdab = _mm_shuffle_epi32(load(&state[0]), 0xb1);
  const __m128i efgh = _mm_shuffle_epi32(load(&state[4]), 0x1b);
  return {_mm_alignr_epi8(cdab, efgh, 8), _mm_blend_epi16(efgh, cdab, 0xf0)};
}

/// In plain order: a b c d, e f g h. Also the first eight words of a block that holds the digest.
struct Digest {
  __m128i abcd, efgh;
};

OMEGATE_SHA_PART Digest in_order(const Halves& halves) {
  const __m128i feba = _mm_shuffle_epi32(halves.abef, 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(halves.cdgh, 0xb1);
  return {_mm_blend_epi16(feba, dchg, 0xf0), _mm_alignr_epi8(dchg, feba, 8)};
}

OMEGATE_SHA_PART void store_state(const Halves& halves, Sha256State& state) {
  const Digest digest = in_order(halves);
  store(&state[0], digest.abcd);
  store(&state[4], digest.efgh);
}

OMEGATE_SHA_PART void store_bytes(const Halves& halves, Byte* out) {
  const Digest digest = in_order(halves);
  store(out, swap_bytes(digest.abcd));
  store(out + 16, swap_bytes(digest.efgh));
}

OMEGATE_SHA_PART Words load_block(const Byte* block) {
  return {{swap_bytes(load(block)), swap_bytes(load(block + 16)), swap_bytes(load(block + 32)),
           swap_bytes(load(block + 48))}};
}

/// The last block of the outer hash: the digest, 0x80, zeros, 96 bytes in bits.
OMEGATE_SHA_PART Words outer_block(const Halves& inner) {
  const Digest digest = in_order(inner);
  return {{digest.abcd, digest.efgh, _mm_set_epi32(0, 0, 0, static_cast<int>(0x80000000)),
           _mm_set_epi32(96 * 8, 0, 0, 0)}};
}

/// Four rounds; `group` counts them, 0 to 15.
OMEGATE_SHA_PART void rounds(Halves& state, Words& words, int group) {
  const __m128i current = words.quad[group % 4];
  const __m128i keyed =
      _mm_add_epi32(current, _mm_load_si128(reinterpret_cast<const __m128i*>(&round_constants[4 * group])));
  state.cdgh = _mm_sha256rnds2_epu32(state.cdgh, state.abef, keyed);
  if (group >= 3 && group < 15) {
    __m128i& next = words.quad[(group + 1) % 4];
    next = _mm_add_epi32(next, _mm_alignr_epi8(current, words.quad[(group + 3) % 4], 4));
    next = _mm_sha256msg2_epu32(next, current);
  }
  state.abef = _mm_sha256rnds2_epu32(state.abef, state.cdgh, _mm_shuffle_epi32(keyed, 0x0e));
  if (group >= 1 && group < 13) {
    __m128i& previous = words.quad[(group + 3) % 4];
    previous = _mm_sha256msg1_epu32(previous, current);
  }
}

OMEGATE_SHA_PART Halves sum(const Halves& a, const Halves& b) {
  return {_mm_add_epi32(a.abef, b.abef), _mm_add_epi32(a.cdgh, b.cdgh)};
}

OMEGATE_SHA_PART Halves hash(const Halves& before, Words words) {
  Halves state = before;
#pragma GCC unroll 16
  for (int group = 0; group < 16; ++group) rounds(state, words, group);
  return sum(state, before);
}

OMEGATE_SHA_PART void hash_two(Halves& a, Words words_a, Halves& b, Words words_b) {
  const Halves before_a = a, before_b = b;
#pragma GCC unroll 16
  for (int group = 0; group < 16; ++group) {
    rounds(a, words_a, group);
    rounds(b, words_b, group);
  }
  a = sum(a, before_a);
  b = sum(b, before_b);
}

OMEGATE_SHA_PART Halves initial_state() {
  return {_mm_set_epi32(0x6a09e667, static_cast<int>(0xbb67ae85), 0x510e527f, static_cast<int>(0x9b05688c)),
          _mm_set_epi32(0x3c6ef372, static_cast<int>(0xa54ff53a), 0x1f83d9ab, 0x5be0cd19)};
}

OMEGATE_SHA_PART Words with_pad(const Words& key, char pad) {
  const __m128i bytes = _mm_set1_epi8(pad);
  return {{_mm_xor_si128(key.quad[0], bytes), _mm_xor_si128(key.quad[1], bytes),
           _mm_xor_si128(key.quad[2], bytes), _mm_xor_si128(key.quad[3], bytes)}};
}

OMEGATE_SHA void compress(Sha256State& state, const Byte* block) {
  store_state(hash(load_state(state), load_block(block)), state);
}

OMEGATE_SHA void start_hmac(const Byte* padded_key, Sha256State& inner, Sha256State& outer) {
  const Words key = load_block(padded_key);
  Halves a = initial_state(), b = a;
  hash_two(a, with_pad(key, 0x36), b, with_pad(key, 0x5c));
  store_state(a, inner);
  store_state(b, outer);
}

OMEGATE_SHA void finish_hmac(const Sha256State& inner, const Byte* last_block, const Sha256State& outer,
                             Byte* out) {
  const Halves digest = hash(load_state(inner), load_block(last_block));
  store_bytes(hash(load_state(outer), outer_block(digest)), out);
}

OMEGATE_SHA void finish_two_hmacs(const Sha256State& inner, const Byte* const last_blocks[2],
                                  const Sha256State& outer, Byte* const out[2]) {
  Halves a = load_state(inner), b = a;
  hash_two(a, load_block(last_blocks[0]), b, load_block(last_blocks[1]));
  const Words again_a = outer_block(a), again_b = outer_block(b);
  a = b = load_state(outer);
  hash_two(a, again_a, b, again_b);
  store_bytes(a, out[0]);
  store_bytes(b, out[1]);
}

bool has_instructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSE4_1) == 0) return false;
  constexpr unsigned sha = 1u << 29;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & sha) != 0;
}

}  // namespace

const Sha256Blocks& sha256_blocks() {
  static constinit const Sha256Blocks by_instructions{compress, start_hmac, finish_hmac, finish_two_hmacs};
  static const Sha256Blocks& chosen = has_instructions() ? by_instructions : sha256_by_openssl;
  return chosen;
}

}  // namespace omegate::crypto
#else
namespace omegate::crypto {

const Sha256Blocks& sha256_blocks() { return sha256_by_openssl; }

}  // namespace omegate::crypto
#endif
