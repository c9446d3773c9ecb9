#include "bridge/core/crypto/field.hpp"

#include <openssl/bn.h>

#include <memory>
#include <new>

namespace omegate::crypto {
namespace {

void require(bool ok) {
  if (!ok) throw std::bad_alloc();
}

/// Numbers of one thread, made once: allocation would cost as much as the inversion.
class Field {
 public:
  Field() {
    require(context_ && p_ && value_ && above_ && below_);
    require(BN_set_bit(p_.get(), 255) == 1 && BN_sub_word(p_.get(), 19) == 1);
  }

  /// (value + a) / (value + b), or its negation. Nothing if the denominator is 0.
  std::optional<PublicKey> ratio(const PublicKey& bytes, int a, int b, bool negate) {
    PublicKey low = bytes;
    low[31] &= 0x7f;
    require(BN_lebin2bn(low.data(), 32, value_.get()) != nullptr);
    add(above_.get(), a);
    add(below_.get(), b);
    if (BN_is_zero(below_.get())) return std::nullopt;
    require(BN_mod_inverse(below_.get(), below_.get(), p_.get(), context_.get()) != nullptr);
    require(BN_mod_mul(above_.get(), above_.get(), below_.get(), p_.get(), context_.get()) == 1);
    if (negate && !BN_is_zero(above_.get())) require(BN_sub(above_.get(), p_.get(), above_.get()) == 1);
    PublicKey out;
    require(BN_bn2lebinpad(above_.get(), out.data(), 32) == 32);
    return out;
  }

 private:
  using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

  void add(BIGNUM* sum, int addend) {
    require(BN_copy(sum, value_.get()) != nullptr);
    require((addend > 0 ? BN_add_word(sum, 1) : BN_sub_word(sum, 1)) == 1);
    require(BN_nnmod(sum, sum, p_.get(), context_.get()) == 1);
  }

  std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context_{BN_CTX_new(), &BN_CTX_free};
  Number p_{BN_new(), &BN_free}, value_{BN_new(), &BN_free}, above_{BN_new(), &BN_free},
      below_{BN_new(), &BN_free};
};

Field& field() {
  thread_local Field field;
  return field;
}

}  // namespace

PublicKey edwards_y_to_u(const PublicKey& ed) { return field().ratio(ed, 1, -1, true).value_or(PublicKey{}); }

std::optional<PublicKey> u_to_edwards_y(const PublicKey& curve) { return field().ratio(curve, -1, 1, false); }

}  // namespace omegate::crypto
