// Takes what happened to the plugin that is to hear of it, and commits what the plugin wants done.
//
// One per plugin, a coroutine on its own strand. Not here: the plugin's process (plugin_host.hpp).
// Source: flow 5.1 of the architecture, steps 5 and 6.
#pragma once

#include <string>

#include "bridge/gateway/context.hpp"
#include "bridge/gateway/plugin_effects.hpp"
#include "bridge/gateway/plugin_host.hpp"
#include "bridge/gateway/signal.hpp"

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
  asio::awaitable<void> work();
  asio::awaitable<bool> can_work() const;
  asio::awaitable<void> handle(store::DueEvent row);
  asio::awaitable<bool> attempt(store::InboxId row, const plugin::Event& event, bool last);
  asio::awaitable<bool> commit(store::InboxId row, std::string event, Outcome outcome);
  asio::awaitable<void> fail(store::InboxId row, std::string error, int park_after_attempts);
  std::optional<plugin::Event> event_for(const store::DueEvent& row, const plugin::Ready& registrations) const;
  std::optional<plugin::Event> message_event(const store::DueEvent& row, const plugin::Ready& registrations) const;
  void judge_again(store::Tables& tables, store::DueEvent& row) const;

  Context& context_;
  PluginHost& host_;
  OutgoingSide outgoing_;
  PluginEffects effects_;
  Signal signal_;
};

}  // namespace omegate::gateway
