#include "bridge/core/xmpp/stringprep.hpp"

#include <unicode/usprep.h>
#include <unicode/ustring.h>

#include <array>
#include <memory>
#include <new>
#include <vector>

namespace omegate::xmpp {
namespace {

using OpenProfile = std::unique_ptr<UStringPrepProfile, void (*)(UStringPrepProfile*)>;

OpenProfile open_profile(UStringPrepProfileType type) {
  UErrorCode status = U_ZERO_ERROR;
  OpenProfile profile(usprep_openByType(type, &status), &usprep_close);
  if (U_FAILURE(status)) throw std::bad_alloc();  // the tables are part of ICU: nothing else can be missing
  return profile;
}

const UStringPrepProfile* profile_of(Profile profile) {
  static const std::array<OpenProfile, 4> profiles{
      open_profile(USPREP_RFC3920_NODEPREP), open_profile(USPREP_RFC3491_NAMEPREP),
      open_profile(USPREP_RFC3920_RESOURCEPREP), open_profile(USPREP_RFC4013_SASLPREP)};
  return profiles[static_cast<std::size_t>(profile)].get();
}

std::optional<std::vector<UChar>> to_utf16(std::string_view text) {
  std::vector<UChar> wide(text.size());  // never more units than bytes
  std::int32_t size = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strFromUTF8(wide.data(), static_cast<std::int32_t>(wide.size()), &size, text.data(),
                static_cast<std::int32_t>(text.size()), &status);
  if (U_FAILURE(status)) return std::nullopt;
  wide.resize(static_cast<std::size_t>(size));
  return wide;
}

std::optional<std::string> to_utf8(const UChar* wide, std::int32_t size) {
  std::string text(static_cast<std::size_t>(size) * 3, '\0');
  std::int32_t written = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strToUTF8(text.data(), static_cast<std::int32_t>(text.size()), &written, wide, size, &status);
  if (U_FAILURE(status)) return std::nullopt;
  text.resize(static_cast<std::size_t>(written));
  return text;
}

/// Addresses are compared, so every character of them must have a known form. A resource or a password may be
/// newer than Unicode 3.2: both are opaque.
std::int32_t options_of(Profile profile) {
  const bool opaque = profile == Profile::resourceprep || profile == Profile::saslprep;
  return opaque ? USPREP_ALLOW_UNASSIGNED : USPREP_DEFAULT;
}

}  // namespace

std::optional<std::string> prepare(Profile profile, std::string_view text) {
  if (text.empty()) return std::string();
  const auto wide = to_utf16(text);
  if (!wide) return std::nullopt;
  // NFKC makes at most 18 characters of one.
  std::vector<UChar> prepared(wide->size() * 18 + 1);
  UErrorCode status = U_ZERO_ERROR;
  const std::int32_t size = usprep_prepare(
      profile_of(profile), wide->data(), static_cast<std::int32_t>(wide->size()), prepared.data(),
      static_cast<std::int32_t>(prepared.size()), options_of(profile), nullptr, &status);
  if (U_FAILURE(status)) return std::nullopt;
  return to_utf8(prepared.data(), size);
}

}  // namespace omegate::xmpp
