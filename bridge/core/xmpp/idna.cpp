#include "bridge/core/xmpp/idna.hpp"

#include <unicode/uidna.h>

#include <algorithm>
#include <array>
#include <memory>

namespace omegate::xmpp {
namespace {

struct Close {
  void operator()(UIDNA* idna) const { uidna_close(idna); }
};

constexpr std::size_t max_name = 255;  // Source: RFC 1035 §2.3.4

}  // namespace

Result<std::string> ascii_domain(std::string_view domain) {
  if (std::all_of(domain.begin(), domain.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    return std::string(domain);
  }
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UIDNA, Close> idna(
      uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_CHECK_BIDI, &status));
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  std::array<char, max_name> name{};
  const int32_t size = uidna_nameToASCII_UTF8(idna.get(), domain.data(), static_cast<int32_t>(domain.size()),
                                              name.data(), int32_t{name.size()}, &info, &status);
  if (U_FAILURE(status) || info.errors != 0 || size > int32_t{name.size()}) return Error::bad_jid;
  return std::string(name.data(), static_cast<std::size_t>(size));
}

}  // namespace omegate::xmpp
