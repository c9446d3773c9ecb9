#include "bridge/edge/http/retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <string>

namespace omegate::http {
namespace {

using std::chrono::seconds;

/// Longer than anybody waits, and far from an overflow.
constexpr std::int64_t most_seconds = std::int64_t{366} * 24 * 60 * 60;

}  // namespace

std::optional<seconds> parse_retry_after(std::string_view value, WallTime now) {
  std::int64_t number = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, failure] = std::from_chars(value.data(), end, number);
  if (!value.empty() && stop == end && failure != std::errc::invalid_argument) {
    if (failure == std::errc::result_out_of_range) return seconds(most_seconds);
    if (number < 0) return std::nullopt;
    return seconds(std::min(number, most_seconds));
  }
  std::tm date{};
  const char* const read = strptime(std::string(value).c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
  if (read == nullptr) return std::nullopt;
  const auto at = std::chrono::sys_seconds(seconds(timegm(&date)));
  const auto left = std::chrono::ceil<seconds>(at - now);
  return std::clamp(left, seconds(0), seconds(most_seconds));
}

}  // namespace omegate::http
