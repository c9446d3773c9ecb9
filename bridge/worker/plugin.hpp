// One plugin: its files loaded, its handlers registered, its events handled one after the other.
//
// Not here: frames and the socket (session.hpp), who may do what (the gateway checks every effect again).
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bridge/core/plugin/frame.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/interpreter.hpp"
#include "bridge/worker/limits.hpp"

namespace omegate::worker {

/// An event whose payload is read once, however many handlers look at it.
struct ParsedEvent {
  const plugin::Event& raw;
  boost::json::value payload;
};

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
  std::optional<Failure> dispatch(const ParsedEvent& event);
  std::optional<Failure> run_command(const ParsedEvent& event);
  std::optional<Failure> run_hook(const ParsedEvent& event);
  std::optional<Failure> run_timer(const ParsedEvent& event);
  std::optional<Failure> run_named(const std::vector<NamedHandler>& handlers, const std::string& name,
                                   const ParsedEvent& event, const char* what);
  std::optional<Failure> run_listeners(const ParsedEvent& event);
  std::optional<Failure> hear_expression(const Listener& listener, const ParsedEvent& event, bool& heard);
  std::optional<Failure> hear(const Listener& listener, const ParsedEvent& event, bool& heard);
  std::optional<Failure> run(Reference function, const ParsedEvent& event, const std::string& usage = {});

  Context context_;
  Interpreter interpreter_;
};

}  // namespace omegate::worker
