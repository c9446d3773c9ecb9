#include "bridge/gateway/plugins/plugin_script.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace omegate::gateway {
namespace {

using Kind = ScriptStep::Kind;

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
    const bool is_news = who.starts_with("topic:") && json_looks_like(message.text, step.text);
    if (!is_news && !looks_like(message.text, step.text))
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

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

/// The lines below the step are the message.
std::string mail_text(std::string_view lines) {
  std::string message;
  for (const char c : lines.substr(std::min<std::size_t>(lines.starts_with('\n') ? 1 : 0, lines.size()))) {
    if (c == '\n') message += '\r';
    message += c;
  }
  return message + "\r\n";
}

/// The request that a step of the kind `fetches` is about.
PluginStage::Expected expected_request(const ScriptStep& step) {
  PluginStage::Expected expected = step.request;
  expected.answer.body = step.text;
  const bool is_json = step.text.starts_with('{') || step.text.starts_with('[');
  if (!step.text.empty())
    expected.answer.headers.emplace_back("content-type", is_json ? "application/json" : "text/plain");
  return expected;
}

}  // namespace

PluginStage::Played happen(PluginStage& stage, const ScriptStep& step) {
  if (step.kind == Kind::fetches) {
    stage.will_fetch(expected_request(step));
    return {};
  }
  if (step.kind == Kind::runs) {
    PluginStage::ExpectedRun expected = step.run;
    expected.output = step.text;
    stage.will_run(std::move(expected));
    return {};
  }
  if (step.kind == Kind::publishes) return stage.publishes(step.path, step.text);
  if (step.kind == Kind::mails) return stage.receives(step.path, step.who, mail_text(step.text));
  if (step.kind == Kind::passes) return stage.passes(step.time);
  if (step.kind == Kind::says) return stage.says(step.who, step.text, step.trust);
  if (step.kind == Kind::replies) return stage.replies(step.who, step.text, step.trust, step.own);
  if (step.kind == Kind::edits) return stage.edits(step.who, step.text, step.trust);
  if (step.kind == Kind::retracts) return stage.retracts(step.who, step.trust);
  if (step.kind == Kind::brings) return stage.brings(step.who, step.text, step.trust);
  if (step.kind == Kind::shows) return stage.shows(step.who, step.text);
  if (step.kind == Kind::types) return stage.types(step.who, step.text, step.trust);
  if (step.kind == Kind::displays) return stage.displays(step.who, step.trust);
  if (step.kind == Kind::reacts) return stage.reacts(step.who, words_of(step.text), step.trust, step.own);
  if (step.kind == Kind::restarts) {
    if (const std::string error = stage.load(); !error.empty()) throw std::runtime_error("it does not load any more: " + error);
    return {};
  }
  plugin::HookRequest request;
  const auto question = std::min(step.path.find('?'), step.path.size());
  request.path = step.path.substr(0, question);
  request.query = step.path.substr(std::min(question + 1, step.path.size()));
  request.method = step.method;
  request.content_type =
      step.text.starts_with('{') || step.text.starts_with('[') ? "application/json" : "text/plain";
  request.body = step.text;
  request.request_id = "line-" + std::to_string(step.line);
  return stage.posts(std::move(request));
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
      case Kind::fetches:
      case Kind::runs:
      case Kind::replies:
      case Kind::edits:
      case Kind::retracts:
      case Kind::reacts:
      case Kind::brings:
      case Kind::shows:
      case Kind::types:
      case Kind::displays:
      case Kind::posts:
      case Kind::mails:
      case Kind::publishes:
      case Kind::passes:
      case Kind::restarts:
        wrong = expecting.nothing_left(step.line);
        if (!step.who.empty() && step.kind != Kind::mails) last_speaker = step.who;
        if (wrong) break;
        try {
          expecting.take(happen(*stage, step));
        } catch (const std::runtime_error& failure) {
          wrong = file + ":" + std::to_string(step.line) + ": " + failure.what();
        }
        break;
    }
    if (wrong) return wrong;
  }
  const int last = script.steps.empty() ? script.line : script.steps.back().line;
  if (auto wrong = expecting.nothing_left(last)) return wrong;
  const std::string place = file + ":" + std::to_string(last) + ": expected ";
  if (const auto missing = stage->not_fetched(); !missing.empty()) return place + "a request, found none: fetch " + missing.front();
  if (const auto missing = stage->not_run(); !missing.empty()) return place + "a program to run, found none: run " + missing.front();
  return std::nullopt;
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

}  // namespace omegate::gateway
