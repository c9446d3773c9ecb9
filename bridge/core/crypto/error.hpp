// What the other side can get wrong in the cryptographic primitives.
//
// Not here: errors of the OMEMO protocol (core/omemo/error.hpp).
#pragma once

#include <boost/system/error_code.hpp>
#include <type_traits>

namespace omegate::crypto {

enum class Error {
  bad_encoding = 1,  // hex or base64 that is not
  bad_length,        // a key, IV or tag of the wrong size
  low_order_point,   // a Diffie-Hellman result everybody can guess
  bad_point,         // not a point of the prime-order group, or not its canonical form
  not_authentic,     // a tag or signature that does not fit
  bad_padding,
  too_costly,  // a passphrase that asks for more time or memory than we give
};

boost::system::error_code make_error_code(Error error);

}  // namespace omegate::crypto

template <>
struct boost::system::is_error_code_enum<omegate::crypto::Error> : std::true_type {};
