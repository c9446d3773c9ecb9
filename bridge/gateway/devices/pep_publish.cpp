#include "bridge/gateway/devices/pep_publish.hpp"

#include "bridge/core/xmpp/iq.hpp"
#include "bridge/gateway/devices/pep_fetch.hpp"

namespace omegate::gateway {

asio::awaitable<std::optional<xmpp::StanzaError>> try_publish(Stream& stream, std::string node, xmpp::PubsubItem item,
                                                              std::optional<xmpp::NodeOptions> options) {
  xml::Element request = xmpp::iq_set({}, std::nullopt, xmpp::publish(node, item, options));
  const auto answer = co_await ask(stream, std::move(request));
  co_return error_in(answer);
}

asio::awaitable<std::optional<xmpp::StanzaError>> publish_anyway(Stream& stream, std::string node, xmpp::PubsubItem item,
                                                                 xmpp::NodeOptions options) {
  auto error = co_await try_publish(stream, node, item, options);
  if (!error || !xmpp::is_precondition_not_met(*error)) co_return error;
  xml::Element change = xmpp::iq_set({}, std::nullopt, xmpp::configure(node, options));
  co_await ask(stream, std::move(change));
  error = co_await try_publish(stream, node, item, options);
  if (error) error = co_await try_publish(stream, node, item, std::nullopt);
  co_return error;
}

}  // namespace omegate::gateway
