#include "bridge/gateway/account/account_session.hpp"

#include <algorithm>
#include <utility>

#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/presence.hpp"
#include "bridge/edge/net/race.hpp"
#include "bridge/edge/store/failpoint.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/messages/redelivery.hpp"
#include "bridge/gateway/sabotage.hpp"
#include "bridge/gateway/trust/key_news.hpp"

namespace omegate::gateway {

xmpp::DiscoInfo own_info() { return xmpp::bot_info("omegate"); }

AccountSession::AccountSession(asio::any_io_executor strand, AccountMemory& memory, Stream& stream,
                               std::function<void()> on_ready)
    : memory_(memory),
      context_(memory.context),
      stream_(stream),
      on_ready_(std::move(on_ready)),
      directory_(memory.context, stream, memory.self),
      nodes_(memory.context, stream, memory.self, memory.jid),
      anchor_(memory.context, stream, memory.jid, memory.doubt),
      chores_(strand, memory, stream, directory_, nodes_),
      rooms_(strand, memory, stream, [this](ArchivePage page) { return take_page(std::move(page)); }),
      uploads_(strand, memory, stream),
      profile_(memory, stream),
      catch_up_(strand, memory, stream, [this](ArchivePage page) { return take_page(std::move(page)); }),
      acknowledged_signal_(strand),
      handled_signal_(strand),
      known_signal_(strand) {
  stream_.on_acked([this](std::span<const std::uint64_t> tags) {
    for (const std::uint64_t tag : tags) {
      if (tag == settled_tag) {
        first_record_due_ = stream_.keep_record();
        handled_signal_.notify();
      } else {
        memory_.acknowledged.emplace_back(static_cast<std::int64_t>(tag));
      }
    }
    acknowledged_signal_.notify();
  });
  stream_.on_handled([this] {
    if (!record_pauses_ || stream_.unrecorded() >= record_at_once) handled_signal_.notify();
  });
}

asio::awaitable<void> AccountSession::run() {
  return net::race(read(), work(), retire_acknowledged(), keep_record());
}

asio::awaitable<void> AccountSession::work() {
  co_await take_over();
  co_await park_given_up();
  if (!memory_.settled) co_await settle();
  auto repeats = co_await sort_unacknowledged();
  const bool adopted = !memory_.knows_server;
  if (adopted) co_await adopt();
  co_await write_again(std::move(repeats));
  stream_.trust_again();
  on_ready_();
  co_await net::race(send_due(), chores_.run(), rooms_.run(), uploads_.run(), catch_up(), release_held_now_and_then(), answer_unanswered(),
                     anchor_.renew_now_and_then(adopted), rotate_when_due(), say_what_passes(), profile_.keep(), ask_for_avatars(memory_, stream_), examine_when_asked(memory_, stream_),
                     tell_news(memory_, stream_));
}

/// A stream can end between any two steps: what was taken and not sealed is due again.
asio::awaitable<void> AccountSession::take_over() {
  const bool resumed = stream_.resumed();
  if (!resumed) memory_.settled = false;
  if (resumed && stream_.keeps_record()) memory_.settled = true;
  memory_.uploading.reset();
  auto taken = memory_.taken;
  taken.insert(taken.end(), memory_.awaiting_upload.begin(), memory_.awaiting_upload.end());
  if (taken.empty() && resumed) co_return;
  co_await context_.store.transact([&](store::Tables& tables) {
    for (const store::OutboxId row : taken) tables.outbox.put_back(row, context_.now());
    if (!resumed) tables.streams.forget(memory_.self.account);
  });
  memory_.taken.clear();
  memory_.awaiting_upload.clear();
}

/// A stanza that made the server end the stream again and again would do so for ever.
asio::awaitable<void> AccountSession::park_given_up() {
  const auto tags = stream_.given_up();
  if (tags.empty()) co_return;
  co_await context_.store.transact([&](store::Tables& tables) {
    for (const std::uint64_t tag : tags) {
      tables.outbox.park(store::OutboxId(static_cast<std::int64_t>(tag)),
                         "the server ended the connection each time it was sent", context_.now());
    }
  });
  log_error("outbox.given_up", {{"account", memory_.self.jid}, {"messages", tags.size()}});
}

// --- after binding

asio::awaitable<void> AccountSession::settle() {
  if (co_await anchor_.settle()) memory_.copies.renewed();
  co_await net::all(ask_for_carbons(), learn_about_server());
  if (memory_.archive) co_await catch_up_.note_first_position();  // before anybody can write to us
  co_await nodes_.settle();
  stream_.send(own_presence(memory_).to_string("jabber:client"), settled_tag);
  // Pushes may have been missed: believe no list that is older than this stream.
  co_await context_.store.transact(
      [&](store::Tables& tables) { tables.devices.forget_lists(memory_.self.account); });
  rooms_.forget();
  memory_.profile_of = nullptr;
  memory_.avatars.forget_announced();
  memory_.settled = true;
}

asio::awaitable<void> AccountSession::ask_for_carbons() {
  if (stream_.has_carbons()) co_return;
  xml::Element carbons = xmpp::enable_carbons({});
  co_await ask(stream_, std::move(carbons));
}

asio::awaitable<void> AccountSession::learn_about_server() {
  co_await net::all(load_roster(), load_features());
  memory_.caught_up = false;
  memory_.knows_server = true;
  known_signal_.notify();
}

asio::awaitable<void> AccountSession::load_features() {
  const auto info =
      xmpp::parse_disco(co_await ask(stream_, xmpp::iq_get({}, memory_.jid, xmpp::disco_request())));
  memory_.archive = info && info->has(xmpp::ns::archive);
  memory_.archives = memory_.archive || (info && info->has(xmpp::ns::stanza_ids));
  memory_.converts_photos = info && info->has(xmpp::ns::photo_conversion);
}

asio::awaitable<void> AccountSession::load_roster() {
  const auto answer = co_await ask(stream_, xmpp::iq_get({}, std::nullopt, xmpp::roster_request()));
  if (const auto error = error_in(answer)) {
    log_warning("roster.unavailable", {{"account", memory_.self.jid}, {"reason", xmpp::describe(*error)}});
    co_return;
  }
  const auto roster = xmpp::parse_roster(answer);
  if (!roster) co_return;
  memory_.roster.clear();
  for (const xmpp::RosterItem& item : roster->items)
    memory_.roster.insert_or_assign(item.jid.to_string(), item);
}

// --- sending

std::chrono::minutes AccountSession::list_age(const std::string& peer) const {
  const auto item = memory_.roster.find(peer);
  if (item == memory_.roster.end()) return list_age_unsubscribed;
  const auto subscription = item->second.subscription;
  const bool pushed = subscription == xmpp::Subscription::to || subscription == xmpp::Subscription::both;
  return pushed ? std::chrono::minutes(list_age_subscribed) : list_age_unsubscribed;
}

asio::awaitable<void> AccountSession::send_due() {
  for (;;) {
    while (stream_.congested()) co_await memory_.outbox.wait_for(100ms);
    std::size_t expired = 0;
    next_due_.reset();
    auto due = co_await context_.store.transact_without_sync([&](store::Tables& tables) {
      expired = tables.outbox.expire(context_.now());
      auto taken = tables.outbox.take_due(memory_.self.account, context_.now(), outbox_window);
      if (taken.empty()) next_due_ = tables.outbox.next_due(memory_.self.account);
      return taken;
    });
    if (expired > 0) log_warning("outbox.expired", {{"messages", expired}});
    for (const auto& message : due) memory_.taken.push_back(message.id);
    if (!due.empty()) co_await send_window(window_of(std::move(due)));
    if (next_due_) co_await memory_.outbox.wait_for(pause_until(*next_due_));
  }
}

std::chrono::milliseconds AccountSession::pause_until(std::optional<WallTime> due) const {
  const std::chrono::milliseconds longest = held_retry;
  return due ? std::clamp<std::chrono::milliseconds>(*due - context_.now(), 0ms, longest) : longest;
}

AccountSession::Window AccountSession::window_of(std::vector<store::DueMessage> due) const {
  Window window;
  window.peers.emplace(memory_.self.jid, list_age_subscribed);
  const auto add = [&](const std::string& peer) {
    if (!window.peers.contains(peer)) window.peers.emplace(peer, list_age(peer));
  };
  for (const auto& message : due) {
    const auto room = memory_.rooms.find(message.recipient);
    if (room == memory_.rooms.end()) {
      add(message.recipient);
      continue;
    }
    RoomAudience audience{room->second.people(memory_.jid), room->second.obstacle()};
    if (audience.obstacle.empty()) std::ranges::for_each(audience.members, add);
    window.rooms.insert_or_assign(message.recipient, std::move(audience));
  }
  window.due = std::move(due);
  return window;
}

/// Mostly all is known already, and one transaction is enough.
asio::awaitable<void> AccountSession::send_window(Window window) {
  const auto unprepared = co_await seal_window(window, true);
  if (unprepared.empty()) co_return;
  for (const std::string& peer : unprepared) {
    const auto failure = co_await directory_.prepare(peer, window.peers.at(peer));
    if (failure) window.failures.emplace(peer, *failure);
  }
  co_await seal_window(window, false);
}

/// Seals and writes. With `only_if_prepared` it does nothing if there are peers that are not, and returns them.
asio::awaitable<std::vector<std::string>> AccountSession::seal_window(const Window& window, bool only_if_prepared) {
  const auto& due = window.due;
  std::vector<std::string> unprepared;
  std::optional<WallTime> next_due;
  Stream::Batch batch(stream_);
  auto outcomes = co_await context_.store.transact([&](store::Tables& tables) {
    const WallTime now = context_.now();
    auto number = batch.first();
    std::vector<SealOutcome> results;
    if (only_if_prepared) unprepared = directory_.unprepared(tables, window.peers);
    if (!unprepared.empty()) return results;
    for (const auto& message : due) {
      if (const auto failure = window.failures.find(message.recipient); failure != window.failures.end()) {
        const bool parked = tables.outbox.fail(message.id, failure->second, park_after, now);
        results.push_back(
            {parked ? SealOutcome::Kind::parked : SealOutcome::Kind::postponed, {}, failure->second});
        continue;
      }
      const auto rule = message_rule(tables, memory_.settings.get(), memory_.self.account, message.recipient);
      const auto room = window.rooms.find(message.recipient);
      const auto audience = room == window.rooms.end() ? std::nullopt : std::optional(room->second);
      results.push_back(seal_message(tables, memory_.self, message, rule,
                                     tries_[message.id]++ < unprepared_tries, context_.random, now, audience,
                                     stream_.max_stanza()));
      if (results.back().kind != SealOutcome::Kind::written) continue;
      if (const auto& again = memory_.settings.get().redeliver) {
        keep_for_later(tables, *again, message.id, decode_outgoing(message.body), now);
      }
      if (number) {
        tables.outbox.set_number(message.id, *number);
        *number += static_cast<std::uint32_t>(results.back().stanzas.size());
      }
      if constexpr (sends_before_commit) write_too_early(batch, message.id, results.back());
      store::failpoint("gateway.sealed");
    }
    next_due = tables.outbox.next_due(memory_.self.account);
    return results;
  });
  if (!unprepared.empty()) co_return unprepared;
  next_due_ = next_due;
  memory_.taken.clear();
  for (std::size_t i = 0; i < due.size(); ++i) {
    if (outcomes[i].kind != SealOutcome::Kind::postponed) tries_.erase(due[i].id);
    if (outcomes[i].kind == SealOutcome::Kind::written) {
      write(batch, due[i].id, std::move(outcomes[i].stanzas));
    } else if (outcomes[i].kind == SealOutcome::Kind::needs_upload) {
      uploads_.add(due[i].id);
    } else {
      log_warning("outbox.not_sent", {{"account", memory_.self.jid},
                                      {"message", due[i].message_id},
                                      {"to", due[i].recipient},
                                      {"state", name(outcomes[i].kind)},
                                      {"reason", outcomes[i].reason}});
    }
  }
  co_return unprepared;
}

/// Sabotage, on the store's thread: out of the transaction before it ends.
void AccountSession::write_too_early(Stream::Batch& batch, store::OutboxId row, SealOutcome& outcome) {
  asio::post(memory_.strand, [this, &batch, row, stanzas = std::exchange(outcome.stanzas, {})] {
    write(batch, row, stanzas);
  });
}

/// The row is done when its last stanza is acknowledged: the server acknowledges in order. A stream that
/// ended meanwhile takes nothing: then the next one finds the row.
void AccountSession::write(Stream::Batch& batch, store::OutboxId row, std::vector<std::string> stanzas) {
  for (std::size_t i = 0; i < stanzas.size(); ++i) {
    const bool last = i + 1 == stanzas.size();
    batch.send(std::move(stanzas[i]), static_cast<xmpp::StanzaTag>(row.value()),
               last ? xmpp::StanzaKind::whole : xmpp::StanzaKind::part);
  }
}

asio::awaitable<void> AccountSession::retire_acknowledged() {
  for (;;) {
    while (memory_.acknowledged.empty())
      co_await acknowledged_signal_.wait_until(std::chrono::steady_clock::time_point::max());
    const auto rows = memory_.acknowledged;
    co_await context_.store.transact_without_sync(  // the server knows it, too, and repetitions are known by their ratchets
        [&](store::Tables& tables) { tables.outbox.mark_sent(rows, context_.now()); });
    memory_.archive_grew = true;
    memory_.acknowledged.erase(memory_.acknowledged.begin(),
                               memory_.acknowledged.begin() + static_cast<std::ptrdiff_t>(rows.size()));
  }
}

asio::awaitable<void> AccountSession::release_held_now_and_then() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(held_retry);
    co_await timer.async_wait(asio::use_awaitable);
    co_await context_.store.transact(
        [&](store::Tables& tables) { tables.outbox.release_all_held(memory_.self.account, context_.now()); });
    memory_.outbox.notify();
  }
}

