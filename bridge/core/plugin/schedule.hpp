// What happens again and again: every so often, or by the calendar of a time zone (cron).
//
// Not here: the clock, what a zone's clock shows (edge/zones), who waits (gateway/plugins/timekeeper).
#pragma once

#include <array>
#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace omegate::plugin {

/// One of the two is there.
struct Schedule {
  std::string name;              // of its handler
  std::chrono::seconds every{};  // 0: by `cron`
  std::string cron;              // "0 9 * * 1-5"
  std::string zone;              // "Europe/Berlin"; empty: UTC

  friend bool operator==(const Schedule&, const Schedule&) = default;
};

/// A crontab line's five fields: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday).
///
/// Each is `*`, a number, a range, a list of those, with a step behind a slash; months and weekdays have
/// English names, too. If both days are restricted, either makes a day fit. Source: crontab(5).
class Cron {
 public:
  using Minutes = std::chrono::local_time<std::chrono::minutes>;

  /// Nothing: it is none.
  static std::optional<Cron> parse(std::string_view text);

  /// The first minute after `after` that fits, on the wall's clock; nothing if none comes in ten years.
  std::optional<Minutes> next(Minutes after) const;

 private:
  bool fits(std::chrono::year_month_day day) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<8> weekdays_;
  bool any_day_ = false, any_weekday_ = false;
};

}  // namespace omegate::plugin
