#include "bridge/gateway/stream/server_anchor.hpp"

#include <algorithm>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/pubsub.hpp"
#include "bridge/gateway/devices/pep_fetch.hpp"
#include "bridge/gateway/devices/rekeying.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::string_view item_id = "current";

struct Item {
  store::EpochId epoch{};
  Bytes tag;
};

std::optional<Item> parse(const xml::Element& answer) {
  const auto items = xmpp::parse_items(answer, anchor_node);
  const xmpp::PubsubItem* found = items ? xmpp::pick_item(items->items, item_id) : nullptr;
  if (!found || !found->payload || !found->payload->is("anchor", anchor_node)) return std::nullopt;
  const auto epoch = crypto::from_hex(found->payload->attr("epoch").value_or(""));
  auto tag = crypto::from_hex(found->payload->attr("tag").value_or(""));
  Item item;
  if (!epoch || epoch->size() != item.epoch.size() || !tag) return std::nullopt;
  std::copy(epoch->begin(), epoch->end(), item.epoch.begin());
  item.tag = std::move(*tag);
  return item;
}

/// For the account's own eyes.
xmpp::NodeOptions private_node() { return {"whitelist", "1", "never", true}; }

}  // namespace

SecondCopy second_copy(const xmpp::Jid& account) {
  return SecondCopy(
      "another copy of this database is online as " + account.to_string() +
      "; two copies must never run at once, so this one stops. Stop the other one and start this one "
      "with `omegate run --take-over` if it is the one to keep");
}

asio::awaitable<bool> ServerAnchor::settle() {
  const auto unknown = co_await unknown_epoch();
  if (unknown) {
    co_await wait_for_its_owner(*unknown);
    co_await renew_everything(*unknown);
  }
  doubt_.reset();
  co_await publish();
  co_return unknown.has_value();
}

Bytes ServerAnchor::tag_of(store::Tables& tables, const store::EpochId& epoch) const {
  Bytes message = to_bytes(own_.to_string() + '\n');
  message.insert(message.end(), epoch.begin(), epoch.end());
  return tables.lineage.tag("server-anchor", message);
}

/// Nothing if the server has none, a known one, or none of this database.
asio::awaitable<std::optional<store::EpochId>> ServerAnchor::unknown_epoch() {
  const auto answer = co_await ask(stream_, xmpp::iq_get({}, own_, xmpp::items_request(anchor_node, 1)));
  if (const auto error = error_in(answer)) {
    if (error->condition != "item-not-found")
      log_info("anchor.unsupported", {{"account", own_.to_string()},
                                      {"reason", xmpp::describe(*error)},
                                      {"effect", "a copy of the whole machine would not be noticed"}});
    co_return std::nullopt;
  }
  const auto item = parse(answer);
  if (!item) co_return std::nullopt;
  const bool foreign = co_await context_.store.transact([&](store::Tables& tables) {
    return crypto::equal(tag_of(tables, item->epoch), item->tag) && !tables.lineage.knows(item->epoch);
  });
  co_return foreign ? std::optional(item->epoch) : std::nullopt;
}

/// Returns when it did not come back in time.
asio::awaitable<void> ServerAnchor::wait_for_its_owner(store::EpochId epoch) {
  if (doubt_ && doubt_->epoch != epoch) throw second_copy(own_);
  if (!doubt_) {
    doubt_ = Doubt{epoch, SteadyClock::now()};
    log_warning("anchor.unknown_epoch",
                {{"account", own_.to_string()},
                 {"reason", "another copy of this database was online after this one"},
                 {"effect", "waiting to see whether it is alive; nothing is sent"},
                 {"seconds", context_.pace.other_copy.count() / 1000}});
  }
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (SteadyClock::now() < doubt_->since + context_.pace.other_copy) {
    timer.expires_after(context_.pace.look_for_copy);
    co_await timer.async_wait(asio::use_awaitable);
    const auto now = co_await unknown_epoch();
    if (now && *now != epoch) throw second_copy(own_);
  }
}

asio::awaitable<void> ServerAnchor::renew_everything(store::EpochId epoch) {
  const auto renewal = co_await context_.store.transact([&](store::Tables& tables) {
    tables.lineage.demand_rekeying(store::Rekeying::server_knows);
    tables.lineage.note_lost(store::Mark{epoch, 0, {}});
    return renew_if_due(tables, context_.now());
  });
  log_renewal(*renewal);
}

/// First the commit, then the server: an item is never ahead of the database.
asio::awaitable<void> ServerAnchor::publish() {
  xml::Element anchor("anchor", anchor_node);
  co_await context_.store.transact([&](store::Tables& tables) {
    const store::EpochId epoch = tables.lineage.begin_epoch(context_.random, context_.now());
    anchor.set("epoch", crypto::to_hex(epoch)).set("tag", crypto::to_hex(tag_of(tables, epoch)));
  });
  const xmpp::PubsubItem item{std::string(item_id), std::move(anchor)};
  auto request = xmpp::iq_set({}, std::nullopt, xmpp::publish(anchor_node, item, private_node()));
  auto error = error_in(co_await ask(stream_, std::move(request)));
  if (error && xmpp::is_precondition_not_met(*error)) {
    co_await ask(stream_, xmpp::iq_set({}, std::nullopt, xmpp::configure(anchor_node, private_node())));
    auto again = xmpp::iq_set({}, std::nullopt, xmpp::publish(anchor_node, item, private_node()));
    error = error_in(co_await ask(stream_, std::move(again)));
  }
  if (error)
    log_info("anchor.unsupported", {{"account", own_.to_string()},
                                    {"reason", xmpp::describe(*error)},
                                    {"effect", "a copy of the whole machine would not be noticed"}});
}

asio::awaitable<bool> ServerAnchor::is_undisputed() {
  const auto unknown = co_await unknown_epoch();
  co_return !unknown;
}

asio::awaitable<void> ServerAnchor::renew_now_and_then(bool at_once) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  if (at_once) co_await publish();
  for (;;) {
    timer.expires_after(epoch_life);
    co_await timer.async_wait(asio::use_awaitable);
    co_await publish();
  }
}

}  // namespace omegate::gateway
