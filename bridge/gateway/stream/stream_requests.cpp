#include "bridge/gateway/stream/stream_requests.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/xmpp/iq.hpp"

namespace omegate::gateway {

std::string make_request_id(Random& random) {
  std::array<Byte, 12> bytes;
  random.fill(bytes);
  return crypto::to_hex(bytes);
}

void Requests::expect(const std::string& id, std::optional<xmpp::Jid> to) {
  waiting_.try_emplace(id, executor_, std::move(to));
}

asio::awaitable<std::optional<xml::Element>> Requests::wait(std::string id, std::chrono::milliseconds limit) {
  struct Forget {  // also when the caller's coroutine is cancelled or destroyed
    Requests& requests;
    const std::string& id;
    ~Forget() { requests.waiting_.erase(id); }
  } const forget{*this, id};
  Waiting& mine = waiting_.at(id);
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!mine.answer && !mine.over && std::chrono::steady_clock::now() < end) {
    mine.signal.expires_at(end);
    co_await mine.signal.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return std::move(mine.answer);
}

bool Requests::settle(xml::Element& iq, const xmpp::Jid& own) {
  const auto found = waiting_.find(iq.attr("id").value_or(""));
  if (found == waiting_.end() || found->second.answer) return false;
  const auto from = xmpp::sender(iq);
  if (!from || !xmpp::may_answer(found->second.to, *from, own)) return false;
  found->second.answer = std::move(iq);
  found->second.signal.cancel();
  return true;
}

void Requests::end() {
  for (auto& [id, waiting] : waiting_) {
    waiting.over = true;
    waiting.signal.cancel();
  }
}

}  // namespace omegate::gateway
