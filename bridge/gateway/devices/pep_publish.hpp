// Publishing to a node of our own, whatever it is configured like.
//
// Not here: what is published (own_nodes.hpp, account/own_profile.hpp). Source: XEP-0060 §7.1.5, XEP-0163.
#pragma once

#include <optional>
#include <string>

#include "bridge/core/xmpp/pubsub.hpp"
#include "bridge/gateway/stream/stream.hpp"

namespace omegate::gateway {

/// What the server has against it; nothing: it is published. The end of the stream passes through as `StreamFailure`.
asio::awaitable<std::optional<xmpp::StanzaError>> try_publish(Stream& stream, std::string node, xmpp::PubsubItem item,
                                                              std::optional<xmpp::NodeOptions> options);

/// The same. Options are preconditions: a node that is configured otherwise is configured first, then published to again;
/// the last resort is to publish without them, for then at least the subscribed contacts can read it.
asio::awaitable<std::optional<xmpp::StanzaError>> publish_anyway(Stream& stream, std::string node, xmpp::PubsubItem item,
                                                                 xmpp::NodeOptions options);

}  // namespace omegate::gateway
