// Takes what happened to the plugin that is to hear of it, and commits what the plugin wants done.
//
// One per plugin, a coroutine on its own strand. Not here: the plugin's process (plugin_host.hpp).
// Source: flow 5.1 of the architecture, steps 5 and 6.
#pragma once

#include <string>

#include "bridge/gateway/command_gate.hpp"
#include "bridge/gateway/context.hpp"
#include "bridge/gateway/plugin_effects.hpp"
#include "bridge/gateway/plugin_host.hpp"
#include "bridge/gateway/signal.hpp"
#include "bridge/gateway/timer_data.hpp"

namespace omegate::gateway {

class InboxWorker {
 public:
  InboxWorker(asio::any_io_executor strand, Context& context, PluginHost& host, OutgoingSide outgoing)
      : context_(context),
        host_(host),
        outgoing_(std::move(outgoing)),
        effects_(context_, outgoing_, host_.name()),
        signal_(std::move(strand)) {}

  /// Works until cancelled. The plugin has been started.
  asio::awaitable<void> run();

  /// From any thread: there are new rows.
  void kick() const { signal_.notify(); }

 private:
  /// A row under way, and the question that the plugin has asked its sender.
  struct Taken {
    store::DueEvent row;
    std::optional<TimerData> question;
  };

  /// What becomes of a row: an event for the plugin, or words to its sender, or nothing.
  struct Heard {
    std::optional<plugin::Event> event = {};
    std::string reply = {};
  };

  asio::awaitable<void> work();
  asio::awaitable<bool> can_work() const;
  asio::awaitable<void> handle(Taken taken);
  asio::awaitable<bool> attempt(store::InboxId row, const plugin::Event& event, bool last);
  asio::awaitable<bool> commit(store::InboxId row, const plugin::Event& event, Outcome outcome);
  asio::awaitable<void> fail(store::InboxId row, std::string error, int park_after_attempts);
  Heard event_for(const Taken& taken, const PluginStatus& status);
  Heard message_event(const Taken& taken, const PluginStatus& status);
  Heard answer_event(const Taken& taken, plugin::Message message) const;
  Heard command_event(const Taken& taken, const PluginStatus& status, const plugin::CommandMatch& match,
                      plugin::Message message);
  Taken take(store::Tables& tables, store::DueEvent row) const;
  bool is_heard(const store::DueEvent& row, plugin::EventKind kind, const plugin::Ready& registrations) const;
  void judge_again(store::Tables& tables, store::DueEvent& row) const;

  Context& context_;
  PluginHost& host_;
  OutgoingSide outgoing_;
  PluginEffects effects_;
  CommandGate gate_;
  Signal signal_;
};

}  // namespace omegate::gateway
