// What a running gateway is like in numbers, as Prometheus reads them.
//
// Labels are names of the config, states and events of ours: never an address of a contact, never a text. Not here:
// who may read it (gateway.cpp serves it on loopback only), what is wrong at which value (deploy/prometheus/alerts.yaml).
// Source: Prometheus text format 0.0.4.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "bridge/gateway/actors.hpp"
#include "bridge/gateway/canary.hpp"
#include "bridge/gateway/context.hpp"

namespace omegate::gateway {

class Mailbox;

inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

/// Costs one transaction. Throws what the store throws. `canary`: null if there is none.
asio::awaitable<std::string> metrics_text(Context& context, std::shared_ptr<const Actors> actors, const Canary* canary,
                                          std::vector<std::shared_ptr<Mailbox>> mailboxes = {});

}  // namespace omegate::gateway
