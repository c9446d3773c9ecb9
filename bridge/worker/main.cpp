// omegate-plugin-worker: runs one plugin for the gateway, which starts it with a socket as descriptor 3.
#include <unistd.h>

#include "bridge/worker/session.hpp"

namespace {

constexpr int channel = 3;

}  // namespace

int main() {
  // Not `return`: destructors and exit handlers would run the plugin's code and want calls the sandbox kills.
  _exit(static_cast<int>(omegate::worker::serve(channel)));
}
