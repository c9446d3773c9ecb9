#include "bridge/core/crypto/sha256.hpp"

// The calls below are deprecated since OpenSSL 3.0 and exported all the same; no other file uses them. EVP
// costs two to seven times as much for the messages of 1 to 160 bytes that the ratchet hashes.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <bit>
#include <cassert>
#include <cstring>

namespace omegate::crypto {
namespace {

using State = std::array<std::uint32_t, 8>;
using Block = std::array<Byte, 64>;

constexpr State initial_state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                              0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

void compress(State& state, const Byte* block) {
  SHA256_CTX context;  // `SHA256_Transform` reads and writes `h` alone
  std::memcpy(context.h, state.data(), sizeof context.h);
  SHA256_Transform(&context, block);
  std::memcpy(state.data(), context.h, sizeof context.h);
}

void put_big_endian(std::uint32_t value, Byte* out) {
  if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap32(value);
  std::memcpy(out, &value, sizeof value);
}

void put_length(std::uint64_t bytes, Block& block) {
  put_big_endian(static_cast<std::uint32_t>(bytes >> 29), &block[56]);
  put_big_endian(static_cast<std::uint32_t>(bytes << 3), &block[60]);
}

State after_padded_key(ByteView key, Byte pad) {
  Block block;
  block.fill(pad);
  for (std::size_t i = 0; i < key.size(); ++i) block[i] ^= key[i];
  State state = initial_state;
  compress(state, block.data());
  wipe(block);
  return state;
}

void expand(HmacSha256 prk, std::string_view info, std::span<Byte> out) {
  std::array<Byte, 32> block;
  for (Byte counter = 1; !out.empty(); ++counter) {
    if (counter > 1) prk.update(block);
    prk.update(as_bytes(info));
    prk.update({&counter, 1});
    prk.finish(block);
    const std::size_t take = std::min(out.size(), block.size());
    std::copy_n(block.begin(), take, out.begin());
    out = out.subspan(take);
  }
  wipe(block);
}

void extract_and_expand(HmacSha256 salted, ByteView secret, std::string_view info, std::span<Byte> out) {
  std::array<Byte, 32> prk;
  salted.update(secret);
  salted.finish(prk);
  expand(HmacSha256(prk), info, out);
  wipe(prk);
}

}  // namespace

HmacSha256::HmacSha256(ByteView key)
    : inner_(after_padded_key(key, 0x36)), outer_(after_padded_key(key, 0x5c)) {
  assert(key.size() <= 64);
  state_ = inner_;
}

HmacSha256::~HmacSha256() { wipe({reinterpret_cast<Byte*>(this), sizeof *this}); }

void HmacSha256::update(ByteView part) {
  std::size_t used = length_ % 64;
  length_ += part.size();
  while (used + part.size() >= 64) {
    const std::size_t take = 64 - used;
    if (used == 0) {
      compress(state_, part.data());
    } else {
      std::memcpy(&block_[used], part.data(), take);
      compress(state_, block_.data());
    }
    part = part.subspan(take);
    used = 0;
  }
  if (!part.empty()) std::memcpy(&block_[used], part.data(), part.size());
}

void HmacSha256::finish(std::span<Byte, 32> out) {
  std::size_t used = length_ % 64;
  block_[used++] = 0x80;
  if (used > 56) {
    std::memset(&block_[used], 0, 64 - used);
    compress(state_, block_.data());
    used = 0;
  }
  std::memset(&block_[used], 0, 56 - used);
  put_length(length_, block_);
  compress(state_, block_.data());

  for (std::size_t i = 0; i < 8; ++i) put_big_endian(state_[i], &block_[4 * i]);
  block_[32] = 0x80;
  std::memset(&block_[33], 0, 56 - 33);
  put_length(64 + 32, block_);
  state_ = outer_;
  compress(state_, block_.data());
  for (std::size_t i = 0; i < 8; ++i) put_big_endian(state_[i], &out[4 * i]);

  state_ = inner_;
  length_ = 64;
}

void hkdf_sha256_zero_salt(ByteView secret, std::string_view info, std::span<Byte> out) {
  static const HmacSha256 zero_salt{std::array<Byte, 32>{}};
  extract_and_expand(zero_salt, secret, info, out);
}

void hkdf_sha256_short_salt(ByteView secret, ByteView salt, std::string_view info, std::span<Byte> out) {
  extract_and_expand(HmacSha256(salt), secret, info, out);
}

}  // namespace omegate::crypto
