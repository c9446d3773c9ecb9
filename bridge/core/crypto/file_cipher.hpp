// Files in pieces: AES over any length in constant memory, and the hash of what goes by.
//
// GCM says only at the end whether anything of it was true: whoever opens keeps the plaintext where nobody
// reads it until `finish` has succeeded. CBC never says so: there a hash of the whole has to. Not here: short
// messages (aes.hpp), files at rest (edge/files/spool.hpp).
// Source: NIST SP 800-38A, 800-38D; XEP-0454, XEP-0448 §4.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/crypto/aes.hpp"
#include "bridge/core/crypto/error.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/crypto/secret.hpp"

namespace omegate::crypto {

/// The ciphers of XEP-0448. In GCM the tag follows the ciphertext.
enum class FileCipher { aes128_gcm, aes256_gcm, aes256_cbc };

std::size_t key_size(FileCipher cipher);
/// GCM: 12, and 16 as older clients write it. CBC: 16.
bool is_iv_size(FileCipher cipher, std::size_t size);

/// What GCM can do under one key and IV. Unit: bytes. Source: NIST SP 800-38D §5.2.1.1.
inline constexpr std::uint64_t max_gcm_file = (std::uint64_t{1} << 36) - 32;

namespace detail {
struct CipherContext;  // the library's, opaque: its header stays in this module
struct DigestContext;
struct FreeContext {
  void operator()(CipherContext* context) const;
  void operator()(DigestContext* context) const;
};
}  // namespace detail

/// AES-256-GCM, and nothing else: what we write.
class FileSealer {
 public:
  /// `iv` has 12 bytes. A key and IV seal one file, once.
  FileSealer(const Secret<32>& key, ByteView iv);

  /// As many bytes of ciphertext as `piece` has.
  Bytes update(ByteView piece);
  /// The tag, which goes behind the ciphertext. Once, after the last piece.
  Tag finish();

 private:
  std::unique_ptr<detail::CipherContext, detail::FreeContext> context_;
};

class FileOpener {
 public:
  /// Errors: `bad_length` (key or IV).
  static Result<FileOpener> begin(FileCipher cipher, ByteView key, ByteView iv);

  /// The next bytes as they were downloaded; returns plaintext, which is not to be believed yet. The last
  /// block or tag is kept back, for only `finish` knows that it is the last one.
  Bytes update(ByteView piece);

  /// The rest of the plaintext, after the last piece. Errors: `not_authentic` (GCM), `bad_length` (shorter
  /// than a tag; CBC: no whole blocks), `bad_padding` (CBC).
  Result<Bytes> finish();

 private:
  FileOpener(FileCipher cipher, ByteView key, ByteView iv);

  bool is_gcm() const { return cipher_ != FileCipher::aes256_cbc; }
  Bytes decrypt(ByteView ciphertext);

  FileCipher cipher_;
  std::unique_ptr<detail::CipherContext, detail::FreeContext> context_;
  Bytes kept_;  // the last 16 bytes so far
};

/// The hash of a text that comes in pieces.
class RunningHash {
 public:
  explicit RunningHash(Hash hash);
  void update(ByteView piece);
  /// Once.
  Bytes finish();

 private:
  Hash hash_;
  std::unique_ptr<detail::DigestContext, detail::FreeContext> context_;
};

}  // namespace omegate::crypto
