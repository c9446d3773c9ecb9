#include "bridge/edge/zones/zone.hpp"

#include <unicode/ucal.h>

#include <algorithm>
#include <array>
#include <vector>

namespace omegate::zones {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_name = 64;

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= max_name && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
}

}  // namespace

std::optional<Zone> Zone::named(const std::string& name) {
  if (!is_name(name)) return std::nullopt;
  const std::u16string wide(name.begin(), name.end());
  const auto size = static_cast<std::int32_t>(wide.size());
  UErrorCode status = U_ZERO_ERROR;
  std::array<UChar, 2 * max_name> canonical{};
  UBool is_known = 0;  // a custom zone like GMT+5 is none of the database
  ucal_getCanonicalTimeZoneID(wide.data(), size, canonical.data(), canonical.size(), &is_known, &status);
  if (U_FAILURE(status) || is_known == 0) return std::nullopt;
  UCalendar* const calendar = ucal_open(wide.data(), size, "", UCAL_GREGORIAN, &status);
  if (U_FAILURE(status)) return std::nullopt;
  return Zone(
      std::shared_ptr<void>(calendar, [](void* closed) { ucal_close(static_cast<UCalendar*>(closed)); }));
}

milliseconds Zone::offset(WallTime time) const {
  UErrorCode status = U_ZERO_ERROR;
  auto* const calendar = static_cast<UCalendar*>(calendar_.get());
  ucal_setMillis(calendar, static_cast<UDate>(to_ms(time)), &status);
  const auto raw = ucal_get(calendar, UCAL_ZONE_OFFSET, &status);
  const auto summer = ucal_get(calendar, UCAL_DST_OFFSET, &status);
  return milliseconds(U_FAILURE(status) ? 0 : std::int64_t{raw} + summer);
}

/// The offsets of the day before and the day after are the candidates: between them lies at most one change.
WallTime Zone::wall(LocalTime local) const {
  const WallTime as_utc(local.time_since_epoch());
  const auto before = offset(as_utc - std::chrono::days(1)), after = offset(as_utc + std::chrono::days(1));
  const WallTime early = as_utc - std::max(before, after), late = as_utc - std::min(before, after);
  if (early + offset(early) == as_utc) return early;
  if (late + offset(late) == as_utc) return late;
  return as_utc - before;  // skipped: as the clock went on before the change
}

}  // namespace omegate::zones
