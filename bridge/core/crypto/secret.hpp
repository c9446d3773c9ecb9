// Bytes that must not leak: wiped when they go, compared in constant time, never printed.
//
// A public key is a plain array; only what must not leak is a `Secret`. Not here: memory that is locked
// against swapping (the program locks all of its memory at start).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/random.hpp"

namespace omegate::crypto {

/// Overwrites with zeros; the compiler cannot drop it.
inline void wipe(std::span<Byte> secret) {
  if (secret.empty()) return;
  std::memset(secret.data(), 0, secret.size());
  asm volatile("" : : "r"(secret.data()) : "memory");  // "somebody reads this memory"
}

/// Constant time for equal lengths; lengths are public. Two empty strings are equal.
bool equal(ByteView a, ByteView b);

/// `Size` secret bytes.
template <std::size_t Size>
class Secret {
 public:
  Secret() = default;  // zeros, to be filled
  explicit Secret(std::span<const Byte, Size> bytes) {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
  }
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret() { wipe(bytes_); }

  static Secret random(Random& random) {
    Secret secret;
    random.fill(secret.bytes_);
    return secret;
  }

  /// Nothing if `bytes` has another length.
  static std::optional<Secret> from(ByteView bytes) {
    if (bytes.size() != Size) return std::nullopt;
    return Secret(bytes.template first<Size>());
  }

  static constexpr std::size_t size() { return Size; }
  std::span<const Byte, Size> bytes() const { return bytes_; }
  std::span<Byte, Size> writable() { return bytes_; }

  friend bool operator==(const Secret& a, const Secret& b) { return equal(a.bytes_, b.bytes_); }

 private:
  std::array<Byte, Size> bytes_{};
};

/// Secret bytes whose number is known only at run time. Converts to `ByteView`.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size) : bytes_(size) {}
  explicit SecretBytes(ByteView bytes) : bytes_(bytes.begin(), bytes.end()) {}
  SecretBytes(const SecretBytes&) = default;
  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  SecretBytes& operator=(SecretBytes other) noexcept {
    bytes_.swap(other.bytes_);
    return *this;
  }
  ~SecretBytes() { wipe(bytes_); }

  operator ByteView() const { return bytes_; }
  ByteView bytes() const { return bytes_; }
  std::span<Byte> writable() { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

  /// Forgets what is behind `size`; the dropped bytes are wiped. `size` is not above `size()`.
  void shrink(std::size_t size) {
    wipe(writable().subspan(size));
    bytes_.resize(size);
  }

  friend bool operator==(const SecretBytes& a, const SecretBytes& b) { return equal(a.bytes_, b.bytes_); }

 private:
  Bytes bytes_;  // never grows after construction, so no copy stays behind
};

}  // namespace omegate::crypto
