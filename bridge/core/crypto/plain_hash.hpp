// Hash functions that need nothing to be set up, for the plugin worker: its sandbox lets no library load anything late, as
// those of hash.hpp do.
//
// Not here: keys of ours (hash.hpp, sha256.hpp); this is for what plugins hash. Source: FIPS 180-4, RFC 2104.
#pragma once

#include "bridge/core/base/bytes.hpp"

namespace omegate::crypto {

Bytes plain_sha256(ByteView message);  // 32 bytes
Bytes plain_sha512(ByteView message);  // 64 bytes

/// Keys of any length. 32 bytes.
Bytes plain_hmac_sha256(ByteView key, ByteView message);

}  // namespace omegate::crypto
