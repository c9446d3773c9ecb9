// The content of an outbox row, and the notes on what became of it per device.
//
// Not here: the row itself (edge/store/outbox.hpp), sealing (seal.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/omemo/device_id.hpp"
#include "bridge/core/omemo/version.hpp"
#include "bridge/core/trust/policy.hpp"

namespace omegate::gateway {

/// A message as it was accepted. Plaintext: it exists in memory and, sealed, in the outbox; nowhere else.
struct Outgoing {
  std::string text;
  std::optional<trust::Level> min_trust;  // devices below it are left out
  std::string origin;                     // the plugin's name, or "operator"
};

Bytes encode(const Outgoing& message);
/// Rows are written by us: throws `std::runtime_error` for what is none.
Outgoing decode_outgoing(ByteView bytes);

/// What happened to one device of the recipient, or one of our own.
struct Copy {
  std::string jid;
  omemo::DeviceId device;
  omemo::Version version;
  std::string fingerprint;  // empty: its key is not known
  bool included = false;
  std::string reason;  // why it was left out
};

Bytes encode(const std::vector<Copy>& copies);
std::vector<Copy> decode_copies(ByteView bytes);

}  // namespace omegate::gateway
