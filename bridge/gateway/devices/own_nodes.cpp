#include "bridge/gateway/devices/own_nodes.hpp"

#include <algorithm>

#include "bridge/core/xmpp/iq.hpp"
#include "bridge/edge/net/race.hpp"
#include "bridge/gateway/devices/device_directory.hpp"
#include "bridge/gateway/devices/pep_publish.hpp"
#include "bridge/gateway/devices/rotation.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {
namespace {

using omemo::Version;

/// Remembered before a list with our device id is published, for the answer may be lost: from then on an id
/// in the list is ours.
constexpr std::string_view published_note = "omemo.published";

bool lists(const std::vector<xmpp::ListedDevice>& devices, omemo::DeviceId id) {
  return std::any_of(devices.begin(), devices.end(), [&](const auto& device) { return device.id == id; });
}

/// Whether what is published is still the truth. The signature may differ: it is randomised.
bool same_content(const omemo::Bundle& published, const omemo::Bundle& wanted) {
  return published.identity == wanted.identity && published.signed_prekey_id == wanted.signed_prekey_id &&
         published.signed_prekey == wanted.signed_prekey && published.prekeys == wanted.prekeys;
}

}  // namespace

asio::awaitable<OwnDevice> OwnNodes::tend() {
  co_return co_await context_.store.transact([&](store::Tables& tables) {
    return tend_own_device(tables, self_.account, context_.random, context_.now());
  });
}

asio::awaitable<void> OwnNodes::settle() {
  OwnDevice device = co_await tend();
  co_await avoid_collision(device);
  co_await net::all(settle_version(Version::legacy, device), settle_version(Version::omemo2, device));
  co_await withdraw_former();
}

/// Listed only once its bundle is there for everybody. Reading needs no order.
asio::awaitable<void> OwnNodes::settle_version(Version version, const OwnDevice& device) {
  const bool is_there = co_await settle_bundle(version, device);
  if (!is_there) co_return;
  FetchedList list;
  const auto read_list = [](OwnNodes& self, Version which, FetchedList& out) -> asio::awaitable<void> {
    out = co_await fetch_device_list(self.stream_, self.own_, which);
  };
  const std::string node = xmpp::bundle_node(version, device.device);
  const xmpp::NodeOptions options = xmpp::bundle_options(version, "");
  co_await net::all(repair_access(node, options), read_list(*this, version, list));
  co_await settle_list(version, device, std::move(list));
}

/// True if one was taken out: nobody shall encrypt to a key that we threw away.
asio::awaitable<bool> OwnNodes::without_former(std::vector<xmpp::ListedDevice>& devices) {
  const auto former = co_await context_.store.transact(
      [&](store::Tables& tables) { return former_devices(tables, self_.account); });
  const auto is_former = [&](const xmpp::ListedDevice& device) {
    return std::any_of(former.begin(), former.end(), [&](const FormerDevice& each) { return each.id == device.id; });
  };
  co_return std::erase_if(devices, is_former) > 0;
}

asio::awaitable<void> OwnNodes::withdraw_former() {
  const auto former = co_await context_.store.transact(
      [&](store::Tables& tables) { return former_devices(tables, self_.account); });
  for (const FormerDevice& each : former) {
    if (each.withdrawn) continue;
    const bool gone = co_await withdraw(each.id);
    if (!gone) continue;  // the next session tries again
    co_await context_.store.transact([&](store::Tables& tables) { note_withdrawn(tables, self_.account, each.id); });
  }
}

/// The bundles of one device. What is not there need not go.
asio::awaitable<bool> OwnNodes::withdraw(omemo::DeviceId device) {
  const xml::Element legacy = xmpp::delete_node(xmpp::bundle_node(Version::legacy, device));
  const xml::Element omemo2 =
      xmpp::retract(xmpp::bundle_node(Version::omemo2, device), xmpp::bundle_item(Version::omemo2, device));
  bool gone = true;
  for (const xml::Element* const each : {&legacy, &omemo2}) {
    const auto answer = co_await ask(stream_, xmpp::iq_set({}, std::nullopt, *each));
    const auto error = error_in(answer);
    if (!error || error->condition == "item-not-found") continue;
    gone = false;
    log_warning("omemo.withdraw_failed", {{"account", own_.to_string()},
                                          {"device", device.value()},
                                          {"reason", xmpp::describe(*error)}});
  }
  co_return gone;
}

/// Before our first publication an equal id in the list belongs to another client of the account.
asio::awaitable<void> OwnNodes::avoid_collision(OwnDevice& device) {
  const bool published = co_await context_.store.transact(
      [&](store::Tables& tables) { return tables.accounts.note(self_.account, published_note).has_value(); });
  if (published) co_return;
  bool readable = false;
  for (const Version version : {Version::legacy, Version::omemo2}) {
    const FetchedList list = co_await fetch_device_list(stream_, own_, version);
    readable = readable || list.status == Fetch::ok || list.status == Fetch::absent;
    while (lists(list.devices, device.device)) device.device = omemo::random_device_id(context_.random);
  }
  if (!readable) co_return;  // nothing will be published either
  co_await context_.store.transact([&](store::Tables& tables) {
    tables.identities.set_device(self_.account, device.device);
    tables.accounts.set_note(self_.account, published_note, as_bytes("yes"));
    self_.device = device.device;
  });
}

