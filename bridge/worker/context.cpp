#include "bridge/worker/context.hpp"

#include <stdexcept>

#include "bridge/core/plugin/limits.hpp"

namespace omegate::worker {

Run& current_run(Context& context, const char* what) {
  if (!context.run) throw std::logic_error(std::string(what) + " works inside a handler only");
  return *context.run;
}

void stage(Run& run, plugin::Effect effect) {
  run.output += plugin::output_size(std::initializer_list<plugin::Effect>{effect});
  if (run.output > plugin::max_output_size) throw std::runtime_error("one handler may send and keep 1 MiB at most");
  if (run.effects.size() == plugin::max_effects)
    throw std::runtime_error("one handler may send 1000 messages at most, kept values counted");
  run.effects.push_back(std::move(effect));
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
