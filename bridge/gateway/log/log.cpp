#include "bridge/gateway/log/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>

#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/event_counts.hpp"
#include "bridge/gateway/log/log_budget.hpp"
#include "bridge/gateway/log/log_sink.hpp"
#include "bridge/gateway/log/one_line.hpp"

namespace omegate::gateway {
namespace {

std::atomic<config::LogFormat> format{config::LogFormat::text};

constexpr auto text_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
constexpr auto journal_pattern = "%l %v";
constexpr auto journal_priority = "%*";
constexpr auto json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";

/// `<4>` at the begin of a line: its priority, for the journal. Source: sd-daemon(3).
class Priority final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& line) override {
    std::string_view priority = "<6>";
    if (message.level >= spdlog::level::err) {
      priority = "<3>";
    } else if (message.level == spdlog::level::warn) {
      priority = "<4>";
    } else if (message.level <= spdlog::level::debug) {
      priority = "<7>";
    }
    line.append(priority.data(), priority.data() + priority.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<Priority>(); }
};

bool is_plain(std::string_view text) {
  return !text.empty() && text.find_first_of(" \"=\\") == std::string_view::npos;
}

std::string text_line(std::string_view event, LogFields fields) {
  std::string line(event);
  for (const auto& field : fields) {
    const auto value = one_line(field.value);
    line += ' ' + std::string(field.key) + '=';
    line += is_plain(value) && value == field.value ? value : in_json_quotes(field.value);
  }
  return line;
}

std::string json_line(std::string_view event, LogFields fields) {
  std::string line = "\"event\":" + in_json_quotes(event);
  for (const auto& field : fields) {
    line += ",\"" + std::string(field.key) + "\":";
    line += field.quoted ? in_json_quotes(field.value) : field.value;
  }
  return line;
}

/// The cause of an event that is counted by it.
std::string_view cause_of(std::string_view event, LogFields fields) {
  const auto wanted = counted_field(event);
  std::string_view kind;
  for (const auto& field : fields) {
    if (wanted.empty()) break;
    if (field.key == wanted && !field.value.empty()) return field.value;
    if (field.key == "kind") kind = field.value;
  }
  return kind;
}

/// Of all threads together.
LogBudget::Verdict ask_budget(std::string_view event) {
  static std::mutex lock;
  static LogBudget budget;
  const std::lock_guard guard(lock);
  return budget.ask(event, std::chrono::steady_clock::now());
}

void write(spdlog::level::level_enum level, std::string_view event, LogFields fields) {
  const std::string line = format_log_line(format, event, fields);
  spdlog::default_logger_raw()->log(level, spdlog::string_view_t(line));  // as it is: no format string
}

void log(spdlog::level::level_enum level, std::string_view event, LogFields fields) {
  count_event(event, cause_of(event, fields));
  if (!spdlog::should_log(level)) return;
  const auto verdict = ask_budget(event);
  if (verdict == LogBudget::Verdict::leave_out) return;
  write(level, event, fields);
  if (verdict == LogBudget::Verdict::say_and_warn) log_warning("log.left_out", {{"repeated", event}});
}

std::string loss_line(std::uint64_t lines) {
  count_event("log.lines_lost", {});
  return format_log_line(format, "log.lines_lost", {{"lines", lines}});
}

spdlog::level::level_enum to_spdlog(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::debug:
      return spdlog::level::debug;
    case config::LogLevel::info:
      return spdlog::level::info;
    case config::LogLevel::warning:
      return spdlog::level::warn;
    case config::LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

void log_debug(std::string_view event, LogFields fields) { log(spdlog::level::debug, event, fields); }
void log_info(std::string_view event, LogFields fields) { log(spdlog::level::info, event, fields); }
void log_warning(std::string_view event, LogFields fields) { log(spdlog::level::warn, event, fields); }
void log_error(std::string_view event, LogFields fields) { log(spdlog::level::err, event, fields); }

std::string format_log_line(config::LogFormat form, std::string_view event, LogFields fields) {
  return form == config::LogFormat::json ? json_line(event, fields) : text_line(event, fields);
}

void set_up_log(const config::LogSettings& settings) {
  auto logger = std::make_shared<spdlog::logger>("omegate", std::make_shared<LogSink>(STDERR_FILENO, loss_line));
  const bool json = settings.format == config::LogFormat::json;
  const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  const std::string pattern = json ? json_pattern : journal ? journal_pattern : text_pattern;
  formatter->add_flag<Priority>('*').set_pattern((journal ? journal_priority : "") + pattern);
  logger->set_formatter(std::move(formatter));
  logger->set_level(to_spdlog(settings.level));
  format = settings.format;
  spdlog::set_default_logger(std::move(logger));
  spdlog::flush_every(log_retry);
}

void silence_log() { spdlog::set_level(spdlog::level::off); }

}  // namespace omegate::gateway
