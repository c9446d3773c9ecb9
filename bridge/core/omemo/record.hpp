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
  explicit RecordWriter(std::size_t size) : bytes_(size), next_(bytes_.writable().data()) {}

  void put(ByteView bytes) {
    assert(left() >= bytes.size());
    std::memcpy(next_, bytes.data(), bytes.size());
    next_ += bytes.size();
  }
  template <class Number>
  void put_number(Number value) {
    Byte bytes[sizeof value];
    for (std::size_t i = 0; i < sizeof value; ++i) bytes[i] = static_cast<Byte>(value >> (8 * i));
    put(bytes);
  }
  crypto::SecretBytes take() {
    assert(left() == 0);
    return std::move(bytes_);
  }

 private:
  std::size_t left() const { return bytes_.size() - static_cast<std::size_t>(next_ - bytes_.bytes().data()); }

  crypto::SecretBytes bytes_;
  Byte* next_;
};

/// Reads one. Whoever reads checks `left` before: what is not there must not be read.
class RecordReader {
 public:
  explicit RecordReader(ByteView bytes) : next_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  std::size_t left() const { return static_cast<std::size_t>(end_ - next_); }

  void read(std::span<Byte> out) {
    assert(left() >= out.size());
    std::memcpy(out.data(), next_, out.size());
    next_ += out.size();
  }
  template <class Number>
  void read_number(Number& value) {
    Byte bytes[sizeof value];
    read(bytes);
    value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i)
      value = static_cast<Number>(value | Number{bytes[i]} << (8 * i));
  }

 private:
  const Byte* next_;
  const Byte* end_;
};

}  // namespace omegate::omemo
