// One plugin: its files loaded, its handlers registered, its events handled one after the other.
//
// Not here: frames and the socket (session.hpp), who may do what (the gateway checks every effect again).
#pragma once

#include <variant>

#include "bridge/core/plugin/frame.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/interpreter.hpp"
#include "bridge/worker/limits.hpp"

namespace omegate::worker {

class Plugin {
 public:
  Plugin(plugin::Load load, LogSink log, Limits limits = {}, Caller call = {});
  Plugin(const Plugin&) = delete;

  /// Runs init.lua. Call it once, first.
  std::variant<plugin::Ready, plugin::LoadFailed> load();

  /// Runs the event's handlers; what they staged is in `Done` only if all of them returned.
  std::variant<plugin::Done, plugin::Failed> handle(const plugin::Event& event);

 private:
  plugin::ToWorker ask(const Caller& call, const plugin::ToGateway& question);
  plugin::Ready registered() const;
  std::optional<Failure> dispatch(const plugin::Event& event);
  std::optional<Failure> run_command(const plugin::Event& event);
  std::optional<Failure> run_hook(const plugin::Event& event);
  std::optional<Failure> run_timer(const plugin::Event& event);
  std::optional<Failure> run_named(const std::vector<NamedHandler>& handlers, const std::string& name,
                                   const plugin::Event& event, const char* what);
  std::optional<Failure> run_listeners(const plugin::Event& event);
  std::optional<Failure> hear_expression(const Listener& listener, const plugin::Event& event, bool& heard);
  std::optional<Failure> hear(const Listener& listener, const plugin::Event& event, bool& heard);
  std::optional<Failure> run(Reference function, const plugin::Event& event, const std::string& usage = {});

  Context context_;
  Interpreter interpreter_;
};

}  // namespace omegate::worker
