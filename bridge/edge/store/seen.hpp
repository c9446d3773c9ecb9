// The table `seen`: keys of received messages, so that a repetition is known as one.
//
// Keys are kept as keyed hashes of 16 bytes.
#pragma once

#include <cstddef>
#include <string_view>

#include "bridge/core/base/time.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;
class Sealer;

class Seen {
 public:
  Seen(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer) {}

  /// True if the key is new; it is remembered now.
  bool add(AccountId account, std::string_view key, WallTime now);
  bool contains(AccountId account, std::string_view key);
  std::size_t purge(WallTime before);

 private:
  Connection& db_;
  const Sealer& sealer_;
};

}  // namespace omegate::store
