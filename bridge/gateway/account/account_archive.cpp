// The half of AccountSession that catches up with the archive.
#include <boost/asio/steady_timer.hpp>

#include "bridge/edge/net/race.hpp"
#include "bridge/gateway/account/account_session.hpp"
#include "bridge/gateway/devices/own_device.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {

/// Live messages go on meanwhile; whatever comes both ways is known the second time. Ends with the stream
/// only.
asio::awaitable<void> AccountSession::catch_up() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  std::chrono::milliseconds pause = context_.pace.archive_retry;
  postponing_ = memory_.archive && !memory_.caught_up;
  while (memory_.archive && !memory_.caught_up) {
    memory_.caught_up = co_await catch_up_.run();
    complete_postponed_sessions();
    if (memory_.caught_up) break;
    log_warning("archive.incomplete", {{"account", memory_.self.jid}, {"next_try_s", pause / 1s}});
    timer.expires_after(pause);
    pause = std::min<std::chrono::milliseconds>(pause * 2, longest_archive_retry);
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_await net::race(forget_used_prekeys_daily(), follow_archive());
}

asio::awaitable<void> AccountSession::forget_used_prekeys_daily() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    co_await context_.store.transact(
        [&](store::Tables& tables) { forget_used_prekeys(tables, memory_.self.account, context_.now()); });
    timer.expires_after(used_prekey_life);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

/// What we send is archived, too, and moves no position by coming in: a bot that only sends would read all of it again
/// in its next new session. The newest message is believed only after a while, and only if nothing came in meanwhile:
/// an answer of the archive may overtake a message that is archived and still on its way to us.
asio::awaitable<void> AccountSession::follow_archive() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (memory_.archive) {
    timer.expires_after(context_.pace.archive_follow);
    co_await timer.async_wait(asio::use_awaitable);
    if (!std::exchange(memory_.archive_grew, false)) continue;
    const auto before = co_await catch_up_.position();
    const auto newest = co_await catch_up_.newest();
    if (!newest) continue;
    timer.expires_after(context_.pace.archive_doubt);
    co_await timer.async_wait(asio::use_awaitable);
    co_await context_.store.transact([&](store::Tables& tables) {
      if (archive_position(tables, memory_.self.account) == before)
        set_archive_position(tables, memory_.self.account, *newest);
    });
  }
  for (;;) {  // the race goes on
    timer.expires_at(std::chrono::steady_clock::time_point::max());
    co_await timer.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<void> AccountSession::take_page(ArchivePage page) {
  std::vector<xmpp::ChatMessage> messages;
  for (auto& archived : page.messages) {
    auto* chat = std::get_if<xmpp::ChatMessage>(&archived.message);
    if (chat && concerns_us(*chat)) messages.push_back(std::move(*chat));
  }
  const Reader reader{memory_.self, memory_.inbox.plugins(), &memory_.settings.get()};
  std::uint64_t ledger_end = 0;
  const auto received = co_await context_.store.transact([&](store::Tables& tables) {
    std::vector<Received> all;
    for (const xmpp::ChatMessage& message : messages) {
      note_receipt(tables, message);
      Received& one = all.emplace_back();
      one.kind = Received::Kind::control;
      if (message.encrypted) {
        one = receive_message(tables, reader, message, context_.random, context_.now());
      } else {
        one.inboxed = receive_in_the_clear(tables, reader, message, context_.now());
      }
    }
    set_archive_position(tables, memory_.self.account, page.next, page.room);
    ledger_end = tables.ledger.head().seq;
    return all;
  });
  tell_if_new(ledger_end);
  std::size_t news = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (received[i].kind == Received::Kind::duplicate || received[i].kind == Received::Kind::own) continue;
    ++news;
    if (messages[i].encrypted) report(received[i], messages[i]);
    follow_up(messages[i], received[i]);
  }
  log_info("archive.read",
           {{"account", memory_.self.jid},
            {"room", page.room ? page.room->to_string() : std::string()},
            {"messages", page.messages.size()},
            {"new", news}});
}

/// Why: while the archive is read a session is perhaps about to be completed by a message further on.
/// Source: XEP-0384 §5.5.2 ("MAM catch-up").
void AccountSession::complete_session(const store::DeviceRef& device) {
  if (!postponing_) return chores_.add(EmptyMessageTo{device});
  if (std::find(postponed_.begin(), postponed_.end(), device) == postponed_.end())
    postponed_.push_back(device);
}

void AccountSession::complete_postponed_sessions() {
  postponing_ = false;
  for (store::DeviceRef& device : std::exchange(postponed_, {}))
    chores_.add(EmptyMessageTo{std::move(device)});
}

}  // namespace omegate::gateway
