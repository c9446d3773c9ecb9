// How the other side's mistakes travel.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace omegate {

/// What a function returns when the *other side* can make it fail: a value or an error code.
/// Our environment failing (disk, memory, socket) is an exception; our own mistake is an assert.
template <class T = void>
using Result = boost::system::result<T>;

using boost::system::error_code;

}  // namespace omegate
