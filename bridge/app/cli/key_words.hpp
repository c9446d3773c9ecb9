// Which keys an operator means: a fingerprint, a device, all, or what a QR code said.
#pragma once

#include <string>
#include <vector>

namespace omegate::app {

struct KeyWords {
  std::string jid;
  std::vector<std::string> which;  // as the protocol's WHICH, one request each
  bool scanned = false;            // from a URI: the person has compared them by scanning
};

/// `jid` may be an `xmpp:` URI; then there are no further words. Throws `UsageError`.
KeyWords read_key_words(const std::string& jid, const std::vector<std::string>& words);

}  // namespace omegate::app
