// The payload layer: the text of a message is encrypted once, its key travels through each device's session.
//
// Not here: what the plaintext is: body text (legacy) or an SCE envelope (OMEMO 2).
// Source: XEP-0384 §4.5 and 0.3 §4.5.
#pragma once

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/random.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/omemo/error.hpp"
#include "bridge/core/omemo/keys.hpp"
#include "bridge/core/omemo/version.hpp"

namespace omegate::omemo {

struct EncryptedPayload {
  Bytes payload;             // `<payload/>`
  Bytes iv;                  // `<iv/>`: 12 bytes, legacy only
  SecretBytes key_material;  // what each session seals: 32 bytes (legacy) or 48
};

/// Draws key and IV (legacy) or the key.
EncryptedPayload encrypt_payload(Version version, ByteView plaintext, Random& random);

/// Key material and IV of a message without payload: 16 random bytes (legacy) or 32 zeros.
EncryptedPayload empty_message(Version version, Random& random);

/// Clients of 2016 put the tag behind the ciphertext, unauthenticated by the session.
enum class OldSenders { refuse, accept };

/// `payload` is what was in `<payload/>`, possibly nothing; a message without that element is not for here:
/// its key material is ignored whatever its length.
///
/// Errors: `bad_payload` (lengths), `outdated_payload`, `payload_not_authentic`. The state of the ratchet is
/// to be kept in any case: its message was authentic.
Result<SecretBytes> decrypt_payload(Version version, ByteView key_material, ByteView iv, ByteView payload,
                                    OldSenders old_senders = OldSenders::refuse);

}  // namespace omegate::omemo
