// omegate-plugin-worker: runs one plugin for the gateway, which starts it with a socket as descriptor 3. Without arguments
// it is a plugin in Lua; with arguments it becomes the program that they name.
#include <unistd.h>

#include <span>

#include "bridge/worker/program.hpp"
#include "bridge/worker/session.hpp"

namespace {

constexpr int channel = 3;

}  // namespace

int main(int count, char** words) {
  using namespace omegate::worker;
  const std::span<char* const> arguments(words, static_cast<std::size_t>(count));
  // Not `return`: destructors and exit handlers would run the plugin's code and want calls the sandbox kills.
  _exit(static_cast<int>(arguments.size() > 1 ? become_program(channel, arguments.subspan(1)) : serve(channel)));
}
