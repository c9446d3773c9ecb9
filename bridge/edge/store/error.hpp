// What can go wrong with the database: all of it our environment's fault, so exceptions.
//
// Each text is a whole sentence for the operator: which file, what is wrong, what to do.
#pragma once

#include <stdexcept>

namespace omegate::store {

/// The base of all of them. Thrown as itself when SQLite fails in a way none of the others names.
struct StoreError : std::runtime_error {
  using runtime_error::runtime_error;
};

/// Another process has the database.
struct StoreLocked : StoreError {
  using StoreError::StoreError;
};

/// The file cannot be opened, created or written: missing folder, rights, read-only disk.
struct StoreUnusable : StoreError {
  using StoreError::StoreError;
};

/// Not a database, damaged, from a newer program, or a ledger that does not verify. Never repaired by itself.
struct StoreCorrupt : StoreError {
  using StoreError::StoreError;
};

/// The data key does not fit this database, or cannot be read.
struct WrongDataKey : StoreError {
  using StoreError::StoreError;
};

/// A sealed value does not open: the row was altered, moved or copied from another place.
struct SealBroken : StoreError {
  using StoreError::StoreError;
};

/// A backup that is none, was altered or is cut off. Nothing of it was used.
struct BackupDamaged : StoreError {
  using StoreError::StoreError;
};

/// The disk is full. Nothing of the work was stored; later work may succeed.
struct DiskFull : StoreError {
  using StoreError::StoreError;
};

}  // namespace omegate::store
