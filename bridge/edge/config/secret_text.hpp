// A secret of any length, as text: a password, a token.
//
// Not here: where secrets come from (secret_source.hpp), keys (core/crypto/secret.hpp).
#pragma once

#include <string_view>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/crypto/secret.hpp"

namespace omegate::config {

/// Wiped when it goes, compared in constant time, never printed: there is no stream operator, and the only
/// way to the characters is `reveal()`, so that a reviewer finds each use.
class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string_view text) : bytes_(as_bytes(text)) {}

  std::string_view reveal() const { return as_text(bytes_); }
  bool empty() const { return bytes_.empty(); }

  friend bool operator==(const SecretText& a, const SecretText& b) { return a.bytes_ == b.bytes_; }

 private:
  crypto::SecretBytes bytes_;
};

}  // namespace omegate::config
