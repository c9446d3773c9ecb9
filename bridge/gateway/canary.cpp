#include "bridge/gateway/canary.hpp"

#include <array>
#include <boost/asio/steady_timer.hpp>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/messages/outgoing.hpp"

namespace omegate::gateway {
namespace {

constexpr std::string_view origin = "canary";

std::string new_word(Random& random) {
  std::array<Byte, 16> bytes{};
  random.fill(bytes);
  return crypto::to_hex(bytes);
}

}  // namespace

Canary::Canary(Context& context, const CurrentActors& actors, config::CanarySettings settings)
    : context_(context), actors_(actors), settings_(std::move(settings)), last_ms_(to_ms(context.now())) {}

std::chrono::milliseconds Canary::age() const { return context_.now() - from_ms(last_ms_.load()); }

asio::awaitable<void> Canary::run() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    const auto begun = context_.now();
    try {
      co_await try_once();
    } catch (const store::StoreError& failure) {
      log_warning("canary.failed", {{"account", settings_.account}, {"reason", failure.what()}});
    }
    const auto rest = std::chrono::milliseconds(settings_.every) - (context_.now() - begun);
    timer.expires_after(std::max<std::chrono::milliseconds>(rest, canary_look));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

/// Its row goes when it is over: what became of it is told here.
asio::awaitable<void> Canary::try_once() {
  const auto row = co_await write();
  if (!row) co_return;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto begun = context_.now();
  std::string reason = "no receipt";
  while (context_.now() - begun < settings_.every) {
    timer.expires_after(canary_look);
    co_await timer.async_wait(asio::use_awaitable);
    const auto found = co_await context_.store.transact([&](store::Tables& tables) { return tables.outbox.find(*row); });
    if (!found) co_return;
    if (found->state == store::MessageState::delivered) {
      roundtrip_ms_ = (found->changed - found->created).count();
      last_ms_ = to_ms(context_.now());
      reason.clear();
      break;
    }
    reason = std::string(store::name(found->state)) + (found->reason.empty() ? "" : ": " + found->reason);
  }
  co_await context_.store.transact([&](store::Tables& tables) { tables.outbox.drop(*row); });
  if (!reason.empty()) log_warning("canary.failed", {{"account", settings_.account}, {"to", settings_.to}, {"reason", reason}});
}

asio::awaitable<std::optional<store::OutboxId>> Canary::write() {
  const auto actors = actors_.get();
  Account* const from = actors->account(settings_.account);
  Account* const to = actors->account(settings_.to);
  if (from == nullptr || to == nullptr) co_return std::nullopt;
  const Bytes body = encode(Outgoing{"canary " + new_word(context_.random), {}, std::string(origin)});
  const auto row = co_await context_.store.transact([&](store::Tables& tables) {
    const WallTime now = context_.now();
    return tables.outbox.add({from->self().account, to->self().jid, new_word(context_.random), body, {}, Priority::low,
                              now + settings_.every},
                             now);
  });
  from->kick();
  co_return row;
}

}  // namespace omegate::gateway
