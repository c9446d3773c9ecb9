#include "bridge/core/plugin/error.hpp"

#include <string>

namespace omegate::plugin {
namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "plugin"; }
  std::string message(int code) const override {
    switch (static_cast<Error>(code)) {
      case Error::frame_too_large:
        return "the frame is longer than the limit";
      case Error::frame_not_json:
        return "the frame is not a JSON object";
      case Error::unknown_frame:
        return "the frame's type is not one this end accepts";
      case Error::missing_member:
        return "the frame lacks a member";
      case Error::wrong_member:
        return "a member of the frame has the wrong type or value";
    }
    return "unknown frame error";
  }
};

}  // namespace

error_code make_error_code(Error error) {
  static const Category category;
  return {static_cast<int>(error), category};
}

}  // namespace omegate::plugin
