// The bytes of one download on their way from the network to the spool: decrypted, counted, hashed.
//
// Blocks on the disk. Nothing of it can be read before `finish` has found all in order; before that it goes away
// without a trace. Not here: the request (downloads.hpp). Source: XEP-0448 §3, XEP-0454 §4.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/core/crypto/file_cipher.hpp"
#include "bridge/core/xmpp/file_sharing.hpp"
#include "bridge/edge/files/spool.hpp"

namespace omegate::gateway {

class IncomingContent {
 public:
  /// `source` can be opened: it was parsed.
  IncomingContent(files::SpoolWriter writer, const xmpp::FileSource& source, const xmpp::SharedFile& claimed);

  /// Throws `files::SpoolFailure`.
  void write(ByteView piece);

  /// The file, or why it is none: a tag, a size or a hash that does not fit. Once. Throws `files::SpoolFailure`.
  struct Finished {
    std::optional<files::SpoolFile> file{};
    std::string fault{};
  };
  Finished finish();

 private:
  struct Expected {
    xmpp::FileHash hash;
    crypto::RunningHash running;
  };
  static std::vector<Expected> expect(const std::vector<xmpp::FileHash>& hashes);
  static bool all_fit(std::vector<Expected>& expected);
  void keep(ByteView plaintext);

  files::SpoolWriter writer_;
  crypto::FileOpener opener_;
  std::optional<std::uint64_t> size_;
  std::vector<Expected> of_ciphertext_, of_plaintext_;
};

}  // namespace omegate::gateway