// --- after an old copy of the database came back

/// Contacts whose sessions with us are lost hear of new ones, one after another.
asio::awaitable<void> AccountSession::answer_unanswered() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    while (true) {
      const bool more = co_await answer_next();
      if (!more) break;
      timer.expires_after(answer_pause);
      co_await timer.async_wait(asio::use_awaitable);
    }
    co_await memory_.renewed.wait_until(std::chrono::steady_clock::time_point::max());
    co_await nodes_.publish_bundles();
  }
}

/// One that cannot be reached gets its session when it writes or is written to. False if none was left.
asio::awaitable<bool> AccountSession::answer_next() {
  const auto devices = co_await context_.store.transact(
      [&](store::Tables& tables) { return tables.ratchets.unanswered(memory_.self.account, 1); });
  if (devices.empty()) co_return false;
  const store::DeviceRef device = devices.front();
  const bool refused = co_await context_.store.transact([&](store::Tables& tables) {
    const auto known = tables.devices.find(device);
    return !known || !known->identity ||
           tables.ledger.view().decide(memory_.self.jid, device.peer, *known->identity) ==
               trust::Decision::refuse;
  });
  if (!refused) co_await chores_.send_empty(device);
  co_await context_.store.transact([&](store::Tables& tables) { tables.ratchets.answered(device); });
  co_return true;
}

}  // namespace omegate::gateway
