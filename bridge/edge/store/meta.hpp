// The table `meta`: single values of the whole database.
#pragma once

#include <string_view>

#include "bridge/core/base/bytes.hpp"

namespace omegate::store {

class Connection;

/// As stored, sealed or not. Throws `StoreCorrupt` when it is missing: each of them is there from the first
/// moment on.
Bytes read_meta(Connection& db, std::string_view name);
bool has_meta(Connection& db, std::string_view name);
void write_meta(Connection& db, std::string_view name, ByteView value);

/// This database's own random number: salt of all keys, and its name in anchors and backups. 16 bytes.
Bytes database_id(Connection& db);

}  // namespace omegate::store
