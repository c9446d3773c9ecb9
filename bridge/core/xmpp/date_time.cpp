#include "bridge/core/xmpp/date_time.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "bridge/core/xmpp/number.hpp"

namespace omegate::xmpp {
namespace {

using namespace std::chrono;

const WallTime earliest = sys_days(year(0) / January / 1);
const WallTime latest = sys_days(year(10'000) / January / 1) - milliseconds(1);

/// Reads from the front of a text; once something does not fit, everything fails.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  unsigned digits(std::size_t count) {
    const auto number = text_.size() < count ? std::nullopt : parse_number<unsigned>(text_.substr(0, count));
    good_ = good_ && number.has_value();
    text_.remove_prefix(std::min(count, text_.size()));
    return number.value_or(0);
  }
  bool skip(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) { good_ = skip(c) && good_; }

  /// Fractional digits as milliseconds; the rest is cut.
  milliseconds fraction() {
    if (!skip('.')) return milliseconds(0);
    const std::size_t count = std::min(text_.find_first_not_of("0123456789"), text_.size());
    good_ = good_ && count > 0;
    std::string first_three(text_.substr(0, std::min<std::size_t>(count, 3)));
    first_three.resize(3, '0');
    text_.remove_prefix(count);
    return milliseconds(parse_number<unsigned>(first_three).value_or(0));
  }

  minutes offset() {
    if (skip('Z')) return minutes(0);
    const bool east = skip('+');
    if (!east) expect('-');
    const unsigned hours_part = digits(2);
    expect(':');
    const unsigned minutes_part = digits(2);
    good_ = good_ && hours_part < 24 && minutes_part < 60;
    const minutes size = hours(hours_part) + minutes(minutes_part);
    return east ? size : -size;
  }

  void require(bool condition) { good_ = good_ && condition; }
  bool finished() const { return good_ && text_.empty(); }

 private:
  std::string_view text_;
  bool good_ = true;
};

}  // namespace

std::string format_time(WallTime time) {
  time = std::clamp(time, earliest, latest);
  const auto day_start = floor<days>(time);
  const year_month_day date(day_start);
  const hh_mm_ss clock(time - day_start);
  std::array<char, 40> text{};
  const int size =
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()));
  std::string result(text.data(), static_cast<std::size_t>(size));
  if (const auto ms = clock.subseconds().count(); ms != 0) {
    std::string fraction = std::to_string(1000 + ms);
    fraction.front() = '.';
    result += fraction;
  }
  return result + 'Z';
}

std::optional<WallTime> parse_time(std::string_view text) {
  Reader reader(text);
  const auto read_year = static_cast<int>(reader.digits(4));
  reader.expect('-');
  const unsigned read_month = reader.digits(2);
  reader.expect('-');
  const year_month_day date(year(read_year), month(read_month), day(reader.digits(2)));
  reader.expect('T');
  const unsigned hour = reader.digits(2);
  reader.expect(':');
  const unsigned minute = reader.digits(2);
  reader.expect(':');
  const unsigned second = reader.digits(2);
  reader.require(date.ok() && hour < 24 && minute < 60 && second <= 60);
  const milliseconds fraction = reader.fraction();
  const minutes offset = reader.offset();
  if (!reader.finished()) return std::nullopt;
  const WallTime time =
      sys_days(date) + hours(hour) + minutes(minute) + seconds(std::min(second, 59u)) + fraction;
  return std::clamp(time - offset, earliest, latest);
}

}  // namespace omegate::xmpp
