// A hook's unguessable addresses: which are good now, a new one, the end of one.
//
// The word in an address follows from the hook's secret and a number (hook_proof), so only the number and times are
// kept. A hook of which nothing is kept has its first address, for good. Runs inside a transaction.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/core/base/time.hpp"
#include "bridge/edge/store/tables.hpp"

namespace omegate::gateway {

struct HookUrl {
  std::int64_t number = 0;                       // how many addresses there were before
  std::optional<WallTime> made = {};             // nothing: it is the first
  std::optional<WallTime> expires = {};          // nothing: never
  std::optional<WallTime> previous_until = {};   // the address before is good as long
  bool told = false;                             // somebody was told that it expires

  friend bool operator==(const HookUrl&, const HookUrl&) = default;
};

/// `path`: the hook's, "/alerts".
HookUrl hook_url(store::Tables& tables, std::string_view path);
void put_hook_url(store::Tables& tables, std::string_view path, const HookUrl& url);

/// Makes a new address. `grace`: as long the present one is good, too; unless it was over already.
HookUrl next_url(const HookUrl& url, WallTime now, std::chrono::milliseconds grace,
                 std::optional<std::chrono::milliseconds> life);

struct HookWords {
  std::string now;       // empty: it has expired
  std::string previous;  // empty: there is none that is good
};
HookWords hook_words(std::string_view secret, std::string_view path, const HookUrl& url, WallTime now);

/// Those that end soon, and of which nobody was told.
std::vector<std::pair<std::string, HookUrl>> expiring_urls(store::Tables& tables, WallTime now);

}  // namespace omegate::gateway
