// The table `answers`: what was answered to a request with an idempotency key, so that a repetition gets the
// same.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/time.hpp"

namespace omegate::store {

class Connection;
class Sealer;

struct StoredAnswer {
  Bytes body_hash;  // of the request: another body under the same key is the caller's mistake
  Bytes answer;     // opaque here
};

class Answers {
 public:
  Answers(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer) {}

  std::optional<StoredAnswer> find(std::string_view scope, std::string_view key);
  /// False if the key has an answer already; that one stays.
  bool add(std::string_view scope, std::string_view key, const StoredAnswer& answer, WallTime now);
  std::size_t purge(WallTime before);

 private:
  Connection& db_;
  const Sealer& sealer_;
};

}  // namespace omegate::store
