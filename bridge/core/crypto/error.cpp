#include "bridge/core/crypto/error.hpp"

#include <string>

namespace omegate::crypto {
namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "crypto"; }
  std::string message(int code) const override {
    switch (static_cast<Error>(code)) {
      case Error::bad_encoding:
        return "text is not valid hex or base64";
      case Error::bad_length:
        return "a key, IV, tag or ciphertext has the wrong length";
      case Error::low_order_point:
        return "public key is a low-order point";
      case Error::bad_point:
        return "public key is no canonical point of the prime-order group";
      case Error::not_authentic:
        return "ciphertext does not authenticate";
      case Error::bad_padding:
        return "padding is wrong";
      case Error::too_costly:
        return "the passphrase asks for too much or too little time or memory";
    }
    return "unknown crypto error";
  }
};

}  // namespace

boost::system::error_code make_error_code(Error error) {
  static const Category category;
  return {static_cast<int>(error), category};
}

}  // namespace omegate::crypto
