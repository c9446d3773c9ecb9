#include "bridge/gateway/plugin_script.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <memory>
#include <stdexcept>
#include <utility>

namespace omegate::gateway {
namespace {

using Kind = ScriptStep::Kind;

/// When a script that names no time begins: a Monday at noon, UTC.
const WallTime usual_start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 5) + std::chrono::hours(12);

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string jid_of(std::string_view who) {
  return who.empty() || who.find('@') != who.npos ? std::string(who) : std::string(who) + "@example.org";
}

std::optional<WallTime> parse_start(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0;
  if (std::sscanf(std::string(text).c_str(), "%d-%d-%d %d:%d", &year, &month, &day, &hour, &minute) < 3)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute);
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& file) : rest_(text), file_(file) {}

  std::vector<ScriptCase> run() {
    while (!rest_.empty()) {
      const auto end = std::min(rest_.find('\n'), rest_.size());
      ++line_;
      read(rest_.substr(0, end));
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
    }
    if (cases_.empty())
      throw std::runtime_error(file_ + ": there is no case; one begins with a line == and its name");
    return std::move(cases_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(file_ + ":" + std::to_string(line_) + ": " + what);
  }

  void read(std::string_view whole) {
    const std::string_view line = trim(whole);
    if (line.empty() || line.starts_with('#')) return;
    if (line.starts_with("==")) {
      cases_.push_back({std::string(trim(line.substr(2))), line_});
      cases_.back().start = usual_start;
      return;
    }
    if (cases_.empty()) fail("expected == and the name of a case before anything happens");
    if (line.starts_with('|')) return go_on(line);
    if (!read_setting(line)) steps().push_back(read_step(line));
  }

  /// One more line of the text before.
  void go_on(std::string_view line) {
    if (steps().empty()) fail("expected a line that this one goes on");
    line.remove_prefix(1);
    if (line.starts_with(' ')) line.remove_prefix(1);
    steps().back().text += "\n" + std::string(line);
  }

  bool read_setting(std::string_view line) {
    ScriptCase& script = cases_.back();
    if (line.starts_with("config:")) {
      script.config = trim(line.substr(7));
    } else if (line.starts_with("now:")) {
      const auto start = parse_start(trim(line.substr(4)));
      if (!start) fail("expected a time in UTC like 2026-01-31 12:00");
      script.start = *start;
    } else if (line.starts_with("secrets:")) {
      std::string_view names = trim(line.substr(8));
      while (!names.empty()) {
        const auto end = std::min(names.find(' '), names.size());
        script.secrets.emplace_back(names.substr(0, end));
        names = trim(names.substr(end));
      }
    } else {
      return false;
    }
    if (!script.steps.empty()) fail("a case's settings stand before what happens");
    return true;
  }

  ScriptStep read_step(std::string_view line) const {
    ScriptStep step;
    step.line = line_;
    if (line.starts_with('+')) {
      const auto time = parse_period(trim(line.substr(1)));
      if (!time) fail("expected a period like + 90s, + 10m, + 2h30m or + 7d");
      step.kind = Kind::passes;
      step.time = *time;
    } else if (line.starts_with("!")) {
      step.kind = Kind::fails;
      step.text = trim(line.substr(1));
    } else if (line.starts_with("log:")) {
      step.kind = Kind::logs;
      step.text = trim(line.substr(4));
    } else if (line.starts_with("POST ")) {
      line = trim(line.substr(5));
      const auto end = std::min(line.find(' '), line.size());
      step.kind = Kind::posts;
      step.path = line.substr(0, end);
      step.text = trim(line.substr(end));
    } else {
      read_words(line, step);
    }
    return step;
  }

  /// "alice> text", "alice (verified)> text", "< text", "alice< text"
  void read_words(std::string_view line, ScriptStep& step) const {
    const auto at = line.find_first_of("<>");
    if (at == line.npos) {
      fail(
          "expected: name> what is said, < what is heard, + time, ! a failure, log: a line, POST /path body");
    }
    step.kind = line[at] == '<' ? Kind::hears : Kind::says;
    step.text = line.substr(at + 1).starts_with(' ') ? line.substr(at + 2) : line.substr(at + 1);
    std::string_view who = trim(line.substr(0, at));
    if (const auto open = who.find('('); open != who.npos && who.ends_with(')')) {
      const auto level = plugin::trust_level(who.substr(open + 1, who.size() - open - 2));
      if (!level) fail("expected undecided, tofu, trusted or verified in brackets");
      step.trust = *level;
      who = trim(who.substr(0, open));
    }
    if (step.kind == Kind::says && who.empty()) fail("expected who says that, like alice> hello");
    if (who.find(' ') != who.npos) fail("expected one name before " + std::string(1, line[at]));
    step.who = jid_of(who);
  }

  std::vector<ScriptStep>& steps() { return cases_.back().steps; }

  std::string_view rest_;
  const std::string& file_;
  int line_ = 0;
  std::vector<ScriptCase> cases_;
};

/// What has come and nobody expected yet.
class Expecting {
 public:
  explicit Expecting(const std::string& file) : file_(file) {}

  void take(PluginStage::Played played) {
    for (auto& message : played.sent) sent_.push_back(std::move(message));
    for (auto& error : played.errors) errors_.push_back(std::move(error));
    for (auto& line : played.log) log_.push_back(std::move(line));
  }

