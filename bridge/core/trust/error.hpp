// What a ledger row can be wrong in.
#pragma once

#include <boost/system/error_code.hpp>
#include <type_traits>

namespace omegate::trust {

enum class Error {
  undecodable_row = 1,  // not the canonical encoding of an entry
  out_of_sequence,      // a row is missing, doubled or at the wrong place
  wrong_hash,           // the row, or one before it, was altered
  wrong_signature,      // not signed by this ledger's key
  truncated,            // the newest rows are missing
};

boost::system::error_code make_error_code(Error error);

}  // namespace omegate::trust

template <>
struct boost::system::is_error_code_enum<omegate::trust::Error> : std::true_type {};
