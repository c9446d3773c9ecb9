// The table `timers`: what plugins want to happen later. What it is about is sealed; its name is a keyed
// hash.
//
// Not here: who waits and what it becomes (gateway/plugins/timekeeper).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/time.hpp"

namespace omegate::store {

class Connection;
class Query;
class Sealer;

enum class TimerKind {
  once = 0,
  schedule = 1,
  question = 2,  // named by its conversation; due when nobody answered
};

struct Timer {
  std::string plugin;
  TimerKind kind = TimerKind::once;
  Bytes id;
  WallTime due;
  Bytes data;  // opaque here
};

class Timers {
 public:
  Timers(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer) {}

  /// Replaces the one of this kind and name.
  void set(std::string_view plugin, TimerKind kind, std::string_view name, WallTime due, ByteView data);
  std::optional<Timer> find(std::string_view plugin, TimerKind kind, std::string_view name);
  /// False if it was not there.
  bool erase(std::string_view plugin, TimerKind kind, std::string_view name);

  /// Oldest first. They stay: `erase` or `postpone` them in the same transaction.
  std::vector<Timer> due(WallTime now, std::size_t limit);
  void erase(const Timer& timer);
  void postpone(const Timer& timer, WallTime due);

  /// Nothing if none waits.
  std::optional<WallTime> next_due();
  std::vector<Timer> list(std::string_view plugin, TimerKind kind);
  std::size_t count(std::string_view plugin);

 private:
  Timer read(Query& row);

  Connection& db_;
  const Sealer& sealer_;
};

}  // namespace omegate::store
