// An http or https URL, taken apart strictly.
//
// Not here: names that are not in ASCII (write the A-label), user names and passwords in a URL: they are refused, for
// they would end up in logs.
// Source: RFC 3986, RFC 9110 §4.2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace omegate::http {

/// Whom a request is for: what a connection is made to and a certificate has to name.
struct Origin {
  bool secure = true;      // https
  std::string host;        // a name in lower case, or an address literal without brackets
  std::uint16_t port = 443;

  /// As in the header `Host`: without the scheme's own port.
  std::string authority() const;

  friend bool operator==(const Origin&, const Origin&) = default;
};

struct Url {
  Origin origin;
  std::string target = "/";  // path and query, percent-encoded

  std::string text() const;

  friend bool operator==(const Url&, const Url&) = default;
};

/// A fragment is dropped. Throws `std::invalid_argument` that says what is wrong with it; the text is for a person and
/// does not repeat the URL.
Url parse_url(std::string_view text);

/// What a `Location` means for a response of `base`. Throws as `parse_url`.
Url resolve(const Url& base, std::string_view reference);

/// Percent-encodes what may not stand in a part of a path or query: everything but letters, digits and `-._~`.
std::string percent_encode(std::string_view text);

/// Only what may stand there after percent-encoding: no spaces, controls, fragments or bytes beyond ASCII; begins with
/// a slash.
bool is_target(std::string_view text);

}  // namespace omegate::http
