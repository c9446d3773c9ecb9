#include "bridge/gateway/messages/incoming_content.hpp"

#include <algorithm>
#include <utility>

namespace omegate::gateway {

IncomingContent::IncomingContent(files::SpoolWriter writer, const xmpp::FileSource& source,
                                 const xmpp::SharedFile& claimed)
    : writer_(std::move(writer)),
      opener_(crypto::FileOpener::begin(source.cipher, source.key, source.iv).value()),
      size_(claimed.size),
      of_ciphertext_(expect(source.hashes)),
      of_plaintext_(expect(claimed.hashes)) {}

std::vector<IncomingContent::Expected> IncomingContent::expect(const std::vector<xmpp::FileHash>& hashes) {
  std::vector<Expected> expected;
  for (const xmpp::FileHash& hash : hashes) expected.push_back({hash, crypto::RunningHash(hash.algorithm)});
  return expected;
}

void IncomingContent::write(ByteView piece) {
  for (Expected& each : of_ciphertext_) each.running.update(piece);
  Bytes plaintext = opener_.update(piece);
  keep(plaintext);
  crypto::wipe(plaintext);
}

void IncomingContent::keep(ByteView plaintext) {
  for (Expected& each : of_plaintext_) each.running.update(plaintext);
  writer_.write(plaintext);
}

bool IncomingContent::all_fit(std::vector<Expected>& expected) {
  return std::all_of(expected.begin(), expected.end(),
                     [](Expected& each) { return crypto::equal(each.running.finish(), each.hash.value); });
}

IncomingContent::Finished IncomingContent::finish() {
  const auto rest = opener_.finish();
  if (!rest) return {{}, "it was altered, or it is another file: it does not open with its key"};
  keep(*rest);
  if (!all_fit(of_ciphertext_)) return {{}, "it was altered: what lies there has another hash than was said"};
  if (size_ && *size_ != writer_.size())
    return {{}, "it has " + std::to_string(writer_.size()) + " bytes, and " + std::to_string(*size_) + " were said"};
  if (!all_fit(of_plaintext_)) return {{}, "its content has another hash than was said"};
  return {writer_.finish(), {}};
}

}  // namespace omegate::gateway
