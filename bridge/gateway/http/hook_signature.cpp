#include "bridge/gateway/http/hook_signature.hpp"

#include <utility>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"

namespace omegate::gateway {

using crypto::Hash;

Bytes signing_key(std::string_view secret) {
  constexpr std::string_view mark = "whsec_";
  if (secret.starts_with(mark)) {
    if (auto key = crypto::from_base64(secret.substr(mark.size()))) return std::move(*key);
  }
  return to_bytes(secret);
}

std::string standard_signature(std::string_view secret, std::string_view id, std::string_view stamp,
                               std::string_view body) {
  const std::string text = std::string(id) + '.' + std::string(stamp) + '.' + std::string(body);
  return "v1," + crypto::to_base64(crypto::hmac(Hash::sha256, signing_key(secret), as_bytes(text)));
}

std::string github_signature(std::string_view secret, std::string_view body) {
  return "sha256=" + crypto::to_hex(crypto::hmac(Hash::sha256, as_bytes(secret), as_bytes(body)));
}

}  // namespace omegate::gateway
