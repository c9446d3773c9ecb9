#include "bridge/core/crypto/encoding.hpp"

#include <sodium.h>

#include <algorithm>

#include "bridge/core/crypto/error.hpp"
#include "bridge/core/crypto/secret.hpp"

namespace omegate::crypto {
namespace {

constexpr bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string encode(ByteView bytes, int variant) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
  text.pop_back();  // the terminating zero
  return text;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string text(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return Error::bad_encoding;
  if (text.empty()) return Bytes();
  Bytes bytes(text.size() / 2);
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end) != 0 ||
      end != text.data() + text.size()) {
    return Error::bad_encoding;
  }
  return bytes;
}

std::string to_base64(ByteView bytes) { return encode(bytes, sodium_base64_VARIANT_ORIGINAL); }

std::string to_base64url(ByteView bytes) { return encode(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING); }

void append_base64(std::string& out, ByteView bytes) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t before = out.size();
  out.resize(before + (bytes.size() + 2) / 3 * 4, '=');
  char* next = &out[before];
  const auto put = [&next](std::uint32_t bits, int count) {
    for (int i = 0; i < count; ++i) *next++ = digits[bits >> (18 - 6 * i) & 63];
  };
  for (; bytes.size() >= 3; bytes = bytes.subspan(3)) {
    put(std::uint32_t{bytes[0]} << 16 | std::uint32_t{bytes[1]} << 8 | bytes[2], 4);
  }
  if (bytes.size() == 2) put(std::uint32_t{bytes[0]} << 16 | std::uint32_t{bytes[1]} << 8, 3);
  if (bytes.size() == 1) put(std::uint32_t{bytes[0]} << 16, 2);
}

Result<Bytes> from_base64(std::string_view text) {
  // libsodium 1.0.18 takes every byte from 0x80 on for a digit.
  const auto is_ascii = [](char c) { return static_cast<Byte>(c) < 0x80; };
  if (!std::all_of(text.begin(), text.end(), is_ascii)) return Error::bad_encoding;
  std::string packed;
  packed.reserve(text.size());
  for (const char c : text) {
    if (!is_ascii_space(c)) packed += c;
  }
  if (packed.empty()) return Bytes();
  Bytes bytes(packed.size() / 4 * 3 + 3);
  std::size_t size = 0;
  const char* end = nullptr;
  const int failed = sodium_base642bin(bytes.data(), bytes.size(), packed.data(), packed.size(), nullptr,
                                       &size, &end, sodium_base64_VARIANT_ORIGINAL);
  const bool whole = end == packed.data() + packed.size();
  wipe({reinterpret_cast<Byte*>(packed.data()), packed.size()});
  if (failed != 0 || !whole) return Error::bad_encoding;
  bytes.resize(size);
  return bytes;
}

}  // namespace omegate::crypto
