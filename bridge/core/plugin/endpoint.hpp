// An address of a plugin's own, for a protocol that says what the address is and what is answered: P.http.
//
// Not here: sockets and secrets (gateway/http/endpoints), hooks below /hooks, whose address and answer are the gateway's.
// Source: RFC 3986 §3.3 (segments of a path); Matrix, Application Service API, "Pushing events" for the shape of `each`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace omegate::plugin {

/// What whoever is let in is answered, and what becomes of the request.
struct Endpoint {
  unsigned status = 200;
  std::string answer = "{}";  // JSON
  bool heard = true;          // false: answered, and nothing else happens
  std::string once = {};      // the part of the path that names the delivery: the second of one name is answered only
  std::string each = {};      // member of the body, a list: each item is an event of its own; empty: the body is one event
  std::string id = {};        // member of an item that names it: the second of one name is no event
  std::string order = {};     // member of an item: items that have the same keep their order
  /// Members of the body, lists of what is of now: of the first one that is there each item is an event, without a name, beside the
  /// others of its order and never behind them. Few wait; what has no order, where one is wanted, is none.
  std::vector<std::string> passing = {};

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

using PathParts = std::vector<std::pair<std::string, std::string>>;

/// Why this is no pattern for an endpoint; nothing: it is one, like "/_matrix/app/v1/transactions/{txn}". Two segments at
/// least, `max_endpoint_segments` at most, the first one plain and none of the gateway's.
std::optional<std::string> fault_of_endpoint(std::string_view pattern);

/// False: no pattern fits this path. Why: no plugin has to be asked then.
bool may_be_endpoint(std::string_view path);

/// The parts of `path` (as sent) that stand where the pattern has {name}, decoded; nothing: it does not fit.
std::optional<PathParts> match_endpoint(std::string_view pattern, std::string_view path);

/// The items of the list `member` of a JSON object, as they stand there: none is looked at closer than to find its end,
/// so that one that nobody can read does not spoil the others. Nothing: there is no such list, or the text is cut off.
std::optional<std::vector<std::string_view>> items_of(std::string_view json, std::string_view member);

}  // namespace omegate::plugin
