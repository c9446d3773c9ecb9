#include "bridge/gateway/devices/pep_fetch.hpp"

#include <boost/system/system_error.hpp>

#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/pubsub.hpp"

namespace omegate::gateway {
namespace {

Fetch status_of(const xmpp::StanzaError& error) {
  if (error.condition == "item-not-found") return Fetch::absent;
  // A server that knows neither the account nor PubSub publishes nothing for it.
  if (error.condition == "service-unavailable" || error.condition == "feature-not-implemented")
    return Fetch::absent;
  if (error.condition == "forbidden" || error.condition == "not-authorized") return Fetch::forbidden;
  if (error.pubsub == "presence-subscription-required") return Fetch::forbidden;
  return Fetch::unreachable;
}

struct Item {
  Fetch status = Fetch::unreachable;
  std::optional<xml::Element> payload;
  std::string reason;
};

using Pick = const xmpp::PubsubItem* (*)(const std::vector<xmpp::PubsubItem>& items, std::string_view wanted);

Item item_of(const xml::Element& answer, std::string_view node, std::string_view wanted, Pick pick) {
  if (const auto error = error_in(answer)) return {status_of(*error), {}, xmpp::describe(*error)};
  const auto items = xmpp::parse_items(answer, node);
  if (!items) return {Fetch::broken, {}, items.error().message()};
  const xmpp::PubsubItem* item = pick(items->items, wanted);
  if (!item || !item->payload) return {Fetch::absent, {}, "nothing is published"};
  return {Fetch::ok, *item->payload, {}};
}

}  // namespace

std::optional<xmpp::StanzaError> error_in(const xml::Element& answer) {
  if (answer.attr("type") != "error") return std::nullopt;
  return xmpp::parse_stanza_error(answer);
}

asio::awaitable<xml::Element> ask(Stream& stream, xml::Element iq, std::chrono::milliseconds limit) {
  try {
    co_return co_await stream.request(iq, limit);
  } catch (const boost::system::system_error& failure) {
    if (failure.code() != asio::error::timed_out) throw;
  }
  co_return xmpp::iq_error(iq, {"wait", "remote-server-timeout", "no answer in time", {}, {}});
}

asio::awaitable<FetchedList> fetch_device_list(Stream& stream, xmpp::Jid owner, omemo::Version version) {
  const std::string node = xmpp::device_list_node(version);
  const auto answer = co_await ask(stream, xmpp::iq_get({}, owner, xmpp::items_request(node, 1)));
  Item item = item_of(answer, node, xmpp::device_list_item, &xmpp::pick_item);
  if (item.status != Fetch::ok) co_return FetchedList{item.status, {}, std::move(item.reason)};
  auto devices = xmpp::parse_device_list(version, *item.payload);
  if (!devices) co_return FetchedList{Fetch::broken, {}, devices.error().message()};
  co_return FetchedList{Fetch::ok, std::move(*devices), {}};
}

asio::awaitable<FetchedBundle> fetch_bundle(Stream& stream, xmpp::Jid owner, omemo::Version version,
                                            omemo::DeviceId device) {
  const std::string node = xmpp::bundle_node(version, device);
  const std::string wanted = xmpp::bundle_item(version, device);
  auto request =
      version == omemo::Version::omemo2 ? xmpp::item_request(node, wanted) : xmpp::items_request(node, 1);
  const auto answer = co_await ask(stream, xmpp::iq_get({}, owner, std::move(request)));
  // OMEMO 2 keeps all bundles in one node: any other item is another device's.
  Item item =
      item_of(answer, node, wanted, version == omemo::Version::omemo2 ? &xmpp::find_item : &xmpp::pick_item);
  if (item.status != Fetch::ok) co_return FetchedBundle{item.status, {}, "its bundle: " + item.reason};
  auto bundle = xmpp::parse_bundle(version, *item.payload);
  if (!bundle)
    co_return FetchedBundle{Fetch::broken, {}, "its bundle is unreadable: " + bundle.error().message()};
  if (const auto verified = omemo::verify(*bundle); !verified) {
    co_return FetchedBundle{Fetch::broken, {}, "its bundle is refused: " + verified.error().message()};
  }
  co_return FetchedBundle{Fetch::ok, std::move(*bundle), {}};
}

}  // namespace omegate::gateway
