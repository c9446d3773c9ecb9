#include "bridge/gateway/api/event_desk.hpp"

#include "bridge/gateway/api/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/trust/judging.hpp"

namespace omegate::gateway::api {
namespace {

/// What a restart of the clock or a row that came back makes due is found then at the latest.
constexpr std::chrono::minutes longest_pause{1};

struct TakenOver {
  std::size_t events = 0, waiting = 0, lost = 0;
};

TakenOver take_over_some(store::Tables& tables, const std::string& owner, WallTime now, WallTime oldest) {
  TakenOver taken;
  // Of one conversation there is one row due at a time: the next one is, when it has gone.
  while (taken.events < events_at_once) {
    const auto rows = tables.inbox.take_due(now, events_at_once - taken.events, owner);
    if (rows.empty()) break;
    for (const store::DueEvent& row : rows) {
      tables.api_events.add({owner, row.account, event_id(row.id), row.kind, row.payload}, now);
      tables.inbox.finish(row.id, now);
    }
    taken.events += rows.size();
  }
  taken.lost = tables.api_events.trim(owner, max_waiting_events, oldest);
  taken.waiting = tables.api_events.queue(owner).waiting;
  return taken;
}

}  // namespace

EventDesk::EventDesk(asio::any_io_executor strand, Context& context,
                     std::function<std::shared_ptr<const Clients>()> clients)
    : strand_(strand), context_(context), clients_(std::move(clients)), signal_(std::move(strand)) {}

asio::awaitable<void> EventDesk::run() {
  for (;;) {
    std::string trouble;
    try {
      const auto clients = clients_();
      for (const Client& client : *clients) {
        if (client.settings.may_hear) co_await take_over(client);
      }
    } catch (const store::StoreError& failure) {
      trouble = failure.what();
    }
    if (!trouble.empty()) log_error("api.stalled", {{"reason", trouble}});
    co_await signal_.wait_for(trouble.empty() ? std::chrono::milliseconds(longest_pause) : context_.pace.store_trouble);
  }
}

asio::awaitable<void> EventDesk::take_over(const Client& client) {
  const std::string owner = client.owner();
  std::size_t taken = events_at_once;
  while (taken == events_at_once) {
    const WallTime now = context_.now();
    const WallTime oldest = now - std::chrono::days(client.settings.keep_days);
    const TakenOver some = co_await context_.store.transact(
        [&](store::Tables& tables) { return take_over_some(tables, owner, now, oldest); });
    taken = some.events;
    tell_fill(client, some.waiting, some.lost);
    if (taken == 0) break;
    for (const auto& each : visits_) {
      const auto visit = each.lock();
      if (visit && visit->owner == owner) visit->signal.notify();
    }
  }
}

/// Once for each doubling, so that a client that is away does not fill the log as well.
void EventDesk::tell_fill(const Client& client, std::size_t waiting, std::size_t lost) {
  const std::string& name = client.settings.name;
  if (lost > 0)
    log_error("api.events_lost", {{"client", name}, {"lost", lost}, {"waiting", waiting}, {"limit", max_waiting_events},
                                  {"keep_days", client.settings.keep_days}});
  std::size_t& told = told_fill_[name];
  if (waiting < many_waiting_events) told = 0;
  if (waiting < std::max(many_waiting_events, 2 * told)) return;
  told = waiting;
  log_warning("api.events_waiting", {{"client", name}, {"waiting", waiting}, {"limit", max_waiting_events}});
}

void EventDesk::end(Visit& visit) {
  visit.ended = true;
  visit.signal.notify();
}

std::shared_ptr<EventDesk::Visit> EventDesk::admit(const Client& client) {
  const std::shared_ptr<Visit> visit(new Visit(strand_, client.owner()));
  if (closed_) visit->ended = true;
  std::size_t present = 1;
  visits_.remove_if([](const auto& each) { return each.expired(); });
  for (auto each = visits_.rbegin(); each != visits_.rend(); ++each) {
    const auto other = each->lock();
    if (other && other->owner == visit->owner && !other->ended && ++present > max_waiting_requests) end(*other);
  }
  visits_.push_back(visit);
  return visit;
}

void EventDesk::end_visits() {
  for (const auto& each : visits_) {
    if (const auto visit = each.lock()) end(*visit);
  }
}

void EventDesk::close() {
  closed_ = true;
  end_visits();
}

}  // namespace omegate::gateway::api
