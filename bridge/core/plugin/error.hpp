// What the other end of the frames can do wrong.
#pragma once

#include <type_traits>

#include "bridge/core/base/result.hpp"

namespace omegate::plugin {

enum class Error {
  frame_too_large = 1,
  frame_not_json,
  unknown_frame,
  missing_member,
  wrong_member,
};

error_code make_error_code(Error error);

}  // namespace omegate::plugin

template <>
struct boost::system::is_error_code_enum<omegate::plugin::Error> : std::true_type {};
