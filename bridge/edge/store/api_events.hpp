// The tables `api_clients` and `api_events`: what waits for programs that use the API, in the order they are offered it.
//
// Each client has its own numbering, without gaps: what it acknowledged is gone, and so is everything before it. A place
// in it is named by number and tag; tags are random, so that a place in a future that an old copy of the database does
// not know is not mistaken for one of its own. Not here: what becomes an event (gateway/api/event_desk).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;
class Sealer;

/// A place among a client's events: behind the one it names. {0, 0} is the beginning.
struct EventPlace {
  std::int64_t number = 0;
  std::uint32_t tag = 0;

  friend bool operator==(const EventPlace&, const EventPlace&) = default;
};

struct NewApiEvent {
  std::string client;
  AccountId account;
  std::string id, kind;
  Bytes payload;  // sealed; opaque here
};

struct ApiEvent {
  EventPlace place;
  AccountId account;
  std::string id, kind;
  Bytes payload;
  WallTime created{};
};

struct ApiQueue {
  EventPlace acknowledged;
  std::size_t waiting = 0;
  std::uint64_t lost = 0;  // removed unacknowledged since the client acknowledged something last
};

class ApiEvents {
 public:
  ApiEvents(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer) {}

  void add(const NewApiEvent& event, WallTime now);

  ApiQueue queue(std::string_view client);

  /// Whether this is a place of this client that is still here, or one before them all.
  bool knows(std::string_view client, const EventPlace& place);

  /// Oldest first, of those behind `after`. Cost: opens each of them.
  std::vector<ApiEvent> after(std::string_view client, std::int64_t after, std::size_t limit);

  /// Everything up to this known place is done. How many events that were.
  std::size_t acknowledge(std::string_view client, const EventPlace& place);

  /// Those that came before `before` go, and the oldest if there are more than `most`. How many; they count as lost.
  std::size_t trim(std::string_view client, std::size_t most, WallTime before);

  /// Who has, or had, events.
  std::vector<std::string> clients();

 private:
  std::size_t remove_until(std::string_view client, const EventPlace& place);
  std::optional<std::uint32_t> tag_of(std::string_view client, std::int64_t number);

  Connection& db_;
  const Sealer& sealer_;
};

}  // namespace omegate::store
