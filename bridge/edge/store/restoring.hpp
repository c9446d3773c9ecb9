// A backup becomes a database again, beside the place it goes to; nothing that exists is touched until all is
// checked.
//
// Not here: the file (backup_file.hpp), config and passwords in it (app/cli/restore_verb.cpp).
#pragma once

#include <string>

#include "bridge/edge/store/backup_file.hpp"

namespace omegate::store {

/// Whether a process has the database open. A file that is not there is free.
bool is_in_use(const std::string& path);

/// Writes what `entry` (the reader stands behind it) holds to a new file, 0600. One that a restore before
/// left is replaced. Throws as `BackupReader::read`, `StoreUnusable`.
void write_entry(BackupReader& reader, const std::string& path);

/// Checks the whole staged database, lets `key` open it, and notes that all sessions are to be made anew.
/// Throws `StoreCorrupt`, `WrongDataKey`.
void prepare_staged(const std::string& staged, const DataKey& data_key, const FileKey& key, Random& random);

/// Checks pages and schema of a copy that was just made. Throws `StoreCorrupt`.
void check_copy(const std::string& copy);

/// `staged` takes the place of `path`. A database there goes to `aside` with its log, if that is not empty;
/// else it must not be there. In this order: its log, itself, the new one; an end in between leaves no
/// database with a foreign log. Throws `StoreUnusable`.
void put_in_place(const std::string& staged, const std::string& path, const std::string& aside);

}  // namespace omegate::store
