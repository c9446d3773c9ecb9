// The key everything at rest is sealed under, and where it comes from.
//
// Not here: what is sealed with it (sealing.hpp).
#pragma once

#include <string>

#include "bridge/core/base/random.hpp"
#include "bridge/core/crypto/secret.hpp"

namespace omegate::store {

struct DataKey {
  crypto::Secret<32> bytes;
};

/// Reads 32 raw bytes, 64 hex digits or base64, one line break behind it allowed.
/// Throws `WrongDataKey`: missing, a link, not a regular file, readable or writable by others than its owner
/// (mode beyond 0600; a credential of systemd may be 0440), owned by somebody else than us or root, or of
/// another form.
DataKey load_data_key(const std::string& path);

/// From $CREDENTIALS_DIRECTORY/`name`. Throws `WrongDataKey`, also when there is no such directory.
DataKey load_data_key_credential(const std::string& name);

/// Makes a new key and writes it, 0600, synced, never over an existing file. Throws `StoreUnusable`.
DataKey create_data_key_file(const std::string& path, Random& random);

}  // namespace omegate::store
