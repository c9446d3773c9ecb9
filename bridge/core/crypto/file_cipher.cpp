#include "bridge/core/crypto/file_cipher.hpp"

#include <openssl/evp.h>

#include <cassert>
#include <new>

namespace omegate::crypto {
namespace {

/// Our arguments are right, so memory is what failed.
void require(int ok) {
  if (ok != 1) throw std::bad_alloc();
}

int as_int(std::size_t size) { return static_cast<int>(size); }

EVP_CIPHER_CTX* library(detail::CipherContext* context) { return reinterpret_cast<EVP_CIPHER_CTX*>(context); }
EVP_MD_CTX* library(detail::DigestContext* context) { return reinterpret_cast<EVP_MD_CTX*>(context); }

const EVP_CIPHER* library(FileCipher cipher) {
  switch (cipher) {
    case FileCipher::aes128_gcm: return EVP_aes_128_gcm();
    case FileCipher::aes256_gcm: return EVP_aes_256_gcm();
    case FileCipher::aes256_cbc: return EVP_aes_256_cbc();
  }
  return nullptr;
}

const EVP_MD* library(Hash hash) {
  switch (hash) {
    case Hash::sha1: return EVP_sha1();
    case Hash::sha256: return EVP_sha256();
    case Hash::sha512: return EVP_sha512();
  }
  return nullptr;
}

detail::CipherContext* start(FileCipher cipher, ByteView key, ByteView iv, int encrypt) {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  if (context == nullptr) throw std::bad_alloc();
  std::unique_ptr<detail::CipherContext, detail::FreeContext> owner(
      reinterpret_cast<detail::CipherContext*>(context));
  require(EVP_CipherInit_ex2(context, library(cipher), nullptr, nullptr, encrypt, nullptr));
  if (cipher != FileCipher::aes256_cbc)
    require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, as_int(iv.size()), nullptr));
  require(EVP_CipherInit_ex2(context, nullptr, key.data(), iv.data(), encrypt, nullptr));
  require(EVP_CIPHER_CTX_set_padding(context, 0));
  return owner.release();
}

}  // namespace

namespace detail {

void FreeContext::operator()(CipherContext* context) const { EVP_CIPHER_CTX_free(library(context)); }
void FreeContext::operator()(DigestContext* context) const { EVP_MD_CTX_free(library(context)); }

}  // namespace detail

std::size_t key_size(FileCipher cipher) { return cipher == FileCipher::aes128_gcm ? 16 : 32; }

bool is_iv_size(FileCipher cipher, std::size_t size) {
  return size == 16 || (size == 12 && cipher != FileCipher::aes256_cbc);
}

FileSealer::FileSealer(const Secret<32>& key, ByteView iv)
    : context_(start(FileCipher::aes256_gcm, key.bytes(), iv, 1)) {
  assert(iv.size() == 12);
}

Bytes FileSealer::update(ByteView piece) {
  Bytes out(piece.size());
  int size = 0;
  require(EVP_CipherUpdate(library(context_.get()), out.data(), &size, piece.data(), as_int(piece.size())));
  return out;
}

Tag FileSealer::finish() {
  Tag tag{};
  int size = 0;
  require(EVP_CipherFinal_ex(library(context_.get()), tag.data(), &size));
  require(EVP_CIPHER_CTX_ctrl(library(context_.get()), EVP_CTRL_AEAD_GET_TAG, as_int(tag.size()), tag.data()));
  return tag;
}

Result<FileOpener> FileOpener::begin(FileCipher cipher, ByteView key, ByteView iv) {
  if (key.size() != key_size(cipher) || !is_iv_size(cipher, iv.size())) return Error::bad_length;
  return FileOpener(cipher, key, iv);
}

FileOpener::FileOpener(FileCipher cipher, ByteView key, ByteView iv)
    : cipher_(cipher), context_(start(cipher, key, iv, 0)) {}

Bytes FileOpener::decrypt(ByteView ciphertext) {
  Bytes out(ciphertext.size() + aes_block);
  int size = 0;
  require(EVP_CipherUpdate(library(context_.get()), out.data(), &size, ciphertext.data(), as_int(ciphertext.size())));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

Bytes FileOpener::update(ByteView piece) {
  kept_.insert(kept_.end(), piece.begin(), piece.end());
  if (kept_.size() <= aes_block) return {};
  const std::size_t ready = kept_.size() - aes_block;
  Bytes plaintext = decrypt(ByteView(kept_).first(ready));
  kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(ready));
  return plaintext;
}

Result<Bytes> FileOpener::finish() {
  if (kept_.size() != aes_block) return Error::bad_length;
  int size = 0;
  if (is_gcm()) {
    require(EVP_CIPHER_CTX_ctrl(library(context_.get()), EVP_CTRL_AEAD_SET_TAG, as_int(gcm_tag_size), kept_.data()));
    Tag unused{};
    if (EVP_CipherFinal_ex(library(context_.get()), unused.data(), &size) != 1) return Error::not_authentic;
    return Bytes();
  }
  Bytes last = decrypt(kept_);
  Tag unused{};
  if (EVP_CipherFinal_ex(library(context_.get()), unused.data(), &size) != 1) return Error::bad_length;
  if (last.size() < aes_block) return Error::bad_length;
  const Byte padding = last.back();
  if (padding < 1 || padding > aes_block) return Error::bad_padding;
  for (std::size_t i = last.size() - padding; i < last.size(); ++i) {
    if (last[i] != padding) return Error::bad_padding;
  }
  last.resize(last.size() - padding);
  return last;
}

RunningHash::RunningHash(Hash hash) : hash_(hash) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  if (context == nullptr) throw std::bad_alloc();
  context_.reset(reinterpret_cast<detail::DigestContext*>(context));
  require(EVP_DigestInit_ex(context, library(hash), nullptr));
}

void RunningHash::update(ByteView piece) {
  require(EVP_DigestUpdate(library(context_.get()), piece.data(), piece.size()));
}

Bytes RunningHash::finish() {
  Bytes out(digest_size(hash_));
  require(EVP_DigestFinal_ex(library(context_.get()), out.data(), nullptr));
  return out;
}

}  // namespace omegate::crypto
