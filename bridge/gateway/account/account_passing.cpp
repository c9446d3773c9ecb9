// The part of account_session.hpp that says what is of now: who types, what was read.
#include <boost/asio/steady_timer.hpp>

#include "bridge/gateway/account/account_rules.hpp"
#include "bridge/gateway/account/account_session.hpp"
#include "bridge/gateway/limits.hpp"

namespace omegate::gateway {

/// What came while there was no stream is of now no more.
asio::awaitable<void> AccountSession::say_what_passes() {
  const auto box = memory_.passing;
  box->take();
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    while (box->is_empty()) co_await box->wait();
    auto waiting = box->take();
    for (Passing& each : waiting) co_await say_in_passing(std::move(each));
    timer.expires_after(passing_pause);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

/// Messages come first: a stream that has no room for them has none for this.
asio::awaitable<void> AccountSession::say_in_passing(Passing passing) {
  if (stream_.congested()) co_return;
  std::optional<std::vector<std::string>> members;
  if (const auto room = memory_.rooms.find(passing.to); room != memory_.rooms.end()) {
    if (!room->second.obstacle().empty()) co_return;
    members = room->second.people(memory_.jid);
  }
  auto stanzas = co_await context_.store.transact([&](store::Tables& tables) {
    const auto rule = message_rule(tables, memory_.settings.get(), memory_.self.account, passing.to);
    return passing_stanzas(tables, memory_.self, passing, members, rule, context_.random, context_.now());
  });
  if (!stanzas.empty()) memory_.passing->note_said(passing);
  for (std::string& stanza : stanzas) stream_.send(std::move(stanza));
}

}  // namespace omegate::gateway
