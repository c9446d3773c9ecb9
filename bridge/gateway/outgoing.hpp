// The content of an outbox row.
//
// Not here: the row itself (edge/store/outbox.hpp), what it becomes in each OMEMO version (wire_content.hpp),
// sealing (seal.hpp), what became of it per device (copies.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/trust/policy.hpp"

namespace omegate::gateway {

/// What a message has to do with an earlier one. Stored by name.
enum class Bearing { none, correction, retraction, reply, reaction };

std::string_view name(Bearing bearing);

/// A message as it was accepted. Plaintext: it exists in memory and, sealed, in the outbox; nowhere else.
struct Outgoing {
  std::string text;                       // of a retraction or a reaction: none
  std::optional<trust::Level> min_trust;  // devices below it are left out
  std::string origin;                     // the plugin's name, or "operator"

  Bearing bearing = Bearing::none;
  std::int64_t about = 0;                   // that earlier message, in the table of messages
  std::vector<std::string> reactions = {};  // all of them: none takes back what was there
  std::string quote = {};                   // of a reply: the text it answers, if we know it

  bool is_notice = false;                 // the gateway's own: goes to the allowed devices whatever the rule says
};

Bytes encode(const Outgoing& message);
/// Rows are written by us: throws `std::runtime_error` for what is none.
Outgoing decode_outgoing(ByteView bytes);

}  // namespace omegate::gateway
