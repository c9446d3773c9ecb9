#include "bridge/gateway/plugins/events_under_way.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

namespace omegate::gateway {
namespace {

constexpr auto for_ever = std::chrono::steady_clock::time_point::max();

}  // namespace

void EventsUnderWay::begin() {
  all_.clear();
  is_open_ = true;
  is_over_ = false;
}

void EventsUnderWay::end() {
  is_open_ = false;
  changed_.notify();
}

asio::awaitable<void> EventsUnderWay::room(std::size_t most) {
  while (all_.size() >= most && !is_over_) co_await decided_.wait_until(for_ever);
}

/// The answer finds its place even if we are gone by then.
void EventsUnderWay::send(PluginHost& host, RowUnderWay row, plugin::Event event) {
  plugin::Event sent = event;
  const auto one = std::make_shared<One>(std::move(row), std::move(event), strand_);
  all_.push_back(one);
  asio::co_spawn(strand_, host.handle(std::move(sent), before_asking(one)),
                 [one, changed = changed_](std::exception_ptr failure, Outcome outcome) {
                   one->failure = std::move(failure);
                   one->outcome = std::move(outcome);
                   one->answered = std::chrono::steady_clock::now();
                   changed.notify();
                 });
}

void EventsUnderWay::add(RowUnderWay row, plugin::Event event, Outcome outcome) {
  all_.push_back(std::make_shared<One>(std::move(row), std::move(event), strand_));
  all_.back()->outcome = std::move(outcome);
  changed_.notify();
}

asio::awaitable<std::shared_ptr<EventsUnderWay::One>> EventsUnderWay::next() {
  for (;;) {
    if (!all_.empty()) {
      std::shared_ptr<One> oldest = all_.front();
      if (oldest->outcome || oldest->failure || oldest->asks) co_return oldest;
    } else if (!is_open_) {
      co_return nullptr;
    }
    co_await changed_.wait_until(for_ever);
  }
}

void EventsUnderWay::answer(One& one, bool may_ask) {
  if (!std::exchange(one.asks, false)) return;
  one.may_ask = may_ask;
  one.answer.try_send(boost::system::error_code());
}

void EventsUnderWay::pop() {
  all_.pop_front();
  decided_.notify();
}

void EventsUnderWay::give_up() {
  is_over_ = true;
  for (const auto& one : all_) {
    one->is_over = true;
    answer(*one, false);
  }
  all_.clear();
  decided_.notify();
}

BeforeAsking EventsUnderWay::before_asking(const std::shared_ptr<One>& one) const {
  return [one, strand = strand_, changed = changed_] {
    return asio::co_spawn(strand, until_decided(one, changed), asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
  };
}

asio::awaitable<bool> EventsUnderWay::until_decided(std::shared_ptr<One> one, Signal changed) {
  if (one->is_over) co_return false;
  one->asks = true;
  changed.notify();
  co_await one->answer.async_receive(asio::use_awaitable);
  co_return one->may_ask;
}

}  // namespace omegate::gateway
