// The typed ids of the tables.
#pragma once

#include <cstdint>
#include <string>

#include "bridge/core/base/id.hpp"
#include "bridge/core/omemo/device_id.hpp"
#include "bridge/core/omemo/version.hpp"

namespace omegate::store {

/// One of our accounts: a small number that clusters the other tables.
using AccountId = Id<struct AccountIdTag, std::int64_t>;
using InboxId = Id<struct InboxIdTag, std::int64_t>;
using OutboxId = Id<struct OutboxIdTag, std::int64_t>;
using MailId = Id<struct MailIdTag, std::int64_t>;
using RunId = Id<struct RunIdTag, std::int64_t>;
using FileId = Id<struct FileIdTag, std::int64_t>;
/// Where a device lies in `devices`, and its current session in `ratchets`: shorter to find than by its name.
using DeviceRow = Id<struct DeviceRowTag, std::int64_t>;

/// One device of a peer, as met in one OMEMO version.
struct DeviceRef {
  AccountId account;
  std::string peer;  // bare JID, prepared
  omemo::Version version;
  omemo::DeviceId device;

  friend bool operator==(const DeviceRef&, const DeviceRef&) = default;
};

}  // namespace omegate::store
