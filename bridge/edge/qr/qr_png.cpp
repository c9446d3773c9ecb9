#include "bridge/edge/qr/qr_png.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace omegate::qr {

namespace {

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1U) != 0 ? 0xedb88320U ^ (value >> 1U) : value >> 1U;
    table[i] = value;
  }
  return table;
}

std::uint32_t crc(std::string_view bytes) {
  static constexpr auto table = make_crc_table();
  std::uint32_t value = 0xffffffffU;
  for (const char byte : bytes)
    value = table[(value ^ static_cast<unsigned char>(byte)) & 0xffU] ^ (value >> 8U);
  return value ^ 0xffffffffU;
}

std::uint32_t adler(std::string_view bytes) {
  constexpr std::uint32_t modulus = 65521;
  std::uint32_t a = 1, b = 0;
  for (const char byte : bytes) {
    a = (a + static_cast<unsigned char>(byte)) % modulus;
    b = (b + a) % modulus;
  }
  return b << 16U | a;
}

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xffU);
  return bytes;
}

std::string chunk(std::string_view type, std::string_view data) {
  const std::string body = std::string(type) + std::string(data);
  return big_endian(static_cast<std::uint32_t>(data.size())) + body + big_endian(crc(body));
}

/// A zlib stream without compression.
std::string stored(std::string_view data) {
  constexpr std::size_t longest_block = 65535;
  std::string stream("\x78\x01", 2);
  for (std::size_t at = 0; at < data.size(); at += longest_block) {
    const std::string_view block = data.substr(at, longest_block);
    const auto size = static_cast<std::uint32_t>(block.size());
    const bool last = at + block.size() == data.size();
    const std::array<std::uint32_t, 4> sizes{size & 0xffU, size >> 8U, ~size & 0xffU, ~size >> 8U & 0xffU};
    stream += static_cast<char>(last ? 1 : 0);
    for (const std::uint32_t part : sizes) stream += static_cast<char>(part);
    stream += block;
  }
  return stream + big_endian(adler(data));
}

/// Each row: filter 0, then the pixels, eight per byte; 1 is light.
std::string pixels(const QrCode& code, int module) {
  const int side = (code.size() + 2 * quiet_zone) * module;
  std::string rows;
  for (int y = 0; y < side; ++y) {
    std::string row(static_cast<std::size_t>(1 + (side + 7) / 8), '\0');
    for (int x = 0; x < side; ++x) {
      if (code.is_dark(x / module - quiet_zone, y / module - quiet_zone)) continue;
      char& byte = row[static_cast<std::size_t>(1 + x / 8)];
      byte = static_cast<char>(static_cast<unsigned char>(byte) | 0x80U >> (x % 8));
    }
    rows += row;
  }
  return rows;
}

}  // namespace

std::string to_png(const QrCode& code, int module) {
  const std::string side = big_endian(static_cast<std::uint32_t>((code.size() + 2 * quiet_zone) * module));
  constexpr std::string_view one_bit_grey("\x01\x00\x00\x00\x00", 5);
  return std::string("\x89PNG\r\n\x1a\n") + chunk("IHDR", side + side + std::string(one_bit_grey)) +
         chunk("IDAT", stored(pixels(code, module))) + chunk("IEND", {});
}

}  // namespace omegate::qr
