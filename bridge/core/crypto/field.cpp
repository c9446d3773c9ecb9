#include "bridge/core/crypto/field.hpp"

#include <cstring>

namespace omegate::crypto {
namespace {

__extension__ using Wide = unsigned __int128;
using Limbs = std::array<std::uint64_t, 5>;

constexpr std::uint64_t mask = (std::uint64_t{1} << 51) - 1;

/// A number modulo p = 2^255 - 19 as five limbs of 51 bits; a limb may have up to 53.
struct Element {
  Limbs limb;
};

constexpr Element one{{1, 0, 0, 0, 0}};

std::uint64_t load(const Byte* bytes) {
  std::uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | bytes[i];
  return value;
}

Element from_bytes(const PublicKey& bytes) {
  return {{load(&bytes[0]) & mask, load(&bytes[6]) >> 3 & mask, load(&bytes[12]) >> 6 & mask,
           load(&bytes[19]) >> 1 & mask, load(&bytes[24]) >> 12 & mask}};
}

Element add(const Element& a, const Element& b) {
  Element sum{};
  for (std::size_t i = 0; i < 5; ++i) sum.limb[i] = a.limb[i] + b.limb[i];
  return sum;
}

/// a - b + 2p, so that no limb goes below zero.
Element subtract(const Element& a, const Element& b) {
  constexpr Limbs twice_p{0xfffffffffffda, 0xffffffffffffe, 0xffffffffffffe, 0xffffffffffffe,
                          0xffffffffffffe};
  Element difference{};
  for (std::size_t i = 0; i < 5; ++i) difference.limb[i] = a.limb[i] + twice_p[i] - b.limb[i];
  return difference;
}

Element carried(const Wide (&product)[5]) {
  Element out{};
  Wide carry = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    carry += product[i];
    out.limb[i] = static_cast<std::uint64_t>(carry) & mask;
    carry >>= 51;
  }
  out.limb[0] += 19 * static_cast<std::uint64_t>(carry);
  out.limb[1] += out.limb[0] >> 51;
  out.limb[0] &= mask;
  return out;
}

/// Written out: a loop is three times as slow. What would be limb 5 and above comes down 19-fold (2^255 is
/// 19).
Element multiply(const Element& a, const Element& b) {
  const auto [x0, x1, x2, x3, x4] = a.limb;
  const auto [y0, y1, y2, y3, y4] = b.limb;
  const std::uint64_t z1 = 19 * y1, z2 = 19 * y2, z3 = 19 * y3, z4 = 19 * y4;
  return carried({Wide{x0} * y0 + Wide{x1} * z4 + Wide{x2} * z3 + Wide{x3} * z2 + Wide{x4} * z1,
                  Wide{x0} * y1 + Wide{x1} * y0 + Wide{x2} * z4 + Wide{x3} * z3 + Wide{x4} * z2,
                  Wide{x0} * y2 + Wide{x1} * y1 + Wide{x2} * y0 + Wide{x3} * z4 + Wide{x4} * z3,
                  Wide{x0} * y3 + Wide{x1} * y2 + Wide{x2} * y1 + Wide{x3} * y0 + Wide{x4} * z4,
                  Wide{x0} * y4 + Wide{x1} * y3 + Wide{x2} * y2 + Wide{x3} * y1 + Wide{x4} * y0});
}

Element squared(const Element& a) {
  const auto [x0, x1, x2, x3, x4] = a.limb;
  const std::uint64_t d0 = 2 * x0, d1 = 2 * x1, d2 = 2 * x2, z3 = 19 * x3, z4 = 19 * x4;
  return carried(
      {Wide{x0} * x0 + Wide{d1} * z4 + Wide{d2} * z3, Wide{d0} * x1 + Wide{d2} * z4 + Wide{x3} * z3,
       Wide{d0} * x2 + Wide{x1} * x1 + Wide{2 * x3} * z4, Wide{d0} * x3 + Wide{d1} * x2 + Wide{x4} * z4,
       Wide{d0} * x4 + Wide{d1} * x3 + Wide{x2} * x2});
}

Element square(Element a, int times) {
  for (; times > 0; --times) a = squared(a);
  return a;
}

/// a^(p - 2): the inverse, and 0 of 0. The chain of 254 squares and 11 products that everybody uses.
Element invert(const Element& a) {
  const Element a2 = square(a, 1);
  const Element a9 = multiply(square(a2, 2), a);
  const Element a11 = multiply(a9, a2);
  const Element x5 = multiply(square(a11, 1), a9);  // a^(2^5 - 1), and so on
  const Element x10 = multiply(square(x5, 5), x5);
  const Element x20 = multiply(square(x10, 10), x10);
  const Element x40 = multiply(square(x20, 20), x20);
  const Element x50 = multiply(square(x40, 10), x10);
  const Element x100 = multiply(square(x50, 50), x50);
  const Element x200 = multiply(square(x100, 100), x100);
  const Element x250 = multiply(square(x200, 50), x50);
  return multiply(square(x250, 5), a11);
}

void carry_over(Limbs& limb) {
  for (std::size_t i = 0; i < 4; ++i) {
    limb[i + 1] += limb[i] >> 51;
    limb[i] &= mask;
  }
}

void wrap(Limbs& limb) {
  carry_over(limb);
  limb[0] += 19 * (limb[4] >> 51);
  limb[4] &= mask;
}

PublicKey to_bytes(const Element& element) {
  Limbs limb = element.limb;
  wrap(limb);
  wrap(limb);
  limb[0] += 19;  // now at least 2^255 exactly when the number was at least p
  wrap(limb);
  constexpr std::uint64_t top = std::uint64_t{1} << 51;  // and take 2^255 - 19 + 19 away again
  limb[0] += top - 19;
  for (std::size_t i = 1; i < 5; ++i) limb[i] += top - 1;
  carry_over(limb);
  limb[4] &= mask;
  PublicKey bytes{};
  for (std::size_t bit = 0; bit < 255; ++bit) {
    bytes[bit / 8] = static_cast<Byte>(bytes[bit / 8] | (limb[bit / 51] >> (bit % 51) & 1) << (bit % 8));
  }
  return bytes;
}

PublicKey ratio(const Element& above, const Element& below) {
  return to_bytes(multiply(above, invert(below)));
}

}  // namespace

PublicKey edwards_y_to_u(const PublicKey& ed) {
  const Element y = from_bytes(ed);
  return ratio(add(one, y), subtract(one, y));
}

std::optional<PublicKey> u_to_edwards_y(const PublicKey& curve) {
  const Element u = from_bytes(curve), below = add(u, one);
  if (to_bytes(below) == PublicKey{}) return std::nullopt;
  return ratio(subtract(u, one), below);
}

}  // namespace omegate::crypto
