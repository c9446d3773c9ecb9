// The part of AccountSession that goes on where a lost stream, or a process before this one, stopped.
#include <algorithm>

#include "bridge/gateway/account/account_session.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/stream/stream_record.hpp"

namespace omegate::gateway {
namespace {

std::size_t size_of_largest(const store::UnackedMessage& row) {
  std::size_t size = 0;
  for (const Bytes& stanza : row.stanzas) size = std::max(size, stanza.size());
  return size;
}

}  // namespace

/// Written rows that the server may not have and nobody else will send. Those it has are marked; the numbers
/// of a session that is over mean nothing afterwards.
asio::awaitable<std::vector<AccountSession::Repeat>> AccountSession::sort_unacknowledged() {
  UnderWay under_way{stream_.server_had(), memory_.acknowledged, stream_.max_stanza()};
  for (const xmpp::StanzaTag tag : stream_.waiting_tags())
    under_way.with_somebody.emplace_back(static_cast<std::int64_t>(tag));
  const bool resumed = stream_.resumed();
  std::optional<store::StoredStream> record;
  if (resumed && !memory_.knows_server)
    record = stream_.record();  // that of the process before was its last word
  auto repeats = co_await context_.store.transact([&](store::Tables& tables) {
    if (record) tables.streams.save(memory_.self.account, *record);
    auto rows = sort_unacknowledged(tables, under_way);
    if (!resumed) tables.outbox.forget_numbers(memory_.self.account);
    return rows;
  });
  if (resumed) {
    log_info("account.resumed", {{"account", memory_.self.jid},
                                 {"after_restart", record.has_value()},
                                 {"messages_sent_again", repeats.size()}});
  }
  co_return repeats;
}

std::vector<AccountSession::Repeat> AccountSession::sort_unacknowledged(store::Tables& tables,
                                                                        const UnderWay& under_way) const {
  const auto& [had, with_somebody, max_stanza] = under_way;
  std::vector<store::OutboxId> sent;
  std::vector<Repeat> repeats;
  for (auto& row : tables.outbox.unacked(memory_.self.account)) {
    if (std::find(with_somebody.begin(), with_somebody.end(), row.id) != with_somebody.end()) continue;
    const auto size = static_cast<std::uint32_t>(row.stanzas.size());
    std::uint32_t skipped = 0;  // the server has the first ones
    if (had && row.number) {
      while (skipped < size && xmpp::has_number(*had, *row.number + skipped)) ++skipped;
    }
    if (skipped == size) {
      sent.push_back(row.id);
    } else if (has_lost_trust(tables, row)) {
      tables.outbox.reseal(row.id, context_.now());
    } else if (const std::size_t largest = size_of_largest(row); largest > max_stanza) {
      tables.outbox.park(row.id, too_large_reason(largest, max_stanza), context_.now());
    } else {
      repeats.push_back({std::move(row), skipped});
    }
  }
  tables.outbox.mark_sent(sent, context_.now());
  return repeats;
}

/// Trust has changed since it was sealed: it is sealed anew under the same message id.
bool AccountSession::has_lost_trust(store::Tables& tables, const store::UnackedMessage& row) const {
  const trust::View& view = tables.ledger.view();
  const auto changed = std::max(view.decided_at(memory_.self.jid, row.recipient),
                                view.decided_at(memory_.self.jid, memory_.self.jid));
  return changed > row.trust_seq;
}

/// Byte for byte.
asio::awaitable<void> AccountSession::write_again(std::vector<Repeat> repeats) {
  for (std::size_t next = 0; next < repeats.size();) {
    while (stream_.congested()) co_await memory_.outbox.wait_for(100ms);
    const std::span window = std::span(repeats).subspan(next, std::min(outbox_window, repeats.size() - next));
    next += window.size();
    Stream::Batch batch(stream_);
    co_await context_.store.transact([&](store::Tables& tables) {
      auto number = batch.first();
      for (const Repeat& repeat : window) {
        if (!number) break;
        tables.outbox.set_number(repeat.row.id, *number - repeat.skipped);
        *number += static_cast<std::uint32_t>(repeat.row.stanzas.size()) - repeat.skipped;
      }
    });
    for (const Repeat& repeat : window) {
      std::vector<std::string> stanzas;
      for (std::size_t i = repeat.skipped; i < repeat.row.stanzas.size(); ++i)
        stanzas.emplace_back(as_text(repeat.row.stanzas[i]));
      log_info("outbox.sent_again", {{"account", memory_.self.jid}, {"message", repeat.row.message_id}});
      write(batch, repeat.row.id, std::move(stanzas));
    }
  }
}

/// A process before this one settled here. A copy of it would resume the same stream, and so would the original: only
/// a new one shows who else is there.
asio::awaitable<void> AccountSession::adopt() {
  const bool undisputed = co_await anchor_.is_undisputed();
  if (!undisputed) {
    stream_.abandon();
    throw StreamFailure(FailureKind::server, "The stream may be another copy's: a new one is needed.");
  }
  co_await learn_about_server();
  chores_.add(CheckOwnNodes{});  // it may have been about to publish
}

/// Stores how far we have come, soon after it happened. Bounds what comes twice after a crash, not what is
/// lost: nothing is.
asio::awaitable<void> AccountSession::keep_record() {
  for (;;) {
    const bool unrecorded = stream_.keeps_record() && stream_.unrecorded() > 0;
    if (!first_record_due_ && !unrecorded) {
      co_await handled_signal_.wait_until(std::chrono::steady_clock::time_point::max());
      continue;
    }
    const auto due = std::chrono::steady_clock::now() + record_pause;
    record_pauses_ = true;
    while (!first_record_due_ && stream_.unrecorded() < record_at_once &&
           std::chrono::steady_clock::now() < due)
      co_await handled_signal_.wait_until(due);
    first_record_due_ = record_pauses_ = false;
    if (!stream_.keeps_record()) continue;  // the session was forgotten meanwhile
    const store::StoredStream record = stream_.record();
    co_await context_.store.transact(
        [&](store::Tables& tables) { tables.streams.save(memory_.self.account, record); });
    stream_.recorded(record.handled);
  }
}

}  // namespace omegate::gateway
