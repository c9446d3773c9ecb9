// The whole gateway in the test's process: real store file, real plugin processes, HTTP, a clock that stands
// still; around it the scripted server. One thread: the test's, which `until` lends to everybody. With
// OMEGATE_FLOW_THREADS=4 the gateway has four of its own, as it may have in the field: for the thread sanitizer.
#pragma once

#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bridge/edge/net/dns.hpp"
#include "bridge/edge/workers/spawner.hpp"
#include "bridge/gateway/gateway.hpp"
#include "tests/flow/world/contact.hpp"
#include "tests/flow/world/xmpp_world.hpp"

namespace omegate::flow {

namespace json = boost::json;
using namespace std::chrono_literals;
using store::MessageState;

/// Answers that nobody has to wait for.
struct NoNames : net::Names {
  asio::awaitable<net::SrvAnswer> services(std::string) override { co_return net::SrvAnswer{}; }
  asio::awaitable<std::vector<asio::ip::address>> addresses(std::string) override {
    co_return std::vector<asio::ip::address>(1, asio::ip::address_v4::loopback());
  }
};

struct Answer {
  unsigned status = 0;
  std::string body;
};

inline const std::string hook_token = "let me in";

class Rig {
 public:
  Rig();
  ~Rig();

  asio::io_context io;
  XmppWorld xmpp{io.get_executor()};
  std::atomic<WallTime> now = gateway::test::noon;
  config::Settings settings;
  gateway::Pace pace;
  int max_pages = 0;  // of the store; 0: no limit

  // --- the gateway's life
  void start();  // returns when it is online
  void begin();  // returns at once
  void stop(bool say_goodbye = false);
  void restart() {
    stop();
    start();
  }
  gateway::Gateway& gateway() { return *gateway_; }
  store::Store& store() { return *store_; }

  /// Runs everything until it holds. Fails the test and throws after `limit`.
  void until(const std::string& what, const std::function<bool()>& holds,
             std::chrono::milliseconds limit = 20s);
  /// Runs everything for a while, to see that nothing happens.
  void let_pass(std::chrono::milliseconds time);
  /// The clock goes on, and who waits for it looks again.
  void advance(std::chrono::milliseconds time);

  // --- what people do
  /// POST /hooks/alerts
  Answer hook(const std::string& text, const std::string& idempotency_key = {},
              const std::string& token = hook_token);
  /// Any request, its headers as "Name: value\r\n".
  Answer http(const std::string& method, const std::string& path, const std::string& headers,
              const std::string& body = {});
  json::value ask(const std::string& verb, json::object args);

  // --- what is seen
  std::vector<store::OutboxRow> outbox();  // newest first
  std::vector<store::InboxRow> inbox();
  MessageState state();  // of the newest
  std::string reason();
  void until_state(MessageState wanted);
  const gateway::Sender& self();

  template <class Value>
  Value await(asio::awaitable<Value> work) {
    std::optional<Value> value;
    std::exception_ptr failure;
    bool done = false;
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown, Value result) {
      failure = thrown;
      value = std::move(result);
      done = true;
    });
    until("a request is answered", [&] { return done; });
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }

 private:
  void await_end(asio::awaitable<void> work);
  asio::awaitable<Answer> exchange(std::string request);

  asio::any_io_executor gateway_executor();

  gateway::test::TempDir dir_;
  NoNames names_;
  std::unique_ptr<asio::thread_pool> threads_;  // of the gateway, where it has its own
  std::unique_ptr<workers::Spawner> spawner_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<gateway::Context> context_;
  std::unique_ptr<gateway::Gateway> gateway_;
  bool started_ = false;
  std::optional<gateway::Sender> self_;
};

}  // namespace omegate::flow
