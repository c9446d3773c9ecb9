#include "bridge/core/plugin/schedule.hpp"

#include <algorithm>
#include <charconv>
#include <span>
#include <vector>

namespace omegate::plugin {
namespace {

namespace chrono = std::chrono;

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

/// What one field may hold.
struct Field {
  int least, most;
  std::span<const std::string_view> names;  // of the values from `least` on
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::optional<int> value_of(std::string_view text, const Field& field) {
  int value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code == std::errc() && end == text.data() + text.size()) {
    return value >= field.least && value <= field.most ? std::optional(value) : std::nullopt;
  }
  for (std::size_t i = 0; i < field.names.size(); ++i) {
    if (std::ranges::equal(field.names[i], text, {}, {}, lower)) return field.least + static_cast<int>(i);
  }
  return std::nullopt;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// "*", "5", "1-5", "*/15", "10-20/2" into the set.
template <std::size_t Size>
bool add_range(std::string_view text, const Field& field, std::bitset<Size>& set) {
  int step = 1;
  if (const auto slash = text.find('/'); slash != text.npos) {
    const auto given = value_of(text.substr(slash + 1), {1, field.most, {}});
    if (!given) return false;
    step = *given;
    text = text.substr(0, slash);
  }
  int first = field.least, last = field.most;
  if (text != "*") {
    const auto dash = text.find('-');
    const auto from = value_of(text.substr(0, dash), field);
    const auto to = dash == text.npos ? from : value_of(text.substr(dash + 1), field);
    if (!from || !to || *to < *from) return false;
    first = *from;
    if (dash != text.npos || step == 1) last = *to;  // "5/15" goes on to the end
  }
  for (int value = first; value <= last; value += step) set.set(static_cast<std::size_t>(value));
  return true;
}

template <std::size_t Size>
bool read_field(std::string_view text, const Field& field, std::bitset<Size>& set) {
  const auto parts = split(text, ',');
  return std::ranges::all_of(parts, [&](std::string_view part) { return add_range(part, field, set); });
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  for (const std::string_view word : split(text, ' ')) {
    if (!word.empty()) found.push_back(word);
  }
  return found;
}

}  // namespace

std::optional<Cron> Cron::parse(std::string_view text) {
  const auto fields = words(text);
  Cron cron;
  if (fields.size() != 5 || !read_field(fields[0], {0, 59, {}}, cron.minutes_) ||
      !read_field(fields[1], {0, 23, {}}, cron.hours_) || !read_field(fields[2], {1, 31, {}}, cron.days_) ||
      !read_field(fields[3], {1, 12, month_names}, cron.months_) ||
      !read_field(fields[4], {0, 7, weekday_names}, cron.weekdays_)) {
    return std::nullopt;
  }
  if (cron.weekdays_.test(7)) cron.weekdays_.set(0);
  cron.any_day_ = fields[2].starts_with('*');
  cron.any_weekday_ = fields[4].starts_with('*');
  return cron;
}

bool Cron::fits(chrono::year_month_day day) const {
  if (!months_.test(static_cast<unsigned>(day.month()))) return false;
  const bool in_month = days_.test(static_cast<unsigned>(day.day()));
  const bool in_week = weekdays_.test(chrono::weekday(chrono::local_days(day)).c_encoding());
  if (any_day_ || any_weekday_) return in_month && in_week;
  return in_month || in_week;
}

std::optional<Cron::Minutes> Cron::next(Minutes after) const {
  constexpr int days_in_ten_years = 3653;
  const Minutes begin = after + chrono::minutes(1);
  chrono::local_days day = chrono::floor<chrono::days>(begin);
  for (int looked_at = 0; looked_at < days_in_ten_years; ++looked_at, day += chrono::days(1)) {
    if (!fits(chrono::year_month_day(day))) continue;
    const int earliest = begin > Minutes(day) ? static_cast<int>((begin - Minutes(day)).count()) : 0;
    for (int minute = earliest; minute < 24 * 60; ++minute) {
      const auto hour = static_cast<std::size_t>(minute / 60),
                 of_hour = static_cast<std::size_t>(minute % 60);
      if (hours_.test(hour) && minutes_.test(of_hour)) return Minutes(day) + chrono::minutes(minute);
    }
  }
  return std::nullopt;
}

}  // namespace omegate::plugin
