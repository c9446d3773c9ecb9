// A secret of any length, as text: a password, a token.
//
// Not here: where secrets come from (secret_source.hpp), fixed-size keys (core/crypto/secret.hpp).
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace omegate::config {

/// Wiped when it goes, compared in constant time, never printed: there is no stream operator, and the
/// only way to the bytes is `reveal()`, so that a reviewer finds each use.
class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string_view text);
  SecretText(const SecretText& other);
  SecretText(SecretText&& other) noexcept;
  SecretText& operator=(SecretText other) noexcept;
  ~SecretText();

  std::string_view reveal() const { return {bytes_.get(), size_}; }
  bool empty() const { return size_ == 0; }

  /// Takes the same time wherever the first difference stands; the length is not hidden.
  friend bool operator==(const SecretText& a, const SecretText& b);

 private:
  std::unique_ptr<char[]> bytes_;  // one block of the exact size: nothing grows, so nothing leaves a copy
  std::size_t size_ = 0;
};

}  // namespace omegate::config
