#include "bridge/gateway/devices/chores.hpp"

#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/messages/seal.hpp"

namespace omegate::gateway {

using SteadyClock = std::chrono::steady_clock;

void Chores::add(Chore chore) {
  if (waiting_.size() >= max_chores) {
    log_warning("chores.dropped", {{"account", memory_.self.jid}, {"waiting", waiting_.size()}});
    return;
  }
  waiting_.push_back(std::move(chore));
  signal_.notify();
}

void Chores::add_later(Chore chore, std::chrono::milliseconds pause) {
  if (later_.size() >= max_chores) return;
  later_.emplace(SteadyClock::now() + pause, std::move(chore));
  signal_.notify();
}

/// Moves what is due to what waits. When the next is.
SteadyClock::time_point Chores::take_ripe() {
  while (!later_.empty() && later_.begin()->first <= SteadyClock::now()) {
    waiting_.push_back(std::move(later_.begin()->second));
    later_.erase(later_.begin());
  }
  return later_.empty() ? SteadyClock::time_point::max() : later_.begin()->first;
}

void Chores::publish_bundles() {
  if (publish_at_) return;
  publish_at_ = SteadyClock::now() + memory_.context.pace.bundle;
  signal_.notify();
}

asio::awaitable<void> Chores::run() {
  for (;;) {
    const auto next = take_ripe();
    if (!waiting_.empty()) {
      Chore chore = std::move(waiting_.front());
      waiting_.pop_front();
      co_await work(std::move(chore));
      memory_.news.notify();
    } else if (publish_at_ && *publish_at_ <= SteadyClock::now()) {
      publish_at_.reset();
      co_await nodes_.publish_bundles();
    } else {
      co_await signal_.wait_until(std::min(next, publish_at_.value_or(SteadyClock::time_point::max())));
    }
  }
}

asio::awaitable<void> Chores::work(Chore chore) {
  if (auto* empty = std::get_if<EmptyMessageTo>(&chore)) {
    co_await send_empty(std::move(empty->device));
  } else if (auto* list = std::get_if<RefreshList>(&chore)) {
    const auto failure = co_await directory_.refresh(list->peer, list->version);
    if (failure) log_info("devices.refresh_failed", {{"peer", list->peer}, {"reason", *failure}});
    co_await learn_keys(list->peer);
  } else if (auto* unknown = std::get_if<LearnKeys>(&chore)) {
    co_await learn_keys(unknown->peer);
  } else if (auto* own = std::get_if<CheckOwnList>(&chore)) {
    co_await nodes_.on_own_list(own->version, std::move(own->devices));
    co_await learn_keys(memory_.self.jid);  // another client of ours waits to be decided about
  } else if (auto* receipt = std::get_if<SealedReceipt>(&chore)) {
    co_await send_receipt(std::move(*receipt));
  } else if (std::holds_alternative<CheckOwnNodes>(chore)) {
    co_await nodes_.settle();
  }
}

/// A held message may go out now: its contact has a key, perhaps its first.
asio::awaitable<void> Chores::learn_keys(std::string peer) {
  const Learned learned = co_await directory_.learn_keys(peer);
  if (learned.not_yet) add_later(LearnKeys{peer}, new_bundle_pause);
  if (learned.keys == 0) co_return;
  const auto released = co_await memory_.context.store.transact([&](store::Tables& tables) {
    return tables.outbox.release_held(memory_.self.account, peer, memory_.context.now());
  });
  if (released > 0) memory_.outbox.notify();
}

asio::awaitable<void> Chores::send_empty(store::DeviceRef device) {
  const bool reachable = co_await directory_.ensure_session(device);
  if (!reachable) co_return;
  auto stanza = co_await memory_.context.store.transact([&](store::Tables& tables) {
    return seal_empty(tables, memory_.self, device, memory_.context.random, memory_.context.now());
  });
  if (stanza) stream_.send(std::move(*stanza));
}

asio::awaitable<void> Chores::send_receipt(SealedReceipt receipt) {
  auto stanza = co_await memory_.context.store.transact([&](store::Tables& tables) {
    return seal_receipt(tables, memory_.self, receipt.device, receipt.message_id, memory_.context.random,
                        memory_.context.now());
  });
  if (stanza) stream_.send(std::move(*stanza));
}

}  // namespace omegate::gateway
