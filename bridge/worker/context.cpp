#include "bridge/worker/context.hpp"

#include <stdexcept>

namespace omegate::worker {

Run& current_run(Context& context, const char* what) {
  if (!context.run) throw std::logic_error(std::string(what) + " works inside a handler only");
  return *context.run;
}

void log_line(Context& context, plugin::Log::Level level, std::string_view text) {
  if (context.log_lines > max_log_lines) return;
  if (++context.log_lines > max_log_lines) {
    level = plugin::Log::Level::warn;
    text = "more log lines than one handler may write; the rest is dropped";
  }
  context.log({level, std::string(text)});
}

}  // namespace omegate::worker