asio::awaitable<bool> OwnNodes::settle_bundle(Version version, const OwnDevice& device) {
  const FetchedBundle published = co_await fetch_bundle(stream_, own_, version, device.device);
  const bool is_right = published.status == Fetch::ok && same_content(*published.bundle, device.bundle(version));
  if (!is_right) {
    const bool accepted = co_await publish_bundle(version, device);
    if (!accepted) co_return false;
    const FetchedBundle read_back = co_await fetch_bundle(stream_, own_, version, device.device);
    if (read_back.status != Fetch::ok) {
      log_error("omemo.bundle_lost", {{"account", own_.to_string()}, {"version", omemo::name(version)},
                                      {"reason", "published, but not there when read back: " + read_back.reason}});
      co_return false;
    }
  }
  co_return true;
}

asio::awaitable<void> OwnNodes::settle_list(Version version, const OwnDevice& device, FetchedList list) {
  if (list.status != Fetch::ok && list.status != Fetch::absent) {
    // Publishing now would delete the account's other devices from a list we could not read.
    log_error("omemo.list_unreadable", {{"account", own_.to_string()}, {"version", omemo::name(version)},
                                        {"reason", list.reason}});
    co_return;
  }
  const bool withdrawn = co_await without_former(list.devices);
  const bool added = !lists(list.devices, device.device);
  if (added) list.devices.push_back({device.device, {}, {}});
  if (added || withdrawn) {
    const bool accepted = co_await publish_list(version, list.devices);
    if (!accepted) co_return;
  }
  co_await repair_access(xmpp::device_list_node(version), xmpp::device_list_options(version));
  co_await context_.store.transact([&](store::Tables& tables) {
    store_list(tables, self_, own_.to_string(), version, list.devices, context_.now());
  });
}

asio::awaitable<void> OwnNodes::publish_bundles() {
  const OwnDevice device = co_await tend();
  for (const Version version : {Version::legacy, Version::omemo2}) co_await publish_bundle(version, device);
}

/// Old servers refuse "max": one item would leave room for one device's bundle only.
asio::awaitable<bool> OwnNodes::publish_bundle(Version version, const OwnDevice& device) {
  const std::string node = xmpp::bundle_node(version, device.device);
  const xmpp::PubsubItem item{xmpp::bundle_item(version, device.device), xmpp::build_bundle(device.bundle(version))};
  if (version == Version::legacy) co_return co_await publish(node, item, xmpp::bundle_options(version, ""));
  for (const std::string_view max_items : xmpp::max_items_ladder) {
    const bool accepted = co_await publish(node, item, xmpp::bundle_options(version, max_items));
    if (accepted) co_return true;
  }
  const auto error = co_await try_publish(stream_, node, item, std::nullopt);
  co_return !error;
}

asio::awaitable<bool> OwnNodes::publish_list(Version version, std::vector<xmpp::ListedDevice> devices) {
  xmpp::PubsubItem item{std::string(xmpp::device_list_item), xmpp::build_device_list(version, devices)};
  co_return co_await publish(xmpp::device_list_node(version), std::move(item), xmpp::device_list_options(version));
}

asio::awaitable<bool> OwnNodes::publish(std::string node, xmpp::PubsubItem item, xmpp::NodeOptions options) {
  const auto error = co_await publish_anyway(stream_, node, std::move(item), std::move(options));
  if (!error) co_return true;
  log_warning("omemo.publish_failed",
              {{"account", own_.to_string()}, {"node", node}, {"reason", xmpp::describe(*error)}});
  co_return false;
}

/// A node made by another client, or by the server's default, may be closed to rooms and to people without our
/// presence: then they see no device of ours.
asio::awaitable<void> OwnNodes::repair_access(std::string node, xmpp::NodeOptions wanted) {
  const auto answer = co_await ask(stream_, xmpp::iq_get({}, std::nullopt, xmpp::config_request(node)));
  const auto config = xmpp::parse_config(answer);
  if (error_in(answer) || !config || xmpp::satisfies(*config, wanted)) co_return;
  const auto changed = co_await ask(stream_, xmpp::iq_set({}, std::nullopt, xmpp::configure(node, wanted)));
  if (const auto error = error_in(changed)) {
    log_error("omemo.node_closed", {{"account", own_.to_string()}, {"node", node}, {"reason", xmpp::describe(*error)},
                                    {"effect", "contacts without our presence cannot write to us"}});
  } else {
    log_info("omemo.node_repaired", {{"account", own_.to_string()}, {"node", node}});
  }
}

bool OwnNodes::may_republish() {
  const WallTime now = context_.now();
  while (!republished_.empty() && now - republished_.front() > republication_window) republished_.pop_front();
  if (alarmed_ || republished_.size() >= republications) {
    if (!alarmed_) {
      log_error("omemo.list_fight", {{"account", own_.to_string()},
                                     {"reason", "another client keeps removing this device from the list; silent "
                                                "until the next connection"}});
    }
    alarmed_ = true;
    return false;
  }
  republished_.push_back(now);
  return true;
}

asio::awaitable<void> OwnNodes::on_own_list(Version version, std::vector<xmpp::ListedDevice> devices) {
  const OwnDevice device = co_await tend();
  const bool withdrawn = co_await without_former(devices);
  const bool removed = !lists(devices, device.device);
  if (removed || withdrawn) {
    if (!may_republish()) co_return;
    if (removed) log_warning("omemo.device_removed", {{"account", own_.to_string()}, {"version", omemo::name(version)}});
    if (removed) devices.push_back({device.device, {}, {}});
    co_await publish_list(version, devices);
  }
  co_await context_.store.transact([&](store::Tables& tables) {
    store_list(tables, self_, own_.to_string(), version, devices, context_.now());
  });
}

}  // namespace omegate::gateway
