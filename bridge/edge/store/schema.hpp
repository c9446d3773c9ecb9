// The schema: every table, step by step.
#pragma once

#include <cstddef>
#include <cstdint>

namespace omegate::store {

class Connection;

/// "OMGT", in the file's header.
inline constexpr std::int64_t application_id = 0x4f'4d'47'54;

/// The number of the newest step this program knows.
std::size_t newest_schema();

/// Where the database stands; 0: a new, empty one. Throws `StoreCorrupt` when a newer omegate wrote it.
std::size_t schema_of(Connection& db);

/// The steps from version `from` on, up to version `to`. Call it inside a transaction: all of them or none.
void migrate(Connection& db, std::size_t from, std::size_t to = newest_schema());

}  // namespace omegate::store
