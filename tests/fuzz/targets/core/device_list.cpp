// Laws: listed devices are bounded, in range and named once, and a list reads the same after it was written.
// case 85
#include <set>

#include "bridge/core/xml/document.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/omemo_nodes.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {

void fuzz_device_list(ByteView input) {
  using namespace omegate::xmpp;
  const auto element = xml::parse_document(as_text(input));
  if (!element) return;
  for (const auto version : {omemo::Version::legacy, omemo::Version::omemo2}) {
    const auto devices = parse_device_list(version, *element);
    if (!devices) continue;
    require(devices->size() <= max_listed_devices, "devices are bounded");
    std::set<std::uint32_t> ids;
    for (const ListedDevice& device : *devices) {
      require(device.id.value() >= 1 && device.id.value() <= omemo::max_device_id, "ids are in range");
      require(ids.insert(device.id.value()).second, "a device stands there once");
    }
    const auto again = parse_device_list(version, build_device_list(version, *devices));
    require(again && *again == *devices, "a list reads the same again");
  }
}

}  // namespace omegate::fuzz
