// What came to the hooks lately, so that a person can look at it and have it happen again.
//
// Lies sealed among what plugins keep (store/kv), under an owner that no plugin can be. What was secret in a request is
// taken out before (hook_proof). Bounded per hook by number, size and age. Runs inside a transaction.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/time.hpp"
#include "bridge/edge/store/tables.hpp"

namespace omegate::gateway {

/// The owner in the table `kv` of what the gateway keeps about hooks: no name of a plugin has a colon.
inline constexpr std::string_view hooks_owner = ":hooks";

struct LoggedRequest {
  std::int64_t id = 0;
  std::string hook;    // its path: "/alerts"
  std::string plugin;  // who has the hook
  std::string result;  // "accepted", or "repeated": it had been taken before, and nothing happened
  WallTime received{};
  std::size_t size = 0;  // of `payload`, bytes
  std::string payload;   // of the event; empty in lists
};

/// How much is kept of one hook.
struct HookLogRoom {
  std::size_t requests = 0;  // 0: nothing
  std::size_t bytes = 0;
  std::chrono::hours age{};
};

class HookLog {
 public:
  HookLog(store::Tables& tables, WallTime now) : tables_(tables), now_(now) {}

  /// Gives it its id. The oldest of the hook make room; what is larger than all the room is not kept (0).
  std::int64_t add(LoggedRequest request, const HookLogRoom& room);

  /// Newest first. `hook` empty: of all.
  std::vector<LoggedRequest> list(std::string_view hook, std::size_t limit);
  std::optional<LoggedRequest> find(std::int64_t id);

 private:
  std::vector<LoggedRequest> index(std::string_view hook);
  void put_index(std::string_view hook, const std::vector<LoggedRequest>& rows, std::chrono::hours age);

  store::Tables& tables_;
  WallTime now_;
};

}  // namespace omegate::gateway
