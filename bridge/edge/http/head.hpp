// The head of a request, before a parser reads it: only what no two programs read differently comes through.
//
// Source: RFC 9112 §2.2 (line ends), §5.2 (folded lines), §6 (how long a message is), §3.2 (Host).
#pragma once

#include <boost/beast/http/fields.hpp>
#include <cstddef>
#include <string_view>

namespace omegate::http {

struct HeadScan {
  enum class What { incomplete, complete, bad };
  What what = What::incomplete;
  std::size_t size = 0;  // of a complete one, with the empty line
};

/// `bytes` begin where the request does. Bad: a line end that is not CR LF, a NUL, a folded line, an empty first line.
HeadScan scan_head(std::string_view bytes);

/// Whether how long the body is, and whom it is for, is said once and clearly. `version`: 10 or 11.
bool is_clear(const boost::beast::http::fields& fields, unsigned version);

}  // namespace omegate::http
