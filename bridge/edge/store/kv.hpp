// The table `kv`: what plugins keep. Keys and values are sealed; keys are looked up by a keyed hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/time.hpp"

namespace omegate::store {

class Connection;
class Sealer;

struct KvValue {
  Bytes value;
  std::uint64_t version =
      0;  // a new number with each put, never 0: nobody mistakes a newer value for the older
};

struct KvUsage {
  std::size_t keys = 0;
  std::size_t bytes = 0;  // of keys and values as sealed
};

class Kv {
 public:
  Kv(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer) {}

  /// What has expired by `now` is not there any more.
  std::optional<KvValue> get(std::string_view plugin, std::string_view key, WallTime now = {});
  /// The version a reader must have seen for its write to count: 0 if the key is not there.
  std::uint64_t version(std::string_view plugin, std::string_view key, WallTime now = {});
  /// The new version.
  std::uint64_t put(std::string_view plugin, std::string_view key, ByteView value,
                    std::optional<WallTime> expires = std::nullopt);
  /// False if it was not there.
  bool erase(std::string_view plugin, std::string_view key);
  /// Sorted. Cost: opens each key of the plugin.
  std::vector<std::string> keys(std::string_view plugin, std::string_view prefix = {}, WallTime now = {});
  KvUsage usage(std::string_view plugin);
  /// How many had expired by `now`; they are gone.
  std::size_t purge(WallTime now);

 private:
  Connection& db_;
  const Sealer& sealer_;
};

}  // namespace omegate::store
