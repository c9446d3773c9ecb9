#include "bridge/core/crypto/aes.hpp"

#include <openssl/evp.h>

#include <cassert>
#include <memory>
#include <new>

#include "bridge/core/crypto/aes_blocks.hpp"

namespace omegate::crypto {
namespace {

void require(int ok) {
  if (ok != 1) throw std::bad_alloc();  // our arguments are right, so memory is what failed
}

int as_int(std::size_t size) { return static_cast<int>(size); }

/// One context per thread, cipher and direction: making one costs three times as much as a short encryption.
/// It holds the key schedule of the last key until the next one comes.
class Context {
 public:
  Context(const char* cipher, int encrypt) : encrypt_(encrypt) {
    const std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> fetched(
        EVP_CIPHER_fetch(nullptr, cipher, nullptr), &EVP_CIPHER_free);
    if (!context_ || !fetched) throw std::bad_alloc();
    require(EVP_CipherInit_ex2(context_.get(), fetched.get(), nullptr, nullptr, encrypt_, nullptr));
  }

  EVP_CIPHER_CTX* get() { return context_.get(); }

  EVP_CIPHER_CTX* start(const Byte* key, const Byte* iv) {
    require(EVP_CipherInit_ex2(context_.get(), nullptr, key, iv, encrypt_, nullptr));
    return context_.get();
  }

 private:
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context_{EVP_CIPHER_CTX_new(),
                                                                           &EVP_CIPHER_CTX_free};
  int encrypt_;
};

EVP_CIPHER_CTX* start_gcm(ByteView key, ByteView iv, bool encrypt) {
  thread_local Context small_encrypt("AES-128-GCM", 1), small_decrypt("AES-128-GCM", 0);
  thread_local Context large_encrypt("AES-256-GCM", 1), large_decrypt("AES-256-GCM", 0);
  Context& context = key.size() == 16 ? (encrypt ? small_encrypt : small_decrypt)
                                      : (encrypt ? large_encrypt : large_decrypt);
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_IVLEN, as_int(iv.size()), nullptr));
  return context.start(key.data(), iv.data());
}

bool are_gcm_lengths(ByteView key, ByteView iv) {
  return (key.size() == 16 || key.size() == 32) && (iv.size() == 12 || iv.size() == 16);
}

void run_cbc(Context& context, const Secret<32>& key, const Iv& iv, std::span<Byte> blocks) {
  EVP_CIPHER_CTX* cipher = context.start(key.bytes().data(), iv.data());
  require(EVP_CIPHER_CTX_set_padding(cipher, 0));
  int size = 0;
  require(EVP_CipherUpdate(cipher, blocks.data(), &size, blocks.data(), as_int(blocks.size())));
}

void cbc_encrypt(const Secret<32>& key, const Iv& iv, std::span<Byte> blocks) {
  thread_local Context context("AES-256-CBC", 1);
  run_cbc(context, key, iv, blocks);
}

void cbc_decrypt(const Secret<32>& key, const Iv& iv, std::span<Byte> blocks) {
  thread_local Context context("AES-256-CBC", 0);
  run_cbc(context, key, iv, blocks);
}

}  // namespace

constinit const Aes256Cbc aes256_cbc_by_openssl{cbc_encrypt, cbc_decrypt};

void aes256_cbc_encrypt(const Secret<32>& key, const Iv& iv, ByteView plaintext, std::span<Byte> out) {
  assert(out.size() == cbc_size(plaintext.size()));
  const auto padding = std::copy(plaintext.begin(), plaintext.end(), out.begin());
  std::fill(padding, out.end(), static_cast<Byte>(out.size() - plaintext.size()));
  aes256_cbc().encrypt(key, iv, out);
}

Result<SecretBytes> aes256_cbc_decrypt(const Secret<32>& key, const Iv& iv, ByteView ciphertext) {
  if (ciphertext.empty() || ciphertext.size() % aes_block != 0) return Error::bad_length;
  SecretBytes plaintext(ciphertext);
  aes256_cbc().decrypt(key, iv, plaintext.writable());
  const ByteView last_block = plaintext.bytes().last(aes_block);
  const Byte padding = last_block.back();
  if (padding < 1 || padding > aes_block) return Error::bad_padding;
  for (const Byte byte : last_block.last(padding)) {
    if (byte != padding) return Error::bad_padding;
  }
  plaintext.shrink(plaintext.size() - padding);
  return plaintext;
}

GcmSealed aes_gcm_encrypt(ByteView key, ByteView iv, ByteView plaintext) {
  assert(are_gcm_lengths(key, iv));
  EVP_CIPHER_CTX* cipher = start_gcm(key, iv, true);
  GcmSealed sealed{Bytes(plaintext.size()), {}};
  int size = 0;
  require(
      EVP_EncryptUpdate(cipher, sealed.ciphertext.data(), &size, plaintext.data(), as_int(plaintext.size())));
  require(EVP_EncryptFinal_ex(cipher, nullptr, &size));
  require(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, as_int(gcm_tag_size), sealed.tag.data()));
  return sealed;
}

Result<SecretBytes> aes_gcm_decrypt(ByteView key, ByteView iv, ByteView ciphertext, ByteView tag) {
  if (!are_gcm_lengths(key, iv) || tag.size() != gcm_tag_size) return Error::bad_length;
  EVP_CIPHER_CTX* cipher = start_gcm(key, iv, false);
  SecretBytes plaintext(ciphertext.size());
  int size = 0;
  require(EVP_DecryptUpdate(cipher, plaintext.writable().data(), &size, ciphertext.data(),
                            as_int(ciphertext.size())));
  Tag expected;
  std::copy(tag.begin(), tag.end(), expected.begin());
  require(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, as_int(gcm_tag_size), expected.data()));
  if (EVP_DecryptFinal_ex(cipher, nullptr, &size) != 1)
    return Error::not_authentic;  // `plaintext` is wiped here
  return plaintext;
}

}  // namespace omegate::crypto
