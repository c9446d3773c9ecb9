// What the functions of the API work on: the plugin as loaded, what it registers, what the running handler
// stages.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "bridge/core/plugin/frame.hpp"
#include "bridge/worker/limits.hpp"

namespace omegate::worker {

using LogSink = std::function<void(plugin::Log)>;

/// Asks the gateway and waits for its answer.
using Caller = std::function<plugin::ToWorker(const plugin::ToGateway&)>;

/// A function or value of the plugin, kept alive in Lua's registry.
using Reference = int;

class Expression;

struct CommandHandler {
  plugin::Command command;
  Reference function;
};

struct HookHandler {
  plugin::Hook hook;
  Reference function;
};

/// P.hear, or P.on without a pattern.
struct Listener {
  plugin::EventKind kind;
  std::optional<std::string> pattern;
  std::optional<plugin::TrustLevel> min_trust;  // of the key that the event is about; nothing: any
  Reference function;
  std::string emoji = {};  // of a reaction that was added; empty: any
  std::shared_ptr<const Expression> expression = {};  // instead of a pattern
};

/// P.on_timer, P.every, P.cron, P.on_answer: a function by its name.
struct NamedHandler {
  std::string name;
  Reference function;
};

struct ScheduleHandler {
  plugin::Schedule schedule;
  Reference function;
};

struct Registrations {
  std::vector<CommandHandler> commands;
  std::vector<HookHandler> hooks;
  std::vector<Listener> listeners;
  std::vector<NamedHandler> timers, answers, topics;
  std::vector<ScheduleHandler> schedules;

  std::size_t size() const {
    return commands.size() + hooks.size() + listeners.size() + timers.size() + answers.size() + topics.size() +
           schedules.size();
  }
};

/// One event on its way through its handlers.
struct Run {
  /// What it knows of one key: as read (with the version), and as it wants it.
  struct Kept {
    std::string version;                // empty: not read
    std::optional<std::string> value;   // JSON; nothing: not there
  };

  std::string id;
  plugin::Origin origin;
  std::int64_t time_ms = 0;
  std::vector<plugin::Effect> effects;
  std::size_t output = 0;            // bytes, as plugin::output_size counts them
  std::map<std::string, Kept> kept;  // what was read or staged, by key
  std::vector<plugin::Sample> samples = {};
  bool has_asked = false;  // the gateway anything
};

struct Context {
  plugin::Load load;
  LogSink log;
  Caller call;
  Registrations registrations;
  bool kv = false;         // it keeps values
  std::vector<plugin::Metric> metrics = {};
  bool loading = true;     // registrations are made now or never
  std::optional<Run> run = {};  // the handler that runs, if one does
  int log_lines = 0;       // of this run
};

/// What the gateway answers. Throws `std::logic_error` where nobody can be asked, `std::runtime_error` when the answer
/// is to another question.
template <class Answer>
Answer ask_gateway(Context& context, const plugin::ToGateway& question) {
  if (!context.call) throw std::logic_error("there is no gateway to ask");
  auto answer = context.call(question);
  if (auto* const fits = std::get_if<Answer>(&answer)) return std::move(*fits);
  throw std::runtime_error("the gateway answered something else than was asked");
}

/// Throws `std::logic_error` outside of a handler; `what` is the function that was called.
Run& current_run(Context& context, const char* what);

/// Stages it. Throws `std::runtime_error` when the handler wants too much.
void stage(Run& run, plugin::Effect effect);

/// Passes it on unless the handler has said enough.
void log_line(Context& context, plugin::Log::Level level, std::string_view text);

}  // namespace omegate::worker
