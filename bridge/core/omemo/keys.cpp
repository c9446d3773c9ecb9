#include "bridge/core/omemo/keys.hpp"

#include <cassert>

#include "bridge/core/omemo/limits.hpp"
#include "bridge/core/omemo/record.hpp"
#include "bridge/core/omemo/wire.hpp"

namespace omegate::omemo {
namespace {

constexpr Byte prekey_format = 1, signed_prekey_format = 1;
constexpr std::size_t prekey_size = 1 + 4 + 32 + 32, signed_prekey_size = prekey_size + 64 + 64;

}  // namespace

Result<IdentityKey> IdentityKey::from_ed(const PublicKey& ed) {
  const auto curve = crypto::to_montgomery(ed);
  if (!curve) return Error::bad_key;
  return IdentityKey{*curve, ed};
}

const PublicKey& IdentityKey::wire(Version version) const {
  assert(version == Version::legacy || ed);
  return version == Version::legacy ? curve : *ed;
}

OwnIdentity OwnIdentity::generate(Random& random) { return from_secret(PrivateKey::random(random)); }

OwnIdentity OwnIdentity::from_secret(const PrivateKey& secret, int ed_sign) {
  const PrivateKey clamped = crypto::clamp(secret);
  const KeyPair pair = KeyPair::from_secret(clamped);
  PublicKey ed = crypto::edwards_public(clamped);
  ed[31] = static_cast<Byte>((ed[31] & 0x7f) | (ed_sign << 7));
  return {pair, {pair.curve, ed}};
}

Signature OwnIdentity::sign(Version version, ByteView message, Random& random) const {
  const int sign = version == Version::legacy ? 0 : ed()[31] >> 7;
  return crypto::xeddsa_sign(pair_.secret, sign, message, random);
}

PreKey PreKey::generate(std::uint32_t id, Random& random) { return {id, KeyPair::generate(random)}; }

SignedPreKey SignedPreKey::generate(std::uint32_t id, const OwnIdentity& identity, Random& random) {
  SignedPreKey made{id, KeyPair::generate(random), {}, {}};
  const auto sign = [&](Version version) {
    return identity.sign(version, signed_prekey_message(version, made.pair.curve), random);
  };
  made.legacy_signature = sign(Version::legacy);
  made.omemo2_signature = sign(Version::omemo2);
  return made;
}

std::uint32_t next_prekey_id(std::uint32_t id) { return id >= max_prekey_id ? 1 : id + 1; }

SecretBytes serialise(const PreKey& prekey) {
  RecordWriter out(prekey_size);
  out.put_number(prekey_format);
  out.put_number(prekey.id);
  out.put(prekey.pair.secret.bytes());
  out.put(prekey.pair.curve);
  return out.take();
}

SecretBytes serialise(const SignedPreKey& prekey) {
  RecordWriter out(signed_prekey_size);
  out.put_number(signed_prekey_format);
  out.put_number(prekey.id);
  out.put(prekey.pair.secret.bytes());
  out.put(prekey.pair.curve);
  out.put(prekey.legacy_signature);
  out.put(prekey.omemo2_signature);
  return out.take();
}

Result<PreKey> parse_prekey(ByteView bytes) {
  if (bytes.size() != prekey_size || bytes.front() != prekey_format) return Error::bad_state;
  RecordReader in(bytes.subspan(1));
  PreKey prekey;
  in.read_number(prekey.id);
  in.read(prekey.pair.secret.writable());
  in.read(prekey.pair.curve);
  return prekey;
}

Result<SignedPreKey> parse_signed_prekey(ByteView bytes) {
  if (bytes.size() != signed_prekey_size || bytes.front() != signed_prekey_format) return Error::bad_state;
  RecordReader in(bytes.subspan(1));
  SignedPreKey prekey;
  in.read_number(prekey.id);
  in.read(prekey.pair.secret.writable());
  in.read(prekey.pair.curve);
  in.read(prekey.legacy_signature);
  in.read(prekey.omemo2_signature);
  return prekey;
}

Bytes signed_prekey_message(Version version, const PublicKey& curve) {
  Bytes message;
  message.reserve(1 + curve.size());
  if (version == Version::legacy) message.push_back(key_type);
  message.insert(message.end(), curve.begin(), curve.end());
  return message;
}

bool verify(Version version, const IdentityKey& identity, ByteView message, const Signature& signature) {
  if (version == Version::legacy) return crypto::xeddsa_verify(identity.curve, message, signature);
  return identity.ed && crypto::ed25519_verify(*identity.ed, message, signature);
}

}  // namespace omegate::omemo
