#include "bridge/core/xmpp/sasl.hpp"

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {
namespace {

/// An empty message is written "=": no text at all means "no message". Source: RFC 6120 §6.4.2.
std::string encode(std::string_view data) { return data.empty() ? "=" : crypto::to_base64(as_bytes(data)); }

/// Nothing: no text in the element.
Result<std::optional<std::string>> decode(const xml::Element& element) {
  const std::string text = element.text();
  if (text.empty()) return std::optional<std::string>();
  if (text == "=") return std::optional<std::string>("");
  const auto bytes = crypto::from_base64(text);
  if (!bytes) return Error::bad_encoding;
  return std::optional<std::string>(as_text(*bytes));
}

}  // namespace

SaslFailure parse_sasl_failure(const xml::Element& element) {
  SaslFailure failure{"undefined-condition", element.child_text("text", element.space())};
  for (const xml::Element& child : element.children()) {
    if (child.space() == ns::sasl && child.local() != "text") failure.condition = child.local();
  }
  return failure;
}

xml::Element sasl_auth(std::string_view mechanism, std::string_view initial) {
  return xml::text_element("auth", ns::sasl, encode(initial)).set("mechanism", mechanism);
}

xml::Element sasl_response(std::string_view data) {
  return xml::text_element("response", ns::sasl, data.empty() ? "" : encode(data));
}

xml::Element sasl_abort() { return xml::Element("abort", ns::sasl); }

std::string plain_response(std::string_view user, std::string_view password) {
  std::string response(1, '\0');
  response += user;
  response += '\0';
  response += password;
  return response;
}

Result<SaslAnswer> parse_sasl(const xml::Element& element) {
  if (element.is("failure", ns::sasl)) return SaslAnswer(parse_sasl_failure(element));
  const bool success = element.is("success", ns::sasl);
  if (!success && !element.is("challenge", ns::sasl)) return Error::malformed;
  auto data = decode(element);
  if (!data) return data.error();
  if (success) return SaslAnswer(SaslSuccess{*std::move(data)});
  return SaslAnswer(SaslChallenge{std::move(*data).value_or("")});
}

bool is_permanent(const SaslFailure& failure) {
  return failure.condition == "not-authorized" || failure.condition == "account-disabled" ||
         failure.condition == "credentials-expired";
}

}  // namespace omegate::xmpp
