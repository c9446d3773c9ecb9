// What every use case of the gateway needs around it.
#pragma once

#include <functional>

#include "bridge/core/base/random.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/edge/store/store.hpp"

namespace omegate::gateway {

/// Everything referenced outlives the actors that hold it. A test passes its own clock.
struct Context {
  store::Store& store;
  Random& random;
  std::function<WallTime()> now;
};

}  // namespace omegate::gateway
