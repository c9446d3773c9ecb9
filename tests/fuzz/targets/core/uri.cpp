// Laws: what is read of a verification URI is a device and a key of the right form, and what we write for
// scanning is read as what it was made of.
#include <algorithm>

#include "bridge/core/omemo/verification_uri.hpp"
#include "bridge/core/xmpp/jid.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {

void fuzz_uri(ByteView input) {
  const auto uri = omemo::parse_verification_uri(as_text(input));
  if (!uri) return;
  require(!uri->jid.empty(), "it is about somebody");
  for (const auto& each : uri->devices) {
    require(each.device.value() >= 1 && each.device.value() <= omemo::max_device_id, "ids are in range");
  }
  const auto jid = xmpp::Jid::parse(uri->jid);
  if (!jid) return;  // the caller refuses it
  const std::string written = omemo::make_verification_uri(jid->bare().to_string(), uri->devices);
  const bool is_plain =
      std::all_of(written.begin(), written.end(), [](char c) { return c > ' ' && c < 0x7f; });
  require(is_plain, "every scanner can read it");
  const auto again = omemo::parse_verification_uri(written);
  require(again && again->jid == jid->bare().to_string() && again->devices == uri->devices,
          "what we write is read the same");
  require(again->action.empty() && again->any_device.empty() && again->trust_ed.empty() &&
              again->distrust_ed.empty(),
          "and says nothing else");
}

}  // namespace omegate::fuzz
