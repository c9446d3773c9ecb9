// files.json: XEP-0454 links and XEP-0448 ciphers, opened and made in pieces of every size.
#include "bridge/core/crypto/file_cipher.hpp"
#include "bridge/core/xmpp/file_sharing.hpp"
#include "tests/vectors/vectors.hpp"

namespace omegate::vectors {
namespace {

using crypto::FileCipher;

/// Cut into pieces of this size, as a network would.
Result<Bytes> open_in_pieces(crypto::FileOpener opener, ByteView uploaded, std::size_t size) {
  Bytes plaintext;
  for (std::size_t at = 0; at < uploaded.size(); at += size) {
    const Bytes piece = opener.update(uploaded.subspan(at, std::min(size, uploaded.size() - at)));
    plaintext.insert(plaintext.end(), piece.begin(), piece.end());
  }
  const auto rest = opener.finish();
  if (!rest) return rest.error();
  plaintext.insert(plaintext.end(), rest->begin(), rest->end());
  return plaintext;
}

FileCipher cipher_named(const std::string& name) {
  if (name.find("cbc") != name.npos) return FileCipher::aes256_cbc;
  return name.find("128") != name.npos ? FileCipher::aes128_gcm : FileCipher::aes256_gcm;
}

TEST(FileVectors, LinksOpenTheirFilesHoweverTheBytesArrive) {
  int links = 0;
  for (const auto& c : load("files.json").at("aesgcm").as_array()) {
    const auto source = xmpp::parse_aesgcm(text(c.at("url"))).value();
    EXPECT_EQ(show(source.key.bytes()), text(c.at("key")));
    EXPECT_EQ(show(source.iv), text(c.at("iv")));
    EXPECT_EQ(source.url.find('#'), std::string::npos);
    for (const std::size_t size : {1, 15, 16, 17, 1000, 100'000}) {
      auto opener = crypto::FileOpener::begin(source.cipher, source.key, source.iv).value();
      EXPECT_EQ(show(open_in_pieces(std::move(opener), hex(c.at("uploaded")), size).value()), text(c.at("plaintext")));
    }
    ++links;
  }
  EXPECT_EQ(links, 5);
}

TEST(FileVectors, AreWrittenByteForByte) {
  for (const auto& c : load("files.json").at("aesgcm").as_array()) {
    if (hex(c.at("iv")).size() != 12) continue;  // of older clients; we never write it
    for (const std::size_t size : {1, 16, 1000}) {
      crypto::FileSealer sealer(secret(c.at("key")), hex(c.at("iv")));
      const Bytes plaintext = hex(c.at("plaintext"));
      Bytes uploaded;
      for (std::size_t at = 0; at < plaintext.size(); at += size) {
        const Bytes piece = sealer.update(ByteView(plaintext).subspan(at, std::min(size, plaintext.size() - at)));
        uploaded.insert(uploaded.end(), piece.begin(), piece.end());
      }
      const auto tag = sealer.finish();
      uploaded.insert(uploaded.end(), tag.begin(), tag.end());
      EXPECT_EQ(show(uploaded), text(c.at("uploaded")));
    }
    EXPECT_EQ(xmpp::aesgcm_url(xmpp::parse_aesgcm(text(c.at("url"))).value()), text(c.at("url")));
  }
}

TEST(FileVectors, AllCiphersOfXep0448Open) {
  for (const auto& c : load("files.json").at("esfs").as_array()) {
    const FileCipher cipher = cipher_named(text(c.at("cipher")));
    for (const std::size_t size : {1, 16, 33, 1000}) {
      auto opener = crypto::FileOpener::begin(cipher, hex(c.at("key")), hex(c.at("iv"))).value();
      EXPECT_EQ(show(open_in_pieces(std::move(opener), hex(c.at("uploaded")), size).value()), text(c.at("plaintext")));
    }
    crypto::RunningHash hash(crypto::Hash::sha256);
    hash.update(hex(c.at("plaintext")));
    EXPECT_EQ(show(hash.finish()), show(base64(c.at("sha256_plain_b64"))));
  }
}

TEST(FileVectors, AFlippedBitOrACutIsNoticed) {
  for (const auto& c : load("files.json").at("esfs").as_array()) {
    const FileCipher cipher = cipher_named(text(c.at("cipher")));
    if (cipher == FileCipher::aes256_cbc) continue;  // there the hash says so
    const Bytes good = hex(c.at("uploaded"));
    const auto open = [&](const Bytes& bytes) {
      auto opener = crypto::FileOpener::begin(cipher, hex(c.at("key")), hex(c.at("iv"))).value();
      return open_in_pieces(std::move(opener), bytes, 40);
    };
    for (std::size_t at = 0; at < good.size(); ++at) {
      Bytes bad = good;
      bad[at] ^= 1;
      EXPECT_EQ(open(bad).error(), crypto::Error::not_authentic);
      EXPECT_TRUE(open(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(at))).has_error());
    }
    EXPECT_TRUE(open({}).has_error());
  }
}

}  // namespace
}  // namespace omegate::vectors
