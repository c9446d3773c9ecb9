// What happens between a path and a usable database: file checks, migration, the data key's check.
//
// Not here: transactions (store.cpp).
#pragma once

#include <memory>
#include <string>

#include "bridge/core/base/random.hpp"
#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/data_key.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

struct Opened {
  std::unique_ptr<Connection> db;
  std::unique_ptr<Sealer> sealer;
};

/// Nothing that exists is replaced: a file that is not ours, a lost main file beside its log, a wrong key are
/// errors. A new database is complete or not there at all.
/// Throws `StoreLocked`, `StoreUnusable`, `StoreCorrupt`, `WrongDataKey`.
Opened open_database(const std::string& path, const DataKey& key, int max_pages, Random& random);

}  // namespace omegate::store