  std::optional<std::string> hears(const ScriptStep& step, const std::string& who) {
    if (sent_.empty()) return missing(step, "to hear \"" + step.text + "\"");
    const auto message = take_first(sent_);
    if (message.to != who)
      return wrong(step, "a message to " + who, "one to " + message.to + ": " + message.text);
    if (!looks_like(message.text, step.text))
      return wrong(step, "\"" + step.text + "\"", "\"" + message.text + "\"");
    return std::nullopt;
  }

  std::optional<std::string> fails(const ScriptStep& step) {
    if (errors_.empty()) return missing(step, "a failure: " + step.text);
    const std::string error = take_first(errors_);
    if (!looks_like(error.substr(0, error.find('\n')), step.text)) return wrong(step, step.text, error);
    return std::nullopt;
  }

  /// Only what is asked for: a log is not part of what a plugin promises.
  std::optional<std::string> logs(const ScriptStep& step) {
    const auto found =
        std::ranges::find_if(log_, [&](const auto& line) { return looks_like(line, step.text); });
    if (found == log_.end()) return missing(step, "a log line: " + step.text);
    log_.erase(log_.begin(), found + 1);
    return std::nullopt;
  }

  /// Before something else happens, and at the end.
  std::optional<std::string> nothing_left(int line) {
    const ScriptStep here{.line = line};
    if (!errors_.empty()) return wrong(here, "no failure", errors_.front());
    if (!sent_.empty())
      return wrong(here, "nothing more before this",
                   "a message to " + sent_.front().to + ": " + sent_.front().text);
    return std::nullopt;
  }

 private:
  template <class Value>
  static Value take_first(std::deque<Value>& values) {
    Value first = std::move(values.front());
    values.pop_front();
    return first;
  }
  std::string place(const ScriptStep& step) const {
    return file_ + ":" + std::to_string(step.line) + ": expected ";
  }
  std::string wrong(const ScriptStep& step, const std::string& expected, const std::string& found) const {
    return place(step) + expected + ", found " + found;
  }
  std::string missing(const ScriptStep& step, const std::string& expected) const {
    if (!errors_.empty()) return wrong(step, expected, "a failure: " + errors_.front());
    return wrong(step, expected, "nothing");
  }

  const std::string& file_;
  std::deque<PluginStage::Sent> sent_;
  std::deque<std::string> errors_, log_;
};

PluginStage::Played happen(PluginStage& stage, const ScriptStep& step) {
  if (step.kind == Kind::passes) return stage.passes(step.time);
  if (step.kind == Kind::says) return stage.says(step.who, step.text, step.trust);
  plugin::HookRequest request;
  request.path = step.path;
  request.method = "POST";
  request.content_type =
      step.text.starts_with('{') || step.text.starts_with('[') ? "application/json" : "text/plain";
  request.body = step.text;
  request.request_id = "line-" + std::to_string(step.line);
  return stage.posts(std::move(request));
}

}  // namespace

std::vector<ScriptCase> parse_script(std::string_view text, const std::string& file) {
  return Parser(text, file).run();
}

std::optional<std::string> play(const ScriptCase& script, const std::string& file,
                                const MakeStage& make_stage) {
  const auto stage = make_stage(script);
  Expecting expecting(file);
  std::string last_speaker;
  for (const ScriptStep& step : script.steps) {
    std::optional<std::string> wrong;
    switch (step.kind) {
      case Kind::hears:
        wrong = expecting.hears(step, step.who.empty() ? last_speaker : step.who);
        break;
      case Kind::fails:
        wrong = expecting.fails(step);
        break;
      case Kind::logs:
        wrong = expecting.logs(step);
        break;
      case Kind::says:
      case Kind::posts:
      case Kind::passes:
        wrong = expecting.nothing_left(step.line);
        if (step.kind == Kind::says) last_speaker = step.who;
        if (!wrong) expecting.take(happen(*stage, step));
        break;
    }
    if (wrong) return wrong;
  }
  return expecting.nothing_left(script.steps.empty() ? script.line : script.steps.back().line);
}

bool looks_like(std::string_view text, std::string_view pattern) {
  std::size_t star = pattern.npos, matched = 0, t = 0, p = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      matched = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != pattern.npos) {
      p = star + 1;
      t = ++matched;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

std::optional<std::chrono::milliseconds> parse_period(std::string_view text) {
  using std::chrono::milliseconds;
  constexpr std::array<std::pair<std::string_view, milliseconds>, 6> units{{{"ms", milliseconds(1)},
                                                                            {"s", std::chrono::seconds(1)},
                                                                            {"m", std::chrono::minutes(1)},
                                                                            {"h", std::chrono::hours(1)},
                                                                            {"d", std::chrono::days(1)},
                                                                            {"w", std::chrono::weeks(1)}}};
  constexpr std::int64_t most = 1'000'000;
  milliseconds total{};
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    std::int64_t number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc() || number < 0 || number > most) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto letters = std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), text.size());
    const auto unit =
        std::ranges::find(units, text.substr(0, letters), [](const auto& each) { return each.first; });
    if (unit == units.end()) return std::nullopt;
    total += number * unit->second;
    text = trim(text.substr(letters));
  }
  return total;
}

}  // namespace omegate::gateway
