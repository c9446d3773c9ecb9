// The table `streams`: the XMPP stream of each account, so that the next process can resume it.
//
// Messages are not here: outbox rows carry their numbers in the stream themselves. Not here either: what the
// numbers mean (core/xmpp/stream_management.hpp), when a row is written (gateway/stream/stream_record.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;
class Sealer;

struct StoredStream {
  struct Stanza {
    std::uint32_t number = 0;
    std::string stanza;
  };
  std::string id, location, bound;  // of XEP-0198; our full JID
  std::uint32_t max_seconds = 0;    // the server keeps it so long; 0: it does not say
  std::uint32_t handled = 0, acked = 0, sent = 0;
  bool final = false;  // the process ended in order: `sent` is exact
  std::vector<Stanza> waiting{};
};

class Streams {
 public:
  Streams(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer) {}

  /// In place of the one before.
  void save(AccountId account, const StoredStream& stream);
  std::optional<StoredStream> load(AccountId account);
  /// Also where an old copy of the database must not come back to it.
  void forget(AccountId account);

 private:
  Connection& db_;
  const Sealer& sealer_;
};

}  // namespace omegate::store
