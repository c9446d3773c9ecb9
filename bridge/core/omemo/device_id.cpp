#include "bridge/core/omemo/device_id.hpp"

#include "bridge/core/omemo/uniform.hpp"

namespace omegate::omemo {

DeviceId random_device_id(Random& random) { return DeviceId(uniform(random, max_device_id) + 1); }

}  // namespace omegate::omemo
