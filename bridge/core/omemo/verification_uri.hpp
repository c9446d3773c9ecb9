// The `xmpp:` URI that clients show as QR code and scan to verify keys.
//
// Source: XEP-0384 0.3 practice of Conversations, Dino, Gajim, Profanity; RFC 5122 for the escapes; XEP-0450
// §7 for the trust-message form.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/result.hpp"
#include "bridge/core/omemo/device_id.hpp"
#include "bridge/core/omemo/keys.hpp"

namespace omegate::omemo {

struct DeviceFingerprint {
  DeviceId device;
  PublicKey curve;

  friend bool operator==(const DeviceFingerprint&, const DeviceFingerprint&) = default;
};

struct VerificationUri {
  std::string jid;     // percent-decoded, not yet checked to be a JID
  std::string action;  // "message", "trust-message", … or empty
  std::vector<DeviceFingerprint> devices;
  std::vector<PublicKey> any_device;             // `omemo=…` without a device id
  std::vector<PublicKey> trust_ed, distrust_ed;  // `trust-message` of OMEMO 2: Edwards form
};

/// `xmpp:alice@example.net?omemo-sid-1=…;omemo-sid-2=…`: own device first.
std::string make_verification_uri(std::string_view bare_jid, std::span<const DeviceFingerprint> devices);

/// Reads `xmpp:` URIs and Conversations' share links (`https://…/i/jid?…&…`). Unknown parameters, bad ids and
/// keys of the wrong length are left out. Errors: `bad_uri`, when there is no address in it.
Result<VerificationUri> parse_verification_uri(std::string_view text);

}  // namespace omegate::omemo
