// Flat records for the store: fixed fields, little endian, one format byte in front.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <span>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/crypto/secret.hpp"

namespace omegate::omemo {

/// Writes a record whose size is known beforehand, so that no copy of a secret stays in freed memory.
class RecordWriter {
 public:
  explicit RecordWriter(std::size_t size) : bytes_(size) {}

  void put(ByteView bytes) {
    assert(bytes_.size() - used_ >= bytes.size());
    std::memcpy(bytes_.writable().data() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
  }
  void put_byte(Byte value) { put({&value, 1}); }
  void put_number(std::uint64_t value, std::size_t size = 4) {
    for (std::size_t i = 0; i < size; ++i) put_byte(static_cast<Byte>(value >> (8 * i)));
  }
  crypto::SecretBytes take() {
    assert(used_ == bytes_.size());
    return std::move(bytes_);
  }

 private:
  crypto::SecretBytes bytes_;
  std::size_t used_ = 0;
};

/// Reads one. What is missing reads as zeros; `is_whole` says at the end whether it was all there and no
/// more.
class RecordReader {
 public:
  explicit RecordReader(ByteView bytes) : rest_(bytes) {}

  void read(std::span<Byte> out) {
    if (rest_.size() < out.size()) {
      failed_ = true;
      rest_ = {};
      std::fill(out.begin(), out.end(), Byte{0});
      return;
    }
    std::memcpy(out.data(), rest_.data(), out.size());
    rest_ = rest_.subspan(out.size());
  }
  Byte byte() {
    Byte value = 0;
    read({&value, 1});
    return value;
  }
  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= static_cast<std::uint64_t>(byte()) << (8 * i);
    return value;
  }
  std::uint32_t number() { return static_cast<std::uint32_t>(number(4)); }
  std::size_t left() const { return rest_.size(); }
  bool is_whole() const { return !failed_ && rest_.empty(); }

 private:
  ByteView rest_;
  bool failed_ = false;
};

}  // namespace omegate::omemo
