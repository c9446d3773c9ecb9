#include "bridge/core/mail/imap_text.hpp"

#include <algorithm>
#include <array>

#include "bridge/core/mail/imap_limits.hpp"
#include "bridge/core/mail/text.hpp"

namespace omegate::mail {
namespace {

/// Decimal digits, or a blank in front of the last; -1: something else.
int digits(std::string_view text) {
  int value = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 0 && text[i] == ' ' && text.size() == 2) continue;
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

unsigned month_of(std::string_view name) {
  constexpr std::array<std::string_view, 12> names{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
  const auto found = std::ranges::find(names, lower(name));
  return found == names.end() ? 0U : static_cast<unsigned>(found - names.begin()) + 1U;
}

}  // namespace

std::string imap_quoted(std::string_view text) {
  std::string quoted;
  quoted.reserve(2 * text.size() + 2);  // where it grew a copy would be left, perhaps of a password
  quoted += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  quoted += '"';
  return quoted;
}

std::string imap_words(std::string_view text) {
  std::string words(text.substr(0, max_imap_words));
  std::ranges::replace_if(words, [](char c) { return c < ' ' || c > '~'; }, '?');
  return words.empty() ? "nothing more" : words;
}

std::optional<WallTime> imap_time(std::string_view text) {
  constexpr std::size_t length = 26;
  if (text.size() != length || text[2] != '-' || text[6] != '-' || text[11] != ' ' || text[14] != ':' || text[17] != ':' || text[20] != ' ')
    return std::nullopt;
  const int day = digits(text.substr(0, 2)), year = digits(text.substr(7, 4)), hour = digits(text.substr(12, 2));
  const int minute = digits(text.substr(15, 2)), second = digits(text.substr(18, 2));
  const int zone_hour = digits(text.substr(22, 2)), zone_minute = digits(text.substr(24, 2));
  const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(month_of(text.substr(3, 3))),
                                         std::chrono::day(static_cast<unsigned>(std::max(day, 0))));
  const bool is_time = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60;
  const bool is_zone = (text[21] == '+' || text[21] == '-') && zone_hour >= 0 && zone_hour < 24 && zone_minute >= 0 && zone_minute < 60;
  if (year < 0 || !date.ok() || !is_time || !is_zone) return std::nullopt;
  const auto offset = std::chrono::hours(zone_hour) + std::chrono::minutes(zone_minute);
  const WallTime local = std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
  return text[21] == '+' ? local - offset : local + offset;
}

}  // namespace omegate::mail
