// Rows whose events are with a plugin, in their order, until it is decided what becomes of each.
//
// A plugin's handlers run one after the other, and the next event is with it while the last one's effects are stored. Two
// things make that the same as one after the other: their ends are decided in order, and who asks the gateway anything is
// answered when all before it is decided and stored.
//
// Not here: handing out and deciding (inbox_worker.hpp), the plugin's process (plugin_host.hpp).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "bridge/edge/store/ids.hpp"
#include "bridge/gateway/plugins/plugin_host.hpp"
#include "bridge/gateway/signal.hpp"

namespace omegate::gateway {

/// Which row, whether another one of its conversation has to end first, and until when what is known of it holds.
struct RowUnderWay {
  store::InboxId id;
  std::string conversation;
  bool is_behind = false;
  std::chrono::steady_clock::time_point end{};
};

/// On the inbox's strand. What is still with the plugin when it goes is answered to nobody.
class EventsUnderWay {
 public:
  struct One {
    One(RowUnderWay the_row, plugin::Event the_event, const asio::any_io_executor& strand)
        : row(std::move(the_row)), event(std::move(the_event)), answer(strand, 1) {}

    RowUnderWay row;
    plugin::Event event;
    std::optional<Outcome> outcome;  // as the plugin answered
    std::exception_ptr failure;      // or why it could not
    std::chrono::steady_clock::time_point answered{};  // when; never: the plugin does not hear of it

   private:
    friend class EventsUnderWay;
    bool asks = false;      // its handler waits for `answer`
    bool may_ask = false;   // the answer
    bool is_over = false;   // nobody decides about it any more
    asio::experimental::channel<void(boost::system::error_code)> answer;
  };

  explicit EventsUnderWay(asio::any_io_executor strand)
      : strand_(std::move(strand)), changed_(strand_), decided_(strand_) {}

  // --- who hands out

  /// Nothing is under way, and something may come.
  void begin();
  /// Nothing more comes.
  void end();
  /// Until fewer than `most` are under way, or nobody decides any more.
  asio::awaitable<void> room(std::size_t most);
  /// `host` outlives its answer.
  void send(PluginHost& host, RowUnderWay row, plugin::Event event);
  /// One that the plugin does not hear of has its place in the order all the same.
  void add(RowUnderWay row, plugin::Event event, Outcome outcome);
  bool is_over() const { return is_over_; }

  // --- who decides

  /// The oldest, when it is answered, or when its handler asks something: `asks` tells. Null: there is none and none comes.
  asio::awaitable<std::shared_ptr<One>> next();
  static bool asks(const One& one) { return one.asks; }
  /// False: its handler makes no requests.
  static void answer(One& one, bool may_ask);
  /// It is decided.
  void pop();
  /// Nobody decides any more: who asks is told that it may not, and `room` does not wait.
  void give_up();

 private:
  BeforeAsking before_asking(const std::shared_ptr<One>& one) const;
  static asio::awaitable<bool> until_decided(std::shared_ptr<One> one, Signal changed);

  asio::any_io_executor strand_;
  std::deque<std::shared_ptr<One>> all_;
  bool is_open_ = false, is_over_ = false;
  Signal changed_, decided_;
};

}  // namespace omegate::gateway
