// Files that a message speaks of: where the encrypted bytes lie, and how they are opened.
//
// Two spellings of the same thing. OMEMO 2: `<file-sharing/>` with an encrypted source, inside the envelope.
// Legacy: the body is an `aesgcm://` URL and nothing else. Both are believed only out of an encrypted payload:
// the caller passes nothing else. What is not encrypted, or lies elsewhere than behind https, is not a file
// for us. Not here: the bytes (core/crypto/file_cipher.hpp), names (file_names.hpp), fetching them (gateway).
// Source: XEP-0447 0.3, XEP-0448 0.2, XEP-0446 0.2, XEP-0300 1.0, XEP-0454 0.1.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/crypto/file_cipher.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/crypto/secret.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/error.hpp"

namespace omegate::xmpp {

/// Only hashes that prove something: SHA-256 and SHA-512. Others are skipped.
struct FileHash {
  crypto::Hash algorithm = crypto::Hash::sha256;
  Bytes value;

  friend bool operator==(const FileHash&, const FileHash&) = default;
};

/// Where encrypted bytes lie. The key is a secret: print neither this nor `aesgcm_url`.
struct FileSource {
  std::string url;  // https, without a fragment: may be logged and requested
  crypto::FileCipher cipher = crypto::FileCipher::aes256_gcm;
  crypto::SecretBytes key;
  Bytes iv;
  std::vector<FileHash> hashes{};  // of the bytes as they lie there
};

struct SharedFile {
  std::string name;        // as a person reads it: `safe_file_name`, never empty, never a path
  std::string media_type;  // "image/png"; "application/octet-stream" if it is not known
  std::optional<std::uint64_t> size{};  // of the plaintext, as its sender says. Unit: bytes
  std::vector<FileHash> hashes{};       // of the plaintext
  std::vector<FileSource> sources;      // at least one; each is the same file
};

// --- the legacy spelling

/// Errors: `malformed` (not `aesgcm://`, no host, a user name in it, not printable ASCII, too long),
/// `bad_encoding` (the fragment is not 88 or 96 hex digits).
Result<FileSource> parse_aesgcm(std::string_view url);

/// The source is AES-256-GCM with an IV of 12 bytes. The result holds the key.
std::string aesgcm_url(const FileSource& source);

/// The file that a decrypted text is: one such URL, and perhaps a thumbnail in a second line. Nothing: it is
/// a text.
std::optional<SharedFile> file_in_text(std::string_view text);

// --- the spelling of OMEMO 2

/// Those of the content of an envelope that have a source we can open; `max_shared_files` at most.
std::vector<SharedFile> read_shared_files(std::span<const xml::Element> content);

xml::Element shared_file_element(const SharedFile& file);

}  // namespace omegate::xmpp
