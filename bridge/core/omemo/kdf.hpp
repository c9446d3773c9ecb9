// The key derivations of X3DH and the Double Ratchet, with each version's labels.
//
// Source: XEP-0384 §4.2, §4.3; for legacy the Signal protocol's version 3.
#pragma once

#include "bridge/core/crypto/aes.hpp"
#include "bridge/core/omemo/keys.hpp"

namespace omegate::omemo {

struct RootStep {
  Secret<32> root_key, chain_key;
};

/// KDF_RK: mixes a Diffie-Hellman result into the root key.
RootStep next_root(Version version, const Secret<32>& root_key, const Secret<32>& shared);

/// KDF_CK: takes the message key out of a chain key and moves the chain on.
Secret<32> next_message_key(Secret<32>& chain_key);

struct MessageKeys {
  Secret<32> encryption, authentication;
  crypto::Iv iv{};
};

MessageKeys message_keys(Version version, const Secret<32>& message_key);

/// The keys of an OMEMO 2 payload, from the key inside the key material.
MessageKeys payload_keys(ByteView key);

/// The first root key of a session that two devices compute from their keys. Errors: `bad_key` (low order).
/// Source: X3DH §3.3, §3.4.
Result<Secret<32>> x3dh_initiator(Version version, const OwnIdentity& own, const PrivateKey& ephemeral,
                                  const PublicKey& identity, const PublicKey& signed_prekey,
                                  const PublicKey& prekey);
Result<Secret<32>> x3dh_responder(Version version, const OwnIdentity& own, const PrivateKey& signed_prekey,
                                  const PrivateKey& prekey, const PublicKey& identity,
                                  const PublicKey& ephemeral);

}  // namespace omegate::omemo
