// The table `runs`: programs that plugins want run. Added in the transaction of the event that wants it; marked as begun
// before the program is started, so that none is started twice; gone with the event that tells how it ended.
//
// Not here: what a row says, who runs it (gateway/plugins/program_runner.hpp).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;
class Query;
class Sealer;

struct StoredRun {
  RunId id;
  std::string plugin;
  AccountId account;  // of the event that tells how it ended
  Bytes body;         // sealed; opaque here
  WallTime created{};
  std::optional<WallTime> begun{};
};

class Runs {
 public:
  Runs(Connection& db, const Sealer& sealer);

  RunId add(const std::string& plugin, AccountId account, ByteView body, WallTime now);

  /// The oldest one that has not begun; from now on it has. Nothing: none waits.
  std::optional<StoredRun> begin_next(WallTime now);

  /// Begun and not ended, oldest first.
  std::vector<StoredRun> begun();

  void erase(RunId id);
  std::size_t count(std::string_view plugin);

 private:
  StoredRun read(Query& row);

  Connection& db_;
  const Sealer& sealer_;
  std::int64_t next_id_;
};

}  // namespace omegate::store
