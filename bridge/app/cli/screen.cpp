#include "bridge/app/cli/screen.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <ostream>
#include <utility>

#include "bridge/gateway/log/one_line.hpp"

namespace omegate::app {
namespace {

namespace json = boost::json;

std::string_view escape(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::heading:
      return "\x1b[1m";
    case Tone::good:
      return "\x1b[32m";
    case Tone::warning:
      return "\x1b[33m";
    case Tone::bad:
      return "\x1b[31m";
    case Tone::faint:
      return "\x1b[2m";
  }
  return "";
}

/// Code points, which is what most terminals show as one column each.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string local_time(std::int64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts);
  return text;
}

std::string amount(std::chrono::seconds span) {
  using namespace std::chrono;
  if (span < minutes(1)) return std::to_string(span.count()) + " s";
  if (span < hours(1)) return std::to_string(duration_cast<minutes>(span).count()) + " min";
  if (span < days(2)) return std::to_string(duration_cast<hours>(span).count()) + " h";
  return std::to_string(duration_cast<days>(span).count()) + " days";
}

}  // namespace

void Screen::line(std::string_view text) { out_ << text << '\n'; }

std::string Screen::tint(Tone tone, std::string_view text) const {
  if (!colours_ || tone == Tone::plain) return std::string(text);
  return std::string(escape(tone)) + std::string(text) + "\x1b[0m";
}

std::string Screen::time(std::int64_t ms) const {
  const auto relative = ago(ms);
  const auto absolute = local_time(ms);
  return relative == absolute ? absolute : absolute + ", " + relative;
}

std::string Screen::ago(std::int64_t ms) const {
  const auto span = std::chrono::duration_cast<std::chrono::seconds>(now_ - from_ms(ms));
  const auto size = std::chrono::abs(span);
  if (size < std::chrono::seconds(1)) return "now";
  if (size > std::chrono::days(7)) return local_time(ms);
  return span.count() > 0 ? amount(size) + " ago" : "in " + amount(size);
}

void Table::print(Screen& screen) const {
  std::vector<std::vector<Cell>> all{{}};
  std::vector<std::size_t> widths;
  for (const auto& heading : headings_) {
    all.front().push_back({heading, Tone::heading});
    widths.push_back(width(heading));
  }
  for (const auto& row : rows_) {
    all.push_back(row);
    for (std::size_t i = 0; i < row.size(); ++i) {
      all.back()[i].text = gateway::one_line(row[i].text);
      widths[i] = std::max(widths[i], width(all.back()[i].text));
    }
  }
  for (const auto& row : all) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += screen.tint(row[i].tone, row[i].text);
      if (i + 1 < row.size()) line += std::string(widths[i] - width(row[i].text) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    screen.line(line);
  }
}

std::string in_groups(std::string_view fingerprint, char between) {
  constexpr std::size_t digits_per_group = 8;
  std::string grouped;
  for (std::size_t i = 0; i < fingerprint.size(); ++i) {
    if (i != 0 && i % digits_per_group == 0) grouped += between;
    grouped += fingerprint[i];
  }
  return gateway::one_line(grouped);
}

std::string text(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string shown(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value != nullptr && value->is_number()) return std::to_string(number(object, key));
  return gateway::one_line(text(object, key));
}

std::int64_t number(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) return 0;
  boost::system::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  return error ? 0 : number;
}

bool flag(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

bool has(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && !value->is_null();
}

json::object part(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_object() ? value->get_object() : json::object();
}

std::vector<json::object> objects(const json::object& object, std::string_view key) {
  std::vector<json::object> found;
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_array()) return found;
  for (const auto& item : value->get_array())
    if (item.is_object()) found.push_back(item.get_object());
  return found;
}

Tone tone_of(std::string_view word) {
  constexpr std::pair<std::string_view, Tone> tones[] = {
      {"trusted", Tone::good},    {"verified", Tone::good},      {"allow", Tone::good},
      {"open", Tone::good},       {"closed", Tone::bad},
      {"online", Tone::good},     {"running", Tone::good},       {"delivered", Tone::good},
      {"sent", Tone::good},       {"undecided", Tone::warning},  {"held", Tone::warning},
      {"waiting", Tone::warning}, {"connecting", Tone::warning}, {"restarting", Tone::warning},
      {"revoked", Tone::bad},     {"refuse", Tone::bad},         {"parked", Tone::bad},
      {"refused", Tone::bad},     {"bounced", Tone::bad},        {"expired", Tone::bad},
      {"quarantined", Tone::bad}, {"stopped", Tone::bad},      {"alarm", Tone::bad},
  };
  for (const auto& [known, tone] : tones)
    if (known == word) return tone;
  return Tone::plain;
}

}  // namespace omegate::app
