// A plugin in any language: this process closes itself off and becomes the plugin's program, which speaks the frames.
//
// The program has what a plugin in Lua has: one socket, no network, no other process, nothing to write to, so much memory
// and time. It may read its own folder and the places that its manifest names, for an interpreter cannot live without its
// library. Not here: the sandbox of Lua (sandbox.hpp), what the frames grant (the gateway judges each).
#pragma once

#include <span>

#include "bridge/core/plugin/worker_exit.hpp"

namespace omegate::worker {

/// `words`: "--folder", the plugin's folder, "--read", a place, …, "--", the program's absolute path, its arguments. Its
/// folder becomes the working directory. Standard input and output must be nothing already, standard error a pipe that
/// never blocks. Returns only if it could not become that; why has been sent on `channel`.
plugin::WorkerExit become_program(int channel, std::span<char* const> words);

}  // namespace omegate::worker
