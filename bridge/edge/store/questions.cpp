#include "bridge/edge/store/questions.hpp"

#include <algorithm>

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/limits.hpp"

namespace omegate::store {

bool Questions::add(const Question& question, WallTime now) {
  Query count(db_, "SELECT count(*) FROM questions WHERE account = ? AND peer = ?", question.account,
              question.peer);
  count.next();
  if (count.integer(0) >= max_questions) return false;
  return Query(
             db_,
             "INSERT OR IGNORE INTO questions (account, peer, key, device, asked_ms) VALUES (?, ?, ?, ?, ?)",
             question.account, question.peer, ByteView(question.key), question.device, now)
             .run() > 0;
}

std::vector<Question> Questions::open(AccountId account, std::string_view peer) {
  std::vector<Question> found;
  Query each(db_, "SELECT key, device FROM questions WHERE account = ? AND peer = ? ORDER BY id", account,
             peer);
  while (each.next()) {
    Question question{account, std::string(peer), {}, static_cast<std::uint32_t>(each.integer(1))};
    const Bytes key = each.blob(0);
    if (key.size() == question.key.size()) std::copy(key.begin(), key.end(), question.key.begin());
    found.push_back(std::move(question));
  }
  return found;
}

void Questions::close(const Question& question) {
  Query(db_, "DELETE FROM questions WHERE account = ? AND peer = ? AND key = ?", question.account,
        question.peer, ByteView(question.key))
      .run();
}

std::size_t Questions::purge(WallTime before) {
  return Query(db_, "DELETE FROM questions WHERE asked_ms < ?", before).run();
}

std::size_t Questions::forget_peer(AccountId account, std::string_view peer) {
  return Query(db_, "DELETE FROM questions WHERE account = ? AND peer = ?", account, peer).run();
}

}  // namespace omegate::store
