// What a message became for each device, written down in the transaction that sealed it: the memory of
// `omegate why`.
//
// Not here: sealing (seal.hpp), the words for people (why_words.hpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/trust/policy.hpp"
#include "bridge/edge/store/tables.hpp"

namespace omegate::gateway {

/// Why a device got no copy. Their names are stored and part of the API.
enum class LeftOut {
  no,               // it got one
  key_unknown,      // nobody has seen its key yet
  no_bundle,        // it is listed, but what it publishes cannot be had
  undecided,        // nobody decided about its key
  revoked,          // somebody decided against it
  below_min_trust,  // trusted, but the message asks for more
  no_session,       // trusted, but no session could be made
  not_listed,       // it wrote to us once, and is not in its owner's device list
  no_device,        // of a room: this member has no OMEMO device at all
  set_aside,        // trusted, but somebody took it for dead
};

std::string_view name(LeftOut cause);
std::optional<LeftOut> left_out_named(std::string_view text);

/// What happened to one device of the recipient, or one of our own.
struct Copy {
  std::string jid;
  omemo::DeviceId device;
  omemo::Version version;
  std::string fingerprint;  // empty: its key is not known
  bool included = false;
  std::string reason{};  // for people: why it was left out
  LeftOut cause = LeftOut::no;
  trust::Level level = trust::Level::undecided;  // at that moment, and so is all else here
  bool listed = true;
  std::string bundle_failure{};         // why its bundle could not be had
  std::optional<WallTime> delivered{};  // a receipt came that names this device
  std::int64_t again_in = 0;            // the row in which it was told later what it missed; 0: none
};

struct DeliveryNotes {
  std::uint64_t ledger_row = 0;  // the newest one: with it each decision can be replayed
  WallTime at{};
  trust::Policy policy = trust::Policy::manual;
  trust::MessageRule rule = trust::MessageRule::partial;
  std::vector<Copy> copies{};
  std::int64_t again_of = 0;  // the row that it repeats for one device; 0: it is no repetition
};

Bytes encode(const DeliveryNotes& notes);
/// Rows are written by us: throws `std::runtime_error` for what is none. Nothing written: no copies.
DeliveryNotes decode_notes(ByteView bytes);

/// A receipt that only this device can have written: it goes into the notes of the message, whatever else is
/// known of it. Runs inside a transaction.
void note_device_receipt(store::Tables& tables, const store::DeviceRef& device, std::string_view message_id,
                         WallTime now);

}  // namespace omegate::gateway
