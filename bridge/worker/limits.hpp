// What one plugin may use of this process. Guards against mistakes; against malice stand the sandbox and the
// gateway's deadline.
#pragma once

#include <chrono>
#include <cstddef>

namespace omegate::worker {

/// Everything Lua allocates. Beyond it the handler fails with "not enough memory" and the worker lives on.
inline constexpr std::size_t max_lua_memory = std::size_t{64} << 20;  // bytes

/// Address space for what is not Lua's: a frame, its JSON, the effects. Beyond it the worker ends.
inline constexpr std::size_t memory_beside_lua = std::size_t{64} << 20;  // bytes

/// Lua instructions between two looks at the budget and the clock.
inline constexpr int instructions_per_look = 10'000;

/// What one handler may run: seconds of pure computation, far from what an answer needs. Unit: Lua
/// instructions.
inline constexpr long max_instructions = 200'000'000;

/// When a handler is told to stop, with a traceback; before the gateway's deadline of 10 s, which leaves
/// none.
inline constexpr std::chrono::seconds max_handler_time{8};

/// Log lines of one handler; the rest is dropped and counted.
inline constexpr int max_log_lines = 100;

/// CPU time of the whole process. A last resort should the gateway hang: it ends a handler long before. A
/// plugin that worked that much over weeks is started anew and loses nothing.
inline constexpr std::chrono::hours max_cpu_time{1};

/// The same, for the tests to make small.
struct Limits {
  std::size_t memory = max_lua_memory;
  long instructions = max_instructions;
  std::chrono::milliseconds time = max_handler_time;
};

}  // namespace omegate::worker
