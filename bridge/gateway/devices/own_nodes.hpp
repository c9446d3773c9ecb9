// What we publish about our own device, kept right: bundles and device lists of both versions.
//
// Not here: the keys (own_device.hpp), the nodes of others (pep_fetch.hpp).
// Source: XEP-0384 §5.3; omemo-legacy practice: merge, read back, repair the access model.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "bridge/core/xmpp/omemo_nodes.hpp"
#include "bridge/gateway/context.hpp"
#include "bridge/gateway/devices/own_device.hpp"
#include "bridge/gateway/devices/pep_fetch.hpp"
#include "bridge/gateway/stream/stream.hpp"

namespace omegate::gateway {

/// One per stream. Used on the account's strand.
class OwnNodes {
 public:
  /// `self` gets another device id if another client of the account has it already.
  OwnNodes(Context& context, Stream& stream, Sender& self, xmpp::Jid own)
      : context_(context), stream_(stream), self_(self), own_(std::move(own)) {}

  /// The check at the start of a session: bundle first, then the list, each read back, compared, published if
  /// needed, its access model repaired. A version that fails is logged and does not block the other. Devices that we were
  /// before (rotation.hpp) leave the lists, and their bundles go.
  asio::awaitable<void> settle();

  /// Prekeys were used: refills, publishes the bundle of both versions.
  asio::awaitable<void> publish_bundles();

  /// Our own list was pushed. Puts us back if we are missing, at most `republications` times in
  /// `republication_window`: another client may be as stubborn as we are.
  asio::awaitable<void> on_own_list(omemo::Version version, std::vector<xmpp::ListedDevice> devices);

 private:
  asio::awaitable<void> settle_version(omemo::Version version, const OwnDevice& device);
  asio::awaitable<bool> settle_bundle(omemo::Version version, const OwnDevice& device);
  asio::awaitable<void> settle_list(omemo::Version version, const OwnDevice& device, FetchedList list);
  asio::awaitable<bool> publish_bundle(omemo::Version version, const OwnDevice& device);
  asio::awaitable<bool> publish_list(omemo::Version version, std::vector<xmpp::ListedDevice> devices);
  asio::awaitable<bool> publish(std::string node, xmpp::PubsubItem item, xmpp::NodeOptions options);
  asio::awaitable<void> repair_access(std::string node, xmpp::NodeOptions wanted);
  asio::awaitable<void> withdraw_former();
  asio::awaitable<bool> withdraw(omemo::DeviceId device);
  asio::awaitable<bool> without_former(std::vector<xmpp::ListedDevice>& devices);
  asio::awaitable<OwnDevice> tend();
  asio::awaitable<void> avoid_collision(OwnDevice& device);
  bool may_republish();

  Context& context_;
  Stream& stream_;
  Sender& self_;
  xmpp::Jid own_;  // bare
  std::deque<WallTime> republished_;
  bool alarmed_ = false;
};

}  // namespace omegate::gateway
