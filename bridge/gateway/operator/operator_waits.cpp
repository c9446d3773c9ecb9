// Outbox rows as an operator sees them: with what each waits for.
#include <boost/json.hpp>

#include "bridge/gateway/messages/outbox_waits.hpp"
#include "bridge/gateway/operator/operator_service.hpp"

namespace omegate::gateway {

namespace json = boost::json;

/// What each account is doing is asked of it; meanwhile the rows may move on: this is a look, not a lock.
asio::awaitable<json::array> OperatorService::rows_with_waits(std::vector<store::OutboxRow> rows) {
  std::map<std::string, AccountTraffic> traffic;  // by name
  const auto actors = all_.actors.get();
  for (Account* account : actors->accounts) traffic[account->settings().name] = co_await account->traffic();
  const WallTime now = all_.context.now();
  const auto ahead = co_await all_.context.store.transact([&](store::Tables& tables) {
    std::vector<std::size_t> counts;
    for (const auto& row : rows) {
      const bool waits = row.state == store::MessageState::accepted;
      counts.push_back(waits ? tables.outbox.ahead_of(row, now, max_counted_ahead) : 0);
    }
    return counts;
  });
  json::array shown;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    json::object object = out_row(rows[i]);
    const auto waits = waits_of(rows[i], traffic[account_name(rows[i].account)], ahead[i], now);
    if (waits) {
      json::object words{{"for", waits->for_whom}, {"why", waits->why}, {"since_ms", to_ms(waits->since)}};
      if (waits->next) words["next_ms"] = to_ms(*waits->next);
      object["waits"] = std::move(words);
    }
    shown.push_back(std::move(object));
  }
  co_return shown;
}

asio::awaitable<json::object> OperatorService::row_with_waits(store::OutboxRow row) {
  std::vector<store::OutboxRow> rows;
  rows.push_back(std::move(row));
  json::array shown = co_await rows_with_waits(std::move(rows));
  co_return std::move(shown.front().as_object());
}

}  // namespace omegate::gateway
