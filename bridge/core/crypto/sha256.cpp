#include "bridge/core/crypto/sha256.hpp"

#include <cassert>
#include <cstring>

namespace omegate::crypto {
namespace {

using Block = std::array<Byte, 64>;

/// The end of the last block: 0x80, zeros, the length in bits. `used` is at most 55.
void pad(Block& block, std::size_t used, std::uint64_t length) {
  block[used] = 0x80;
  std::memset(block.data() + used + 1, 0, 55 - used);
  const std::uint64_t bits = __builtin_bswap64(length * 8);
  std::memcpy(block.data() + 56, &bits, sizeof bits);
}

void expand(HmacSha256& prk, std::string_view info, std::span<Byte> out) {
  std::array<Byte, 32> block;
  for (Byte counter = 1; !out.empty(); ++counter) {
    if (counter > 1) prk.update(block);
    prk.update(as_bytes(info));
    prk.update({&counter, 1});
    prk.finish(block);
    const std::size_t take = std::min(out.size(), block.size());
    std::memcpy(out.data(), block.data(), take);
    out = out.subspan(take);
  }
  wipe(block);
}

void extract_and_expand(HmacSha256& salted, ByteView secret, std::string_view info, std::span<Byte> out) {
  std::array<Byte, 32> prk;
  salted.update(secret);
  salted.finish(prk);
  HmacSha256 expansion(prk);
  expand(expansion, info, out);
  wipe(prk);
}

}  // namespace

HmacSha256::HmacSha256(ByteView key, const Sha256Blocks& blocks) : blocks_(&blocks) {
  assert(key.size() <= block_.size());
  std::memset(block_.data(), 0, block_.size());
  std::copy(key.begin(), key.end(), block_.begin());
  blocks.start_hmac(block_.data(), inner_, outer_);
  state_ = inner_;
}

HmacSha256::~HmacSha256() { wipe({reinterpret_cast<Byte*>(this), sizeof *this}); }

void HmacSha256::update(ByteView part) {
  std::size_t used = length_ % 64;
  length_ += part.size();
  while (used + part.size() >= 64) {
    const std::size_t take = 64 - used;
    if (used == 0) {
      blocks_->compress(state_, part.data());
    } else {
      std::memcpy(block_.data() + used, part.data(), take);
      blocks_->compress(state_, block_.data());
    }
    part = part.subspan(take);
    used = 0;
  }
  if (!part.empty()) std::memcpy(block_.data() + used, part.data(), part.size());
}

void HmacSha256::finish(std::span<Byte, 32> out) {
  std::size_t used = length_ % 64;
  if (used > 55) {  // no room for the length: 0x80 ends this block, the length is alone in the next
    block_[used++] = 0x80;
    std::memset(block_.data() + used, 0, 64 - used);
    blocks_->compress(state_, block_.data());
    pad(block_, 0, length_);
    block_[0] = 0;
  } else {
    pad(block_, used, length_);
  }
  blocks_->finish_hmac(state_, block_.data(), outer_, out.data());
  state_ = inner_;
  length_ = 64;
}

void HmacSha256::finish_two(Byte first, Byte second, std::span<Byte, 32> out_first,
                            std::span<Byte, 32> out_second) {
  assert(length_ == 64);
  Block a, b;
  a[0] = first;
  pad(a, 1, 64 + 1);
  b = a;
  b[0] = second;
  const Byte* const last_blocks[] = {a.data(), b.data()};
  Byte* const out[] = {out_first.data(), out_second.data()};
  blocks_->finish_two_hmacs(inner_, last_blocks, outer_, out);
}

void hkdf_sha256_zero_salt(ByteView secret, std::string_view info, std::span<Byte> out) {
  static const HmacSha256 zero_salt{std::array<Byte, 32>{}};
  HmacSha256 salted = zero_salt;
  extract_and_expand(salted, secret, info, out);
}

void hkdf_sha256_short_salt(ByteView secret, ByteView salt, std::string_view info, std::span<Byte> out) {
  HmacSha256 salted(salt);
  extract_and_expand(salted, secret, info, out);
}

}  // namespace omegate::crypto
