#include "bridge/edge/store/api_events.hpp"

#include <algorithm>
#include <array>

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

Place place_of(const std::string& client, std::int64_t number, std::string_view id, std::string_view kind,
               AccountId account) {
  return {"api_events", "payload", account.value(),
          client + '\n' + std::to_string(number) + '\n' + std::string(id) + '\n' + std::string(kind)};
}

std::uint32_t random_tag(const Sealer& sealer) {
  std::array<Byte, 4> bytes{};
  sealer.fill(bytes);
  std::uint32_t tag = 0;
  for (const Byte byte : bytes) tag = tag << 8 | byte;
  return tag;
}

}  // namespace

void ApiEvents::add(const NewApiEvent& event, WallTime now) {
  const ApiQueue queue = this->queue(event.client);
  const std::int64_t number = queue.acknowledged.number + static_cast<std::int64_t>(queue.waiting) + 1;
  Query(db_, "INSERT INTO api_clients (name) VALUES (?) ON CONFLICT (name) DO NOTHING", event.client).run();
  Query(db_, R"(INSERT INTO api_events (client, number, tag, account, id, kind, payload, created_ms)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?))",
        event.client, number, static_cast<std::int64_t>(random_tag(sealer_)), event.account, event.id, event.kind,
        sealer_.seal(place_of(event.client, number, event.id, event.kind, event.account), event.payload), now)
      .run();
}

ApiQueue ApiEvents::queue(std::string_view client) {
  Query query(db_, R"(SELECT acknowledged, tag, lost,
                             coalesce((SELECT max(number) FROM api_events WHERE client = name), acknowledged)
                      FROM api_clients WHERE name = ?)",
              client);
  if (!query.next()) return {};
  const EventPlace acknowledged{query.integer(0), static_cast<std::uint32_t>(query.integer(1))};
  return {acknowledged, static_cast<std::size_t>(query.integer(3) - acknowledged.number),
          static_cast<std::uint64_t>(query.integer(2))};
}

std::optional<std::uint32_t> ApiEvents::tag_of(std::string_view client, std::int64_t number) {
  Query query(db_, "SELECT tag FROM api_events WHERE client = ? AND number = ?", client, number);
  if (!query.next()) return std::nullopt;
  return static_cast<std::uint32_t>(query.integer(0));
}

bool ApiEvents::knows(std::string_view client, const EventPlace& place) {
  const EventPlace done = queue(client).acknowledged;
  if (place.number < done.number) return place.number >= 0;
  if (place.number == done.number) return place.tag == done.tag;
  return tag_of(client, place.number) == place.tag;
}

std::vector<ApiEvent> ApiEvents::after(std::string_view client, std::int64_t after, std::size_t limit) {
  std::vector<ApiEvent> events;
  Query query(db_, R"(SELECT number, tag, account, id, kind, payload, created_ms FROM api_events
                      WHERE client = ? AND number > ? ORDER BY number LIMIT ?)",
              client, after, static_cast<std::int64_t>(limit));
  while (query.next()) {
    ApiEvent event{{query.integer(0), static_cast<std::uint32_t>(query.integer(1))},
                   AccountId(query.integer(2)),
                   query.text(3),
                   query.text(4),
                   {},
                   query.time(6)};
    const Place place = place_of(std::string(client), event.place.number, event.id, event.kind, event.account);
    event.payload = sealer_.open_bytes(place, query.blob(5));
    events.push_back(std::move(event));
  }
  return events;
}

std::size_t ApiEvents::remove_until(std::string_view client, const EventPlace& place) {
  const auto removed =
      Query(db_, "DELETE FROM api_events WHERE client = ? AND number <= ?", client, place.number).run();
  Query(db_, "UPDATE api_clients SET acknowledged = ?, tag = ? WHERE name = ?", place.number,
        static_cast<std::int64_t>(place.tag), client)
      .run();
  return static_cast<std::size_t>(removed);
}

std::size_t ApiEvents::acknowledge(std::string_view client, const EventPlace& place) {
  if (place.number <= queue(client).acknowledged.number) return 0;
  Query(db_, "UPDATE api_clients SET lost = 0 WHERE name = ?", client).run();
  return remove_until(client, place);
}

std::size_t ApiEvents::trim(std::string_view client, std::size_t most, WallTime before) {
  const ApiQueue queue = this->queue(client);
  std::int64_t last = queue.acknowledged.number;
  if (queue.waiting > most) last += static_cast<std::int64_t>(queue.waiting - most);
  Query old(db_, "SELECT max(number) FROM api_events WHERE client = ? AND created_ms < ?", client, before);
  if (old.next() && !old.is_null(0)) last = std::max(last, old.integer(0));
  if (last == queue.acknowledged.number) return 0;
  const std::size_t removed = remove_until(client, {last, *tag_of(client, last)});
  Query(db_, "UPDATE api_clients SET lost = lost + ? WHERE name = ?", static_cast<std::int64_t>(removed), client).run();
  return removed;
}

std::vector<std::string> ApiEvents::clients() {
  std::vector<std::string> names;
  Query query(db_, "SELECT name FROM api_clients ORDER BY name");
  while (query.next()) names.push_back(query.text(0));
  return names;
}

}  // namespace omegate::store
