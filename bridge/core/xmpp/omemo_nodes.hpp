// Device lists and bundles as XML, and the nodes they live in, for both versions of OMEMO.
//
// Not here: whether a bundle's signature holds (omemo::verify), PubSub around it (pubsub.hpp).
// Source: XEP-0384 §5.3, XEP-0384 0.3 §4.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/result.hpp"
#include "bridge/core/omemo/bundle.hpp"
#include "bridge/core/omemo/device_id.hpp"
#include "bridge/core/omemo/version.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/error.hpp"
#include "bridge/core/xmpp/pubsub.hpp"

namespace omegate::xmpp {

/// The namespace of a version.
std::string_view omemo_namespace(omemo::Version version);
std::string device_list_node(omemo::Version version);
/// Legacy has one node per device, OMEMO 2 one node with an item per device.
std::string bundle_node(omemo::Version version, omemo::DeviceId device);
/// "current" for lists and legacy bundles; the device id for OMEMO 2 bundles.
std::string bundle_item(omemo::Version version, omemo::DeviceId device);
inline constexpr std::string_view device_list_item = "current";

/// The version whose device list this node is; nothing if it is another node.
std::optional<omemo::Version> device_list_version(std::string_view node);

/// Preconditions to publish with. The bundle node of OMEMO 2 must hold one item per device: try the values
/// of `max_items_ladder` in order until a server takes one; "" publishes without options.
NodeOptions device_list_options(omemo::Version version);
NodeOptions bundle_options(omemo::Version version, std::string_view max_items);
inline constexpr std::array<std::string_view, 4> max_items_ladder{"max", "1000", "100", "10"};

struct ListedDevice {
  omemo::DeviceId id;
  std::string label;  // OMEMO 2; not verified: see `label_is_genuine`
  Bytes label_signature;

  friend bool operator==(const ListedDevice&, const ListedDevice&) = default;
};

xml::Element build_device_list(omemo::Version version, const std::vector<ListedDevice>& devices);

/// Skips ids out of range and foreign elements, collapses duplicates, keeps the order. Empty is legal.
/// Errors: `malformed` (not a device list of this version).
Result<std::vector<ListedDevice>> parse_device_list(omemo::Version version, const xml::Element& list);

/// A device's label counts only if its identity key signed it.
bool label_is_genuine(const ListedDevice& device, const omemo::IdentityKey& identity);

xml::Element build_bundle(const omemo::Bundle& bundle);

/// Broken one-time prekeys are skipped. Nothing is verified yet.
/// Errors: `malformed` (an element missing or of wrong length), `omemo::Error::bad_key`, `no_prekey`.
Result<omemo::Bundle> parse_bundle(omemo::Version version, const xml::Element& bundle);

}  // namespace omegate::xmpp
