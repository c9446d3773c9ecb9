#include "bridge/edge/net/address_guard.hpp"

#include <cstdint>
#include <initializer_list>

namespace omegate::net {
namespace {

using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

struct Range4 {
  std::uint32_t begin;
  unsigned bits;
  AddressVerdict verdict;
};

constexpr std::string_view reserved = "a reserved address";

constexpr Range4 special[] = {
    {v4(0, 0, 0, 0), 8, {AddressKind::never, "an unspecified address"}},
    {v4(10, 0, 0, 0), 8, {AddressKind::here, "a private address"}},
    {v4(100, 64, 0, 0), 10, {AddressKind::here, "a shared address (carrier-grade NAT)"}},
    {v4(127, 0, 0, 0), 8, {AddressKind::here, "a loopback address"}},
    {v4(169, 254, 0, 0), 16, {AddressKind::never, "a link-local address"}},
    {v4(172, 16, 0, 0), 12, {AddressKind::here, "a private address"}},
    {v4(192, 0, 0, 0), 24, {AddressKind::never, reserved}},
    {v4(192, 0, 2, 0), 24, {AddressKind::never, reserved}},
    {v4(192, 88, 99, 0), 24, {AddressKind::never, reserved}},
    {v4(192, 168, 0, 0), 16, {AddressKind::here, "a private address"}},
    {v4(198, 18, 0, 0), 15, {AddressKind::never, reserved}},
    {v4(198, 51, 100, 0), 24, {AddressKind::never, reserved}},
    {v4(203, 0, 113, 0), 24, {AddressKind::never, reserved}},
    {v4(224, 0, 0, 0), 4, {AddressKind::never, "a multicast address"}},
    {v4(240, 0, 0, 0), 4, {AddressKind::never, reserved}},
};

AddressVerdict look_at_4(std::uint32_t address) {
  for (const Range4& range : special) {
    if (address >> (32 - range.bits) == range.begin >> (32 - range.bits)) return range.verdict;
  }
  return {AddressKind::everywhere, "a public address"};
}

using Bytes16 = address_v6::bytes_type;

bool begins(const Bytes16& bytes, std::initializer_list<unsigned> prefix) {
  std::size_t i = 0;
  for (const unsigned byte : prefix) {
    if (bytes[i++] != byte) return false;
  }
  return true;
}

std::uint32_t v4_at(const Bytes16& bytes, std::size_t at) {
  return v4(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
}

/// Teredo, benchmarking, ORCHID and the rest of 2001::/23; documentation; segment routing.
bool is_reserved_6(const Bytes16& bytes) {
  return (begins(bytes, {0x20, 0x01}) && bytes[2] < 2) || begins(bytes, {0x20, 0x01, 0x0d, 0xb8}) ||
         (begins(bytes, {0x3f, 0xff}) && bytes[2] < 0x10);
}

AddressVerdict look_at_6(const address_v6& address) {
  const Bytes16 bytes = address.to_bytes();
  if (address.is_unspecified()) return {AddressKind::never, "an unspecified address"};
  if (address.is_loopback()) return {AddressKind::here, "a loopback address"};
  if (address.is_v4_mapped()) {
    const AddressVerdict inside = look_at_4(v4_at(bytes, 12));
    if (inside.kind != AddressKind::everywhere) return inside;
    return {AddressKind::never, "an IPv4 address written as IPv6"};
  }
  if (begins(bytes, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return look_at_4(v4_at(bytes, 12));
  if (begins(bytes, {0x20, 0x02})) return look_at_4(v4_at(bytes, 2));
  if ((bytes[0] & 0xfe) == 0xfc) return {AddressKind::here, "a unique local address"};
  if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) return {AddressKind::never, "a link-local address"};
  if (bytes[0] == 0xff) return {AddressKind::never, "a multicast address"};
  if ((bytes[0] & 0xe0) != 0x20 || is_reserved_6(bytes)) return {AddressKind::never, reserved};
  return {AddressKind::everywhere, "a public address"};
}

}  // namespace

AddressVerdict look_at(const boost::asio::ip::address& address) {
  return address.is_v4() ? look_at_4(address.to_v4().to_uint()) : look_at_6(address.to_v6());
}

}  // namespace omegate::net
