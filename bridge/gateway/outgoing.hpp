// The content of an outbox row.
//
// Not here: the row itself (edge/store/outbox.hpp), sealing (seal.hpp), what became of it per device (copies.hpp).
#pragma once

#include <optional>
#include <string>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/trust/policy.hpp"

namespace omegate::gateway {

/// A message as it was accepted. Plaintext: it exists in memory and, sealed, in the outbox; nowhere else.
struct Outgoing {
  std::string text;
  std::optional<trust::Level> min_trust;  // devices below it are left out
  std::string origin;                     // the plugin's name, or "operator"
  bool is_notice = false;                 // the gateway's own: goes to the allowed devices whatever the rule says
};

Bytes encode(const Outgoing& message);
/// Rows are written by us: throws `std::runtime_error` for what is none.
Outgoing decode_outgoing(ByteView bytes);

}  // namespace omegate::gateway
