// The key outside the database: a file or a systemd credential, which opens the first slot.
//
// Not here: the slots and the data key inside them (key_slots.hpp).
#pragma once

#include <string>

#include "bridge/core/base/random.hpp"
#include "bridge/core/crypto/secret.hpp"

namespace omegate::store {

/// What lies in the file. Never the key that values are sealed under.
struct FileKey {
  crypto::Secret<32> bytes;
};

/// Reads 32 raw bytes, 64 hex digits or base64, one line break behind it allowed.
/// Throws `WrongDataKey`: missing, a link, not a regular file, readable or writable by others than its owner
/// (mode beyond 0600; a credential of systemd may be 0440), owned by somebody else than us or root, in a
/// folder that others may write in, or of another form.
FileKey load_key_file(const std::string& path);

/// From $CREDENTIALS_DIRECTORY/`name`. Throws `WrongDataKey`, also when there is no such directory.
FileKey load_key_credential(const std::string& name);

/// Makes a new key and writes it, 0600, synced, never over an existing file. Throws `StoreUnusable`.
FileKey create_key_file(const std::string& path, Random& random);

/// Puts a key file that `create_key_file` made at `from` into the place of `to`, at once and for good.
/// Throws `StoreUnusable`.
void replace_key_file(const std::string& from, const std::string& to);

}  // namespace omegate::store
