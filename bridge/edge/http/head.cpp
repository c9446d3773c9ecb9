#include "bridge/edge/http/head.hpp"

#include <boost/beast/core/string.hpp>

namespace omegate::http {

HeadScan scan_head(std::string_view bytes) {
  using What = HeadScan::What;
  if (bytes.starts_with("\r\n")) return {What::bad, 0};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (c == '\0' || c == '\n') return {What::bad, 0};
    if (c != '\r') continue;
    if (i + 1 == bytes.size()) return {};
    if (bytes[++i] != '\n') return {What::bad, 0};
    if (i + 1 == bytes.size()) return {};
    const char next = bytes[i + 1];
    if (next == ' ' || next == '\t') return {What::bad, 0};
    if (next != '\r') continue;
    if (i + 2 == bytes.size()) return {};
    return bytes[i + 2] == '\n' ? HeadScan{What::complete, i + 3} : HeadScan{What::bad, 0};
  }
  return {};
}

namespace {

/// No sign, no list: "4, 4" is a length for some.
bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

}  // namespace

bool is_clear(const boost::beast::http::fields& fields, unsigned version) {
  using boost::beast::http::field;
  const auto codings = fields.count(field::transfer_encoding), lengths = fields.count(field::content_length);
  if (fields.count(field::host) > 1 || (version >= 11 && fields.count(field::host) == 0)) return false;
  if (lengths > 0 && !is_number(fields[field::content_length])) return false;
  if (lengths > 1 || codings > 1 || (lengths > 0 && codings > 0)) return false;
  return codings == 0 || (version >= 11 && boost::beast::iequals(fields[field::transfer_encoding], "chunked"));
}

}  // namespace omegate::http
