// The part of account.hpp that others ask for pictures.
#include <boost/asio/co_spawn.hpp>

#include "bridge/gateway/account/account.hpp"
#include "bridge/gateway/limits.hpp"

namespace omegate::gateway {

/// What comes later than anybody waits is known when it is asked for again.
asio::awaitable<AvatarAnswer> Account::avatar(AvatarQuery query) {
  auto wait = [](Account& self, AvatarQuery wanted) -> asio::awaitable<AvatarAnswer> {
    AccountMemory& memory = self.memory_;
    if (auto known = known_avatar(memory, wanted)) co_return std::move(*known);
    AvatarAnswer none;
    none.reason = "the account is not online";
    if (self.status_.state != AccountStatus::State::online) co_return none;
    none.reason = "it is not here yet; it comes with a later message";
    if (memory.avatar_requests.size() >= max_avatar_requests) co_return none;
    const auto request = std::make_shared<AvatarRequest>(self.strand_, std::move(wanted));
    memory.avatar_requests.push_back(request);
    memory.avatar_wanted.notify();
    const auto deadline = std::chrono::steady_clock::now() + avatar_patience;
    while (!request->answer && std::chrono::steady_clock::now() < deadline) co_await request->done.wait_until(deadline);
    if (request->answer) co_return std::move(*request->answer);
    co_return none;
  };
  co_return co_await asio::co_spawn(strand_, wait(*this, std::move(query)), asio::use_awaitable);
}

}  // namespace omegate::gateway
