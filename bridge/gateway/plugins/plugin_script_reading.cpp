// Reading a script; playing it is in plugin_script.cpp.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "bridge/gateway/plugins/plugin_script.hpp"

namespace omegate::gateway {
namespace {

using Kind = ScriptStep::Kind;

/// When a script that names no time begins: a Monday at noon, UTC.
const WallTime usual_start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 5) + std::chrono::hours(12);

/// "topic:orders> {…}" another plugin publishes, "topic:orders< {…}" this one does.
constexpr std::string_view topic_sign = "topic:";

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string jid_of(std::string_view who) {
  return who.empty() || who.find('@') != who.npos || who.starts_with(topic_sign) ? std::string(who) : std::string(who) + "@example.org";
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
    } else if (line.starts_with("role ") && !line.starts_with("role (") && line.find(':') != line.npos) {
      read_role(trim(line.substr(5)));
    } else if (line.starts_with("program ") && !line.starts_with("program (")) {
      read_program(trim(line.substr(8)));
    } else {
      return false;
    }
    if (!script.steps.empty()) fail("a case's settings stand before what happens");
    return true;
  }

  /// "admin: alice bob"
  void read_role(std::string_view line) {
    const auto colon = line.find(':');
    auto& people = cases_.back().roles[std::string(trim(line.substr(0, colon)))];
    for (std::string_view names = trim(line.substr(colon + 1)); !names.empty();) people.push_back(jid_of(take_word(names)));
  }

  /// "restart <unit:nginx|postfix>: Restarts a service"; what a plugin knows of one is all there is.
  void read_program(std::string_view line) {
    plugin::Program program;
    const auto end = std::min(line.find_first_of(" :"), line.size());
    program.name = line.substr(0, end);
    line = trim(line.substr(end));
    while (line.starts_with('<')) {
      const auto colon = line.find(':'), close = std::min(line.find('>'), line.size());
      auto argument = colon < close ? plugin::program_argument(std::string(line.substr(1, colon - 1)), line.substr(colon + 1, close - colon - 1)) : std::nullopt;
      if (!argument) fail("expected an argument like <unit:nginx|postfix>, <name:word> or <count:integer>");
      program.arguments.push_back(std::move(*argument));
      line = trim(line.substr(std::min(close + 1, line.size())));
    }
    if (line.starts_with(':')) program.help = trim(line.substr(1));
    if (program.name.empty() || !(line.empty() || line.starts_with(':'))) fail("expected a program like: program restart <unit:nginx|postfix>: Restarts a service");
    cases_.back().programs.push_back(std::move(program));
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
    } else if (line == "restart") {
      step.kind = Kind::restarts;
    } else if (line.starts_with("log:")) {
      step.kind = Kind::logs;
      step.text = trim(line.substr(4));
    } else if (line.starts_with("fetch ") && line.find(" -> ") != line.npos) {
      read_fetch(trim(line.substr(6)), step);
    } else if (line.starts_with("run ") && !line.starts_with("run (") && line.find(" -> ") != line.npos) {
      read_run(trim(line.substr(4)), step);
    } else if (line.starts_with("mail ") && line.find_first_of("<>") == line.npos) {
      step.kind = Kind::mails;
      line = trim(line.substr(5));
      step.path = take_word(line);
      if (take_word(line) == "from") step.who = take_word(line);
    } else if (line.starts_with("POST ") || line.starts_with("PUT /")) {
      step.method = take_word(line);
      const auto end = std::min(line.find(' '), line.size());
      step.kind = Kind::posts;
      step.path = line.substr(0, end);
      step.text = trim(line.substr(end));
    } else {
      read_words(line, step);
    }
    return step;
  }

  /// "alertmanager POST /api/v2/silences {…} -> 200 {…}", "feed GET / -> ! it is down"
  void read_fetch(std::string_view line, ScriptStep& step) const {
    step.kind = Kind::fetches;
    const auto arrow = line.find(" -> ");
    std::string_view asked = trim(line.substr(0, arrow)), answer = trim(line.substr(arrow + 4));
    step.request.host = take_word(asked);
    step.request.method = take_word(asked);
    const bool has_path = asked.starts_with('/') || asked.starts_with('?') || asked == "*" || asked.starts_with("* ");
    step.request.path = has_path ? take_word(asked) : "";
    step.request.body = asked;
    if (answer.starts_with('!')) {
      step.request.answer.error = trim(answer.substr(1));
      return;
    }
    const std::string status = take_word(answer);
    const auto [end, code] = std::from_chars(status.data(), status.data() + status.size(), step.request.answer.status);
    if (step.request.method.empty() || code != std::errc() || end != status.data() + status.size())
      fail("expected a request and its answer like: fetch alertmanager GET /status -> 200 {}, or -> ! why there is none");
    step.text = answer;
  }

  /// "restart nginx -> 0 done", "tick -> killed 9", "tick -> too_long", "tick -> not_started no such file", "tick -> unknown"
  void read_run(std::string_view line, ScriptStep& step) const {
    using Outcome = plugin::ProgramEnd::Outcome;
    step.kind = Kind::runs;
    const auto arrow = line.find(" -> ");
    step.run.line = trim(line.substr(0, arrow));
    std::string_view rest = trim(line.substr(arrow + 4));
    std::string word = take_word(rest);
    for (const Outcome each : {Outcome::killed, Outcome::too_long, Outcome::not_started, Outcome::unknown})
      if (to_text(each) == word) step.run.outcome = each;
    if (step.run.outcome == Outcome::killed) word = take_word(rest);
    step.text = rest;
    if (step.run.outcome != Outcome::ended && step.run.outcome != Outcome::killed) return;
    const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), step.run.status);
    if (code != std::errc() || end != word.data() + word.size())
      fail("expected a run and its end like: run restart nginx -> 0 output, or -> killed 9, too_long, not_started why, unknown");
  }

  static std::string take_word(std::string_view& text) {
    const auto end = std::min(text.find(' '), text.size());
    std::string word(text.substr(0, end));
    text = trim(text.substr(end));
    return word;
  }

  /// "alice> text", "alice (verified)> text", "< text", "alice< text"
  void read_words(std::string_view line, ScriptStep& step) const {
    const auto at = line.find_first_of("<>");
    if (at == line.npos) {
      fail(
          "expected: name> what is said, < what is heard, + time, restart, ! a failure, log: a line, topic:name> JSON, POST or PUT /path body, "
          "mail address, fetch …, run …, or one of a case's settings: config:, now:, secrets:, role …:, program …:");
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
    if (step.kind == Kind::says && who.starts_with(topic_sign)) {
      step.kind = Kind::publishes;
      step.path = who.substr(topic_sign.size());
      step.who.clear();
    } else if (step.kind == Kind::says) {
      read_bearing(step);
    }
  }

  /// "alice> (reaction) 👀", "alice> (reply) text": to the last message that she heard; "(reaction to own) 👀", "(reply to own) text": to
  /// the last one that she said; "alice> (edit) text", "alice> (retract)": of the last one that she said; "alice> (file) name",
  /// "alice> (avatar) name": she shows it from now on, none without a name; "alice> (typing) composing", "alice> (displayed)": what she
  /// heard last.
  static void read_bearing(ScriptStep& step) {
    constexpr std::pair<std::string_view, Kind> bearings[] = {{"(reaction)", Kind::reacts},
                                                              {"(reaction to own)", Kind::reacts},
                                                              {"(reply)", Kind::replies},
                                                              {"(reply to own)", Kind::replies},
                                                              {"(edit)", Kind::edits},
                                                              {"(file)", Kind::brings},
                                                              {"(avatar)", Kind::shows},
                                                              {"(typing)", Kind::types},
                                                              {"(displayed)", Kind::displays},
                                                              {"(retract)", Kind::retracts}};
    for (const auto& [sign, kind] : bearings) {
      if (!step.text.starts_with(sign)) continue;
      step.kind = kind;
      step.own = sign.ends_with(" to own)");
      step.text = trim(std::string_view(step.text).substr(sign.size()));
      return;
    }
  }

  std::vector<ScriptStep>& steps() { return cases_.back().steps; }

  std::string_view rest_;
  const std::string& file_;
  int line_ = 0;
  std::vector<ScriptCase> cases_;
};

}  // namespace

std::vector<ScriptCase> parse_script(std::string_view text, const std::string& file) {
  return Parser(text, file).run();
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
