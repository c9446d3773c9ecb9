// The table `questions`: new keys of contacts about which the contact was asked, and has not answered.
//
// Public keys only, nothing here is sealed. Not here: the words (gateway/trust/phrases.hpp), what an answer does
// (gateway/trust/chat_desk.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/time.hpp"
#include "bridge/core/crypto/curve25519.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;

struct Question {
  AccountId account;
  std::string peer;
  crypto::PublicKey key{};
  std::uint32_t device = 0;
};

class Questions {
 public:
  explicit Questions(Connection& db) : db_(db) {}

  /// False if it is open already, or too many are.
  bool add(const Question& question, WallTime now);
  std::vector<Question> open(AccountId account, std::string_view peer);
  void close(const Question& question);
  std::size_t purge(WallTime before);
  std::size_t forget_peer(AccountId account, std::string_view peer);

 private:
  Connection& db_;
};

}  // namespace omegate::store
