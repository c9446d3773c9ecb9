#include "bridge/core/crypto/file_cipher.hpp"

#include <gtest/gtest.h>

#include "bridge/core/crypto/aes.hpp"
#include "bridge/core/crypto/random.hpp"

namespace omegate::crypto {
namespace {

TEST(FileCipher, RefusesKeysAndIvsOfOtherLengths) {
  const Bytes key(32), iv(12);
  EXPECT_TRUE(FileOpener::begin(FileCipher::aes256_gcm, key, iv).has_value());
  EXPECT_EQ(FileOpener::begin(FileCipher::aes256_gcm, Bytes(16), iv).error(), Error::bad_length);
  EXPECT_EQ(FileOpener::begin(FileCipher::aes128_gcm, key, iv).error(), Error::bad_length);
  EXPECT_EQ(FileOpener::begin(FileCipher::aes256_gcm, key, Bytes(13)).error(), Error::bad_length);
  EXPECT_EQ(FileOpener::begin(FileCipher::aes256_cbc, key, iv).error(), Error::bad_length);
  EXPECT_EQ(FileOpener::begin(FileCipher::aes256_gcm, key, {}).error(), Error::bad_length);
}

TEST(FileCipher, PiecesAreTheSameAsTheWhole) {
  const auto key = Secret<32>::random(system_random());
  Bytes iv(12), text(200'001);
  system_random().fill(iv);
  system_random().fill(text);
  const GcmSealed whole = aes_gcm_encrypt(key.bytes(), iv, text);
  FileSealer sealer(key, iv);
  Bytes pieces = sealer.update(ByteView(text).first(65'537));
  const Bytes rest = sealer.update(ByteView(text).subspan(65'537));
  pieces.insert(pieces.end(), rest.begin(), rest.end());
  EXPECT_EQ(pieces, whole.ciphertext);
  EXPECT_EQ(sealer.finish(), whole.tag);
}

TEST(FileCipher, CbcRefusesWhatIsNotWholeOrWronglyPadded) {
  const auto key = Secret<32>::random(system_random());
  Iv iv{};
  Bytes sealed(cbc_size(20));
  aes256_cbc_encrypt(key, iv, Bytes(20, 99), sealed);
  const auto open = [&](ByteView bytes) {
    auto opener = FileOpener::begin(FileCipher::aes256_cbc, key.bytes(), iv).value();
    Bytes plaintext = opener.update(bytes);
    const auto rest = opener.finish();
    if (!rest) return Result<Bytes>(rest.error());
    plaintext.insert(plaintext.end(), rest->begin(), rest->end());
    return Result<Bytes>(plaintext);
  };
  EXPECT_EQ(open(sealed).value(), Bytes(20, 99));
  EXPECT_EQ(open(ByteView(sealed).first(31)).error(), Error::bad_length);
  EXPECT_EQ(open(ByteView(sealed).first(16)).error(), Error::bad_padding);
  EXPECT_EQ(open({}).error(), Error::bad_length);
}

TEST(RunningHash, IsTheHashOfTheWhole) {
  for (const Hash hash : {Hash::sha1, Hash::sha256, Hash::sha512}) {
    RunningHash running(hash);
    running.update(as_bytes("one "));
    running.update({});
    running.update(as_bytes("text"));
    EXPECT_EQ(running.finish(), digest(hash, as_bytes("one text")));
  }
}

}  // namespace
}  // namespace omegate::crypto
