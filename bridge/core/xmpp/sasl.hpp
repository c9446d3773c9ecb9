// The SASL elements of a stream.
//
// Source: RFC 6120 §6.4, §6.5.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "bridge/core/base/result.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/error.hpp"

namespace omegate::xmpp {

/// `<auth mechanism='…'>base64</auth>`
xml::Element sasl_auth(std::string_view mechanism, std::string_view initial);
/// `<response>base64</response>`
xml::Element sasl_response(std::string_view data);
xml::Element sasl_abort();

/// The initial response of PLAIN (RFC 4616). Only over verified TLS and only if configured.
std::string plain_response(std::string_view user, std::string_view password);

struct SaslChallenge {
  std::string data;
};
struct SaslSuccess {
  std::optional<std::string> data;  // nothing: no text in the element
};
struct SaslFailure {
  std::string condition;  // "not-authorized"
  std::string text;
};
using SaslAnswer = std::variant<SaslChallenge, SaslSuccess, SaslFailure>;

/// `<failure/>` of SASL and of SASL2: the condition is in the same namespace.
SaslFailure parse_sasl_failure(const xml::Element& element);

/// Errors: `malformed`, `bad_encoding`.
Result<SaslAnswer> parse_sasl(const xml::Element& element);

/// Whether a retry with the same password is pointless (wrong password, disabled account).
bool is_permanent(const SaslFailure& failure);

}  // namespace omegate::xmpp
