// What happens between a path and a usable database: file checks, migration, the key slots, the anchor.
//
// Not here: transactions (store.cpp).
#pragma once

#include <memory>
#include <string>

#include "bridge/core/base/random.hpp"
#include "bridge/edge/store/anchor.hpp"
#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/key_file.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

struct Opened {
  std::unique_ptr<Connection> db;
  std::unique_ptr<Sealer> sealer;
  std::unique_ptr<Anchor> anchor;  // none if none was asked for
};

/// Nothing that exists is replaced: a file that is not ours, a lost main file beside its log, a wrong key are
/// errors. A new database is complete or not there at all; only then a data key is drawn. With an anchor that
/// says there was a database none is made. `anchor` is a path, empty: none. Throws `StoreLocked`,
/// `StoreUnusable`, `StoreCorrupt`, `WrongDataKey`.
Opened open_database(const std::string& path, const FileKey& key, int max_pages, Random& random,
                     const std::string& anchor);

/// A database out of a backup, checked in full, brought up to date. Without anchor, and without the key file.
/// Throws as `open_database` does.
Opened open_with_data_key(const std::string& path, const DataKey& key, Random& random);

/// Lets another key file open a database that nobody runs on, by its recovery passphrase. The file that
/// opened it before still does, until a start with the new one. Throws as `open_database` does;
/// `WrongDataKey`: it has no recovery passphrase, or another one.
void admit_key_file(const std::string& path, ByteView passphrase, const FileKey& key, Random& random);

}  // namespace omegate::store
