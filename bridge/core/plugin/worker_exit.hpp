// Why a worker ended by itself, as its exit code.
#pragma once

namespace omegate::plugin {

enum class WorkerExit {
  finished = 0,     // told to stop, or the gateway closed the socket
  not_loaded = 10,  // after a frame `load_failed`
  bad_frame = 11,   // what arrived is no frame, or not the one due
  no_sandbox = 12,  // after a frame `load_failed`, if it could still be sent
  out_of_memory = 13,
  broken = 14,  // an exception nobody expected
};

}  // namespace omegate::plugin
