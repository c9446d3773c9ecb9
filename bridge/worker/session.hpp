// The worker's life: sandbox, load, then event after event until it is told to stop.
#pragma once

#include "bridge/core/plugin/worker_exit.hpp"

namespace omegate::worker {

/// Serves the gateway on the socket `channel`. Does not throw.
plugin::WorkerExit serve(int channel);

}  // namespace omegate::worker
