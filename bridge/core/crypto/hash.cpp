#include "bridge/core/crypto/hash.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cassert>
#include <new>

namespace omegate::crypto {
namespace {

const EVP_MD* evp(Hash hash) {
  switch (hash) {
    case Hash::sha1:
      return EVP_sha1();
    case Hash::sha256:
      return EVP_sha256();
    case Hash::sha512:
      return EVP_sha512();
  }
  return nullptr;
}

/// OpenSSL fails here only for want of memory.
void require(int ok) {
  if (ok != 1) throw std::bad_alloc();
}

}  // namespace

std::size_t digest_size(Hash hash) {
  switch (hash) {
    case Hash::sha1:
      return 20;
    case Hash::sha256:
      return 32;
    case Hash::sha512:
      return 64;
  }
  return 0;
}

Bytes digest(Hash hash, ByteView message) {
  Bytes out(digest_size(hash));
  require(EVP_Digest(message.data(), message.size(), out.data(), nullptr, evp(hash), nullptr));
  return out;
}

Bytes hmac(Hash hash, ByteView key, ByteView message) {
  static constexpr Byte nothing = 0;  // a null key would mean "the key of last time"
  Bytes out(digest_size(hash));
  unsigned size = 0;
  require(HMAC(evp(hash), key.empty() ? &nothing : key.data(), static_cast<int>(key.size()), message.data(),
               message.size(), out.data(), &size) != nullptr);
  return out;
}

SecretBytes pbkdf2(Hash hash, ByteView password, ByteView salt, std::uint32_t iterations) {
  SecretBytes out(digest_size(hash));
  require(PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(password.data()), static_cast<int>(password.size()),
                            salt.data(), static_cast<int>(salt.size()), static_cast<int>(iterations),
                            evp(hash), static_cast<int>(out.size()), out.writable().data()));
  return out;
}

void hkdf_sha256(ByteView secret, ByteView salt, std::string_view info, std::span<Byte> out) {
  assert(out.size() <= 255 * 32);
  static constexpr std::array<Byte, 32> zeros{};
  const SecretBytes prk{ByteView(hmac(Hash::sha256, salt.empty() ? ByteView(zeros) : salt, secret))};
  Bytes block;
  for (Byte counter = 1; !out.empty(); ++counter) {
    block.insert(block.end(), info.begin(), info.end());
    block.push_back(counter);
    Bytes next = hmac(Hash::sha256, prk, block);
    wipe(block);
    block = std::move(next);
    const std::size_t take = std::min(out.size(), block.size());
    std::copy_n(block.begin(), take, out.begin());
    out = out.subspan(take);
  }
  wipe(block);
}

}  // namespace omegate::crypto
