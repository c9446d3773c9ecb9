// Events for programs that are elsewhere: taken over from the inbox, numbered, and those told who wait for them.
//
// An API client is a plugin that fetches: what it is to hear of is added to the inbox under its name in the transaction
// that received it, as for plugins. From there each event gets its place in the client's own order, in one transaction, and
// stays until the client acknowledges it. Not here: who asks (listening.cpp), the tables (edge/store/api_events.hpp).
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "bridge/gateway/api/client.hpp"
#include "bridge/gateway/context.hpp"
#include "bridge/gateway/signal.hpp"

namespace omegate::gateway::api {

class EventDesk {
 public:
  /// `clients` may be asked from any thread. `strand`: all but `kick` happens there; it is that of the HTTP server.
  EventDesk(asio::any_io_executor strand, Context& context, std::function<std::shared_ptr<const Clients>()> clients);

  /// Takes over what comes, until cancelled.
  asio::awaitable<void> run();

  /// From any thread: there is something new.
  void kick() const { signal_.notify(); }

  /// A request that waits for events of a client.
  class Visit {
   public:
    /// Returns when there may be something new, it has ended, or the time is over.
    asio::awaitable<void> wait_until(std::chrono::steady_clock::time_point deadline) { return signal.wait_until(deadline); }
    bool has_ended() const { return ended; }

   private:
    friend class EventDesk;
    Visit(asio::any_io_executor strand, std::string owner_) : owner(std::move(owner_)), signal(std::move(strand)) {}
    std::string owner;
    Signal signal;
    bool ended = false;
  };

  /// The oldest of this client ends if there are too many. It counts until the last pointer to it goes.
  std::shared_ptr<Visit> admit(const Client& client);

  /// All who wait answer with what they have: the end, or other settings.
  void end_visits();
  /// And whoever comes does not wait. For the end.
  void close();

 private:
  asio::awaitable<void> take_over(const Client& client);
  void tell_fill(const Client& client, std::size_t waiting, std::size_t lost);
  static void end(Visit& visit);

  asio::any_io_executor strand_;
  Context& context_;
  std::function<std::shared_ptr<const Clients>()> clients_;
  Signal signal_;
  std::list<std::weak_ptr<Visit>> visits_;  // oldest first
  std::map<std::string, std::size_t> told_fill_;
  bool closed_ = false;
};

}  // namespace omegate::gateway::api
