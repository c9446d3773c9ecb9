// The program's log: one line per fact, `event key=value key="two words"` or one JSON object.
//
// Values are escaped, so a line stays one line whatever a peer put into a name. Secrets and message text do
// not belong here; a `SecretText` cannot be passed. Not here: counters, rate limits of repeated facts.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include "bridge/edge/config/settings.hpp"

namespace omegate::gateway {

struct LogField {
  LogField(std::string_view name, std::string_view text) : key(name), value(text), quoted(true) {}
  LogField(std::string_view name, const char* text) : LogField(name, std::string_view(text)) {}
  LogField(std::string_view name, const std::string& text) : LogField(name, std::string_view(text)) {}
  template <std::integral Number>
  LogField(std::string_view name, Number number) : key(name), value(std::to_string(number)), quoted(false) {}
  LogField(std::string_view name, bool yes) : key(name), value(yes ? "true" : "false"), quoted(false) {}

  std::string_view key;  // lower case, dots and underscores; ours, never a peer's
  std::string value;
  bool quoted;  // a JSON string; numbers and truth values are not
};

using LogFields = std::initializer_list<LogField>;

/// `event` is ours: "account.online", "outbox.held". Safe from every thread.
void log_debug(std::string_view event, LogFields fields = {});
void log_info(std::string_view event, LogFields fields = {});
void log_warning(std::string_view event, LogFields fields = {});
void log_error(std::string_view event, LogFields fields = {});

/// Standard error, at the level and in the form of `settings`. Text lines carry no time under systemd, whose
/// journal has its own. Before the first call: text, from `info` up. Whoever logs never waits for the reader: what he
/// does not take is lost and counted (log_sink.hpp).
void set_up_log(const config::LogSettings& settings);

/// Nothing is logged from here on: for programs whose output is something else.
void silence_log();

/// One line as it would be logged, without time and level.
std::string format_log_line(config::LogFormat format, std::string_view event, LogFields fields);

}  // namespace omegate::gateway
