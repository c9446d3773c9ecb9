// What the process gives up at start.
//
// Not here: the plugin worker's sandbox (worker/), the service manager's (deploy/systemd/omegate.service).
#pragma once

namespace omegate::app {

/// umask 077, no core dumps, not traceable by the same user, no new privileges, descriptors 0 to 2 open; and an end at
/// once when there is no memory left.
/// First thing in `main`. Throws `std::system_error` when the kernel refuses.
void harden_process();

}  // namespace omegate::app
