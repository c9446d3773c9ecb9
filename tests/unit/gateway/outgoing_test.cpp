#include "bridge/gateway/messages/outgoing.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace omegate::gateway {
namespace {

TEST(Outgoing, ComesBackAsItWasWritten) {
  const std::optional<trust::Level> levels[] = {std::nullopt, trust::Level::tofu, trust::Level::verified};
  const std::string texts[] = {
      "", "hello", "two\nlines", "quote \" and \\ and <xml>", "Grüße 🦊", std::string("nul\0in", 6)};
  for (const auto& level : levels) {
    for (const auto& text : texts) {
      const Outgoing back = decode_outgoing(encode(Outgoing{text, level, "webhook"}));
      EXPECT_EQ(back.text, text);
      EXPECT_EQ(back.min_trust, level);
      EXPECT_EQ(back.origin, "webhook");
    }
  }
}

TEST(Outgoing, AFileComesBackWithItsPlaceAndKey) {
  Outgoing message{{}, {}, "operator"};
  message.file = OutgoingFile{7, "a.txt", "text/plain", 3, Bytes(32, 1)};
  OutgoingFile back = decode_outgoing(encode(message)).file.value();
  EXPECT_EQ(back.id, 7);
  EXPECT_EQ(back.name, "a.txt");
  EXPECT_EQ(back.sha256, Bytes(32, 1));
  EXPECT_FALSE(back.upload);
  message.file->upload = xmpp::FileSource{"https://up.example.org/x", crypto::FileCipher::aes256_gcm,
                                          crypto::SecretBytes(ByteView(Bytes(32, 2))), Bytes(12, 3),
                                          {{crypto::Hash::sha256, Bytes(32, 4)}}};
  message.file->uploaded = from_ms(5);
  back = decode_outgoing(encode(message)).file.value();
  EXPECT_EQ(xmpp::aesgcm_url(*back.upload), xmpp::aesgcm_url(*message.file->upload));
  EXPECT_EQ(back.upload->hashes, message.file->upload->hashes);
  EXPECT_EQ(back.uploaded, from_ms(5));
}

TEST(Outgoing, WhatIsNoRowIsAnErrorAndNotAnEmptyMessage) {
  for (const char* bytes : {"", "{", "[]", "null", "\"text\"", "7"}) {
    EXPECT_ANY_THROW(decode_outgoing(as_bytes(bytes))) << bytes;
  }
}

}  // namespace
}  // namespace omegate::gateway
