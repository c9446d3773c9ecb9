// How one row of `outbox` is sealed: bound to its number, account and recipient.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/edge/store/ids.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

class OutboxSeal {
 public:
  OutboxSeal(const Sealer& sealer, OutboxId id, AccountId account, std::string_view recipient)
      : sealer_(sealer),
        account_(account),
        row_(std::to_string(id.value()) + '\n' + std::string(recipient)) {}

  Bytes close(std::string_view column, ByteView value) const { return sealer_.seal(place(column), value); }
  Bytes close_reason(std::string_view reason) const;  // cut to `max_reason`

  /// Empty for an empty (wiped) column.
  Bytes open(std::string_view column, ByteView sealed) const;

 private:
  Place place(std::string_view column) const { return {"outbox", column, account_.value(), row_}; }

  const Sealer& sealer_;
  AccountId account_;
  std::string row_;
};

/// Several byte strings as one, and back.
Bytes join(std::span<const Bytes> parts);
std::vector<Bytes> split(ByteView joined);

}  // namespace omegate::store
