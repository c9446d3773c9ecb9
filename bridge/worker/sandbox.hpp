// What the worker gives up before it runs the first line of Lua: files, network, processes, memory without
// end.
//
// Not here: time (the gateway's deadline), what Lua sees (libraries.hpp).
#pragma once

#include <cstddef>

namespace omegate::worker {

struct Sandbox {
  int landlock_abi = 0;  // 0: this kernel has no Landlock; seccomp forbids the same calls
  bool seccomp = true;   // false in sanitizer builds, which need calls that it kills
};

/// Leaves this process one descriptor, `channel`, and `memory` bytes more of address space than it has now.
/// Any system call that is not needed to compute, to allocate and to talk on `channel` kills the process.
///
/// Throws `std::system_error` naming the step. A kernel without Landlock is not an error, one that refuses it
/// is.
Sandbox enter_sandbox(int channel, std::size_t memory);

}  // namespace omegate::worker
