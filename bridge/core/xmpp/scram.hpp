// SCRAM, the client's side: SHA-1, SHA-256, SHA-512, with and without channel binding.
//
// Proves the password without showing it and checks that the server knows it too.
// Not here: the choice of the mechanism (mechanism.hpp), base64 and elements around it (sasl.hpp).
// Source: RFC 5802, RFC 7677, RFC 9266; XEP-0474 (attribute h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/xmpp/error.hpp"
#include "bridge/core/xmpp/mechanism.hpp"

namespace omegate::xmpp {

class Scram {
 public:
  struct Setup {
    crypto::Hash hash = crypto::Hash::sha256;
    std::string user;              // localpart of the account
    crypto::SecretBytes password;  // as `prepare_password` gave it
    std::string nonce;             // 18 random bytes or more, as base64; no comma
    Binding binding = Binding::none;
    Bytes binding_data = {};  // of exporter and server_end_point
    /// What the server offered; compared with its `h`, if it sends one.
    SaslOffer offer = {};
    bool needs_proof_of_offers = false;
  };

  explicit Scram(Setup setup);

  /// client-first-message.
  std::string first() const;

  /// server-first -> client-final. Once. Errors: `bad_challenge`, `nonce_mismatch`, `bad_iteration_count`,
  /// `offers_altered`, `downgrade_suspected` (needs `h`, got none).
  /// Cost: the server's iterations; up to 0.3 s.
  Result<std::string> answer(std::string_view server_first);

  /// server-final. Errors: `server_refused`, `server_not_authentic`, `bad_challenge`. When the server says
  /// success and this did not succeed, the session must be dropped.
  Result<> finish(std::string_view server_final);

  /// Whether `finish` succeeded.
  bool server_is_authentic() const { return authentic_; }

 private:
  std::string gs2_header() const;
  std::string first_bare() const;
  Result<> check_offers(std::optional<std::string_view> server_hash) const;
  Bytes prove(ByteView salt, std::uint32_t iterations, std::string_view signed_text);

  Setup setup_;
  Bytes server_signature_;  // what a server that knows the password must send; empty before `answer`
  bool authentic_ = false;
};

/// SASLprep. Errors: `bad_password_text`.
Result<crypto::SecretBytes> prepare_password(std::string_view password);

/// XEP-0474: what the server's `h` must be, base64.
std::string offers_hash(crypto::Hash hash, const SaslOffer& offer);

}  // namespace omegate::xmpp
