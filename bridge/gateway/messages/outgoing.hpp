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
#include "bridge/core/base/time.hpp"
#include "bridge/core/trust/policy.hpp"
#include "bridge/core/xmpp/file_sharing.hpp"

namespace omegate::gateway {

/// What a message has to do with an earlier one. Stored by name.
enum class Bearing { none, correction, retraction, reply, reaction };

std::string_view name(Bearing bearing);

/// A file that is the message: then there is no text.
struct OutgoingFile {
  std::int64_t id = 0;  // in the table of files
  std::string name, media_type;
  std::uint64_t size = 0;  // bytes
  Bytes sha256;            // of the content
  std::optional<xmpp::FileSource> upload = {};  // where it lies, encrypted for this message alone
  WallTime uploaded{};
};

/// It was said before, and goes to a device that had no copy of it then.
struct Again {
  std::int64_t row = 0;  // of the outbox: the newest of those that this message says again
  WallTime said{};       // that one
  std::string fingerprint;  // of the one key that it is for; plain
};

/// A message as it was accepted. Plaintext: it exists in memory and, sealed, in the outbox; nowhere else.
struct Outgoing {
  std::string text;                       // of a retraction or a reaction: none
  std::optional<trust::Level> min_trust;  // devices below it are left out
  std::string origin;                     // the plugin's name, or "operator"

  Bearing bearing = Bearing::none;
  std::int64_t about = 0;                   // that earlier message, in the table of messages
  std::vector<std::string> reactions = {};  // all of them: none takes back what was there
  std::string quote = {};                   // of a reply: the text it answers, if we know it

  std::optional<OutgoingFile> file = {};
  std::optional<Again> again = {};

  bool bridged = false;                   // a bridge brought it from elsewhere
  bool is_notice = false;                 // the gateway's own: goes to the allowed devices whatever the rule says
};

Bytes encode(const Outgoing& message);
/// Rows are written by us: throws `std::runtime_error` for what is none.
Outgoing decode_outgoing(ByteView bytes);

}  // namespace omegate::gateway
