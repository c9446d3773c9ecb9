#include "bridge/core/trust/error.hpp"

#include <string>

namespace omegate::trust {

namespace {

class Category : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "trust"; }
  std::string message(int value) const override {
    switch (static_cast<Error>(value)) {
      case Error::undecodable_row:
        return "not an entry of the ledger";
      case Error::out_of_sequence:
        return "a row is missing, doubled or at the wrong place";
      case Error::wrong_hash:
        return "wrong hash: this row or one before it was altered";
      case Error::wrong_signature:
        return "wrong signature: not signed by this ledger's key";
      case Error::truncated:
        return "the newest rows are missing";
    }
    return "unknown error";
  }
};

}  // namespace

boost::system::error_code make_error_code(Error error) {
  static const Category category;
  return {static_cast<int>(error), category};
}

}  // namespace omegate::trust
